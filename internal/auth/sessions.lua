-- Records that sessions of one user were seen, and returns the sessions to end
-- because the user has too many.
--
-- KEYS[1] the user's sessions: a hash of session id → "issued first seen until",
--         in ms, except first, which is in microseconds
-- ARGV    1 the most sessions of a user; from 2, by threes: session id, issued,
--         until (ms)
-- Returns the ids and expiry times of the oldest sessions beyond the most, by twos.
--         They stay in the hash until they are revoked and removed.
--
-- May run twice: a session that is recorded already is only seen again.
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local function int(n) return string.format('%.0f', n) end
local live, known = {}, {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local issued, first, _, expires = string.match(all[i + 1], '^(%d+) (%d+) (%d+) (%d+)$')
  if not issued or tonumber(expires) <= now then
    redis.call('HDEL', KEYS[1], all[i])
  else
    known[all[i]] = {id = all[i], issued = tonumber(issued), first = tonumber(first), until_ = tonumber(expires)}
    live[#live + 1] = known[all[i]]
  end
end
for i = 2, #ARGV, 3 do
  local s = known[ARGV[i]]
  if not s and tonumber(ARGV[i + 2]) > now then
    s = {id = ARGV[i], issued = tonumber(ARGV[i + 1]), first = micros + i, until_ = tonumber(ARGV[i + 2])}
    known[s.id] = s
    live[#live + 1] = s
  end
  if s then redis.call('HSET', KEYS[1], s.id, table.concat({int(s.issued), int(s.first), int(now), int(s.until_)}, ' ')) end
end
local last = 0
for _, s in ipairs(live) do last = math.max(last, s.until_) end
if last > now then redis.call('PEXPIRE', KEYS[1], int(last - now)) end
table.sort(live, function(a, b)
  if a.issued ~= b.issued then return a.issued < b.issued end
  return a.first < b.first
end)
local ended = {}
for i = 1, #live - tonumber(ARGV[1]) do
  ended[#ended + 1] = live[i].id
  ended[#ended + 1] = int(live[i].until_)
end
return ended
