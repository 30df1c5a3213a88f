-- tick is a node's heartbeat and its share of the season's upkeep: it keeps the
-- leases of the node's connected users alive, finds dead nodes, and measures
-- how fast places come free.
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

-- The rate at which places come free, over at most five minutes of buckets of
-- ten seconds, once a second.
if math.abs(now - line.ratedAt) >= 1000 then
  put('ratedAt', now)
  local bucket = math.floor(now / 10000)
  local buckets, freed, oldest = call('HGETALL', RATES), 0, bucket
  for i = 1, #buckets, 2 do
    local kind, of = string.sub(buckets[i], 1, 1), num(string.sub(buckets[i], 2))
    if of < bucket - 30 then
      call('HDEL', RATES, buckets[i])
    elseif kind == 'f' then
      freed = freed + num(buckets[i + 1])
      if of < oldest then oldest = of end
    end
  end
  put('freed', freed)
  put('freedOver', math.max(1000, now - oldest * 10000))
  call('ZREMRANGEBYSCORE', LAPSES, '-inf', int((now - 600000) * 8))
end

local entered = call('HEXISTS', SOCKETS .. node, '@')
local segments = call('HKEYS', SEGMENTS)
local mail = call('HGETALL', MAIL .. node)
return finish({}, {tostring(entered), int(call('HLEN', SOCKETS .. node) - entered), segments, mail, stale,
  int(line.number), int(line.ceiling), int(line.draw)})
