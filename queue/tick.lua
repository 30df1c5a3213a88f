-- tick is a node's heartbeat and its share of the season's upkeep: it keeps the
-- leases of the node's connected users alive, finds dead nodes, and measures
-- how fast the line moves.
--
-- ARGV   3 the node, 4 how many pairs of (user, socket) follow that have a
--        place; then pairs of (user, socket) from the mail that were heard
-- Extra  {whether every socket of this node is entered, how many are,
--        segments in use, mail, pairs of the first kind that are not the
--        newest: user, newest socket or 0; the last number drawn, the
--        ceiling, the state of the draw}
--
-- It may run twice: a heartbeat given twice is one.
sweep()
local node, pairs_of_mine = ARGV[3], num(ARGV[4])

-- After a silence of everybody (a frozen Redis, all nodes away) nobody could
-- be heard, and by a clock that was put back nobody is late: each node gets its
-- time again.
if math.abs(now - line.tickAt) > SILENCE / 2 then
  for _, other in ipairs(call('ZRANGE', NODES, '0', '-1')) do call('ZADD', NODES, int(now), other) end
end
put('tickAt', now)
call('ZADD', NODES, int(now), node)
for _, other in ipairs(call('ZRANGEBYSCORE', NODES, '-inf', int(now - SILENCE))) do
  if not drop_node(other) then break end
end

-- The leases of a thousand at a time: their sockets are read by one command, and
-- their deadlines written by one.
local stale, at, past = {}, 5, 5 + 2 * pairs_of_mine
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

-- What the expected wait is reckoned by, once a second: how many places came
-- free while how much time was spent in them, and how many of the numbers that
-- the front of the line passed were admitted. The counts at the beginning of
-- each ten seconds are kept for ten minutes, and the later half of what came
-- free since the line opened is counted, or of those ten minutes: at first
-- everybody has just come in, so that places come free too seldom.
if math.abs(now - line.ratedAt) >= 1000 then
  put('used', used_now())
  put('ratedAt', now)
  local first = call('ZRANGE', READY, '0', '0', 'WITHSCORES')
  put('front', first[2] and num(first[2]) or line.number + 1)
  local bucket, since, since_at = math.floor(now / 10000)
  call('HSETNX', RATES, 's' .. int(bucket),
    int(line.frees) .. ' ' .. int(line.used) .. ' ' .. int(line.turns) .. ' ' .. int(line.front))
  local kept = call('HGETALL', RATES)
  for i = 1, #kept, 2 do
    local kind, of = string.sub(kept[i], 1, 1), num(string.sub(kept[i], 2))
    if of < bucket - 60 or of > bucket then
      call('HDEL', RATES, kept[i])
    elseif kind == 's' and (not since_at or of < since_at) and 2 * num(string.match(kept[i + 1], '^%d+')) >= line.frees then
      since, since_at = kept[i + 1], of
    end
  end
  -- A rate is known once most of those who came in at first have gone.
  if line.frees >= 6 and 4 * line.frees >= 3 * call('SCARD', ACTIVE) then put('rated', 1) end
  if since then
    local frees, used, turns, front = string.match(since, '^(%d+) (%d+) (%d+) (%d+)$')
    put('freesThen', num(frees))
    put('usedThen', num(used))
    put('taken', line.turns - num(turns))
    -- Between the numbers of two epochs lies a gap that nobody has walked out of,
    -- and they are never in one segment.
    local together = math.floor(line.front / SEGMENT) == math.floor(num(front) / SEGMENT)
    put('passed', together and line.front - num(front) or 0)
  end
  call('ZREMRANGEBYSCORE', LAPSES, '-inf', int((now - 600000) * 8))
end

local entered = call('HEXISTS', SOCKETS .. node, '@')
local segments = call('HKEYS', SEGMENTS)
local mail = call('HGETALL', MAIL .. node)
return finish({}, {tostring(entered), int(call('HLEN', SOCKETS .. node) - entered), segments, mail, stale,
  int(line.number), int(line.ceiling), int(line.draw)})
