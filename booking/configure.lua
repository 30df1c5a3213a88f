-- configure lays a season's settings and its plan's version beside its seats.
-- ARGV: 1 epoch (ignored: it also runs before the epoch is set), 2 revision,
-- 3 maxSeats, 4 hold in ms, 5 closesAt in ms or 0, 6 plan version, 7 the least
-- value of the version counter.
-- Another plan ends what is held under the one before: a re-import has looked that
-- nothing was, and this is for a hold that came between. What is being bought stays;
-- there is none, for a purchase makes its plan the last.
-- Returns {'ok'}. Each of them only ever grows, so that a late or repeated call
-- changes nothing.
local revision = tonumber(redis.call('HGET', SALE, 'revision') or '0')
if tonumber(ARGV[2]) > revision then
  redis.call('HSET', SALE, 'revision', ARGV[2], 'maxSeats', ARGV[3], 'hold', ARGV[4], 'closesAt', ARGV[5])
end
local least = tonumber(ARGV[7])
if tonumber(redis.call('GET', SEATVER) or '0') < least then redis.call('SET', SEATVER, text(least)) end
local plan = tonumber(redis.call('GET', PLAN) or '0')
if plan < tonumber(ARGV[6]) then
  local holders = {}
  if plan > 0 then
    for _, user in ipairs(redis.call('HVALS', HOLDER)) do holders[user] = true end
  end
  for user in pairs(holders) do
    local fields = redis.call('HGETALL', CART .. user)
    for i = 1, #fields, 2 do
      if string.sub(fields[i], 1, 1) ~= '!' then drop(user, fields[i], fields[i + 1], nil, 'expired') end
    end
    redis.call('DEL', PAST .. user, CLOCK .. user)
  end
  redis.call('SET', PLAN, ARGV[6])
  seats_changed = true
end
announce()
return { 'ok' }
