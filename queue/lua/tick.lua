-- tick is a node's heartbeat and its share of the season's upkeep: it renews the
-- leases of users with a socket on the node, removes dead nodes, and measures how
-- fast the line moves.
--
-- ARGV   3 the node, 4 how many pairs of (user, socket) follow for users with a
--        place; behind these, pairs of (user, socket) from the mail that the node
--        has handled
-- Extra  {'1' when all sockets of this node are registered, how many are
--        registered, segments in use, mail: pairs of (user, newer socket
--        elsewhere), those of the first pairs whose socket is not the newest:
--        pairs of (user, newest socket or 0), the last number given out, the
--        ceiling, the state of the draw, the number of the draw}
--
-- It may run twice: a second heartbeat changes nothing.
--
-- @include part/state
-- @include part/sweep
-- @include part/nodes
-- @include part/counts
-- @include part/history
-- @include part/stock
-- @include part/report
sweep()
local node, pairs_of_places = ARGV[3], num(ARGV[4])

-- After a time without any tick (Redis frozen, all nodes away), or when the clock
-- was put back, missing heartbeats prove nothing: every node gets its full time
-- again.
if math.abs(now - line.tickAt) > SILENCE / 2 then
  for _, other in ipairs(call('ZRANGE', NODES, '0', '-1')) do call('ZADD', NODES, int(now), other) end
end
put('tickAt', now)
call('ZADD', NODES, int(now), node)
for _, other in ipairs(call('ZRANGEBYSCORE', NODES, '-inf', int(now - SILENCE))) do
  if not remove_node(other) then break end
end

-- Leases are renewed a thousand at a time: one command reads their sockets, and
-- one writes their deadlines.
local stale, at, past = {}, 5, 5 + 2 * pairs_of_places
while at < past do
  local users, leases = {}, {}
  for i = at, math.min(at + 2 * AT_ONCE, past) - 2, 2 do users[#users + 1] = ARGV[i] end
  local newest = call('HMGET', CONN, unpack(users))
  for i, user in ipairs(users) do
    if newest[i] ~= ARGV[at + 2 * i - 1] then
      stale[#stale + 1] = user
      stale[#stale + 1] = newest[i] or '0'
    elseif rules then
      local session = call('ZSCORE', SESSIONS, user)
      if session then
        leases[#leases + 1] = int(math.min(now + rules.lease, num(session)))
        leases[#leases + 1] = user
      end
    end
  end
  if #leases > 0 then call('ZADD', LEASES, 'XX', unpack(leases)) end
  at = at + 2 * #users
end
while at < #ARGV do
  if call('HGET', MAIL .. node, ARGV[at]) == ARGV[at + 1] then call('HDEL', MAIL .. node, ARGV[at]) end
  at = at + 2
end

-- The figures for the expected wait, once a second: how many places came free
-- while how much time was spent in places, and how many of the numbers that the
-- front of the line passed were admitted. The figures at the beginning of each
-- ten seconds are kept for ten minutes. The rate is measured over the later half
-- of the places that came free since the line opened, or in those ten minutes:
-- right after the opening everyone has just entered, and few places come free.
if math.abs(now - line.ratedAt) >= 1000 then
  put('used', used_now())
  put('ratedAt', now)
  local first = call('ZRANGE', READY, '0', '0', 'WITHSCORES')
  put('front', first[2] and num(first[2]) or line.number + 1)
  local bucket, since, since_at = math.floor(now / 10000)
  local is_first = call('HSETNX', RATES, 's' .. int(bucket),
    int(line.frees) .. ' ' .. int(line.used) .. ' ' .. int(line.turns) .. ' ' .. int(line.front))
  -- The course of the sale for admins: one sample each ten seconds, for an hour.
  if is_first == 1 then
    local sold = call('BITCOUNT', BOOKED)
    call('ZREMRANGEBYSCORE', COURSE, int(bucket), int(bucket)) -- the clock was put back
    call('ZADD', COURSE, int(bucket), int(now) .. ' ' .. int(call('ZCARD', LIST)) .. ' ' .. int(call('ZCARD', LEASES)) .. ' ' ..
      int(call('ZCARD', TURNS)) .. ' ' .. int(num(call('HGET', RATES, 'a' .. int(bucket - 1)))) .. ' ' ..
      int(count_any(HELD, TAKEN, BOOKED) - sold) .. ' ' .. int(sold))
    call('ZREMRANGEBYSCORE', COURSE, '-inf', int(bucket - COURSE_SAMPLES))
    turn_history()
  end
  local kept = call('HGETALL', RATES)
  for i = 1, #kept, 2 do
    local kind, of = string.sub(kept[i], 1, 1), num(string.sub(kept[i], 2))
    if of < bucket - 60 or of > bucket then
      call('HDEL', RATES, kept[i])
    elseif kind == 's' and (not since_at or of < since_at) and 2 * num(string.match(kept[i + 1], '^%d+')) >= line.frees then
      since, since_at = kept[i + 1], of
    end
  end
  -- The rate is known once most of the users who entered first have left.
  if line.frees >= 6 and 4 * line.frees >= 3 * call('SCARD', ACTIVE) then put('rated', 1) end
  if since then
    local frees, used, turns, front = string.match(since, '^(%d+) (%d+) (%d+) (%d+)$')
    put('freesThen', num(frees))
    put('usedThen', num(used))
    put('taken', line.turns - num(turns))
    -- Numbers of different epochs never share a segment. The gap between them was
    -- never given out, so it is not counted as passed.
    local together = math.floor(line.front / SEGMENT) == math.floor(num(front) / SEGMENT)
    put('passed', together and line.front - num(front) or 0)
  end
  call('ZREMRANGEBYSCORE', LAPSES, '-inf', int((now - 600000) * 8))
end

local all_registered = call('HEXISTS', SOCKETS .. node, '@')
local segments = call('HKEYS', SEGMENTS)
local mail = call('HGETALL', MAIL .. node)
return finish({}, {tostring(all_registered), int(call('HLEN', SOCKETS .. node) - all_registered), segments, mail, stale,
  int(line.number), int(line.ceiling), int(line.draw), int(line.drawNth)})
