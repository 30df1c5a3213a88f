-- configure lays a season's settings and its plan's version beside its seats.
-- ARGV: 1 epoch (ignored: it also runs before the epoch is set), 2 revision,
-- 3 maxSeats, 4 hold in ms, 5 closesAt in ms or 0, 6 plan version, 7 the least
-- value of the version counter.
-- Returns {'ok'}. Each of them only ever grows, so that a late or repeated call
-- changes nothing.
local revision = tonumber(redis.call('HGET', SALE, 'revision') or '0')
if tonumber(ARGV[2]) > revision then
  redis.call('HSET', SALE, 'revision', ARGV[2], 'maxSeats', ARGV[3], 'hold', ARGV[4], 'closesAt', ARGV[5])
end
local least = tonumber(ARGV[7])
if tonumber(redis.call('GET', SEATVER) or '0') < least then redis.call('SET', SEATVER, text(least)) end
if tonumber(redis.call('GET', PLAN) or '0') < tonumber(ARGV[6]) then
  redis.call('SET', PLAN, ARGV[6])
  seats_changed = true
end
announce()
return { 'ok' }
