-- configure lays a season's settings and its plan's version beside its seats.
-- ARGV: 1 epoch (ignored: it also runs before the epoch is set), 2 revision,
-- 3 maxSeats, 4 hold in ms, 5 closesAt in ms or 0, 6 plan version, 7 the least
-- value of the version counter, 8 up to which number it is decided which versions of
-- the plan hold, 9 a version, 10 a bitmap of the seats that are another thing in
-- version 6 than in version 9.
-- Holds of seats that version 6 changes end. An import has looked that there are none:
-- this is for a hold that came between, and for a Redis that has lost what it knew.
-- What is being bought stays, at the price of its order.
-- Returns {'ok'}, or {'plan', version} when the plan here is of another version than 9
-- and seats are held: the plan then stays as it is. Each value only ever grows, so that
-- a late or repeated call changes nothing.
local revision = tonumber(redis.call('HGET', SALE, 'revision') or '0')
if tonumber(ARGV[2]) > revision then
  redis.call('HSET', SALE, 'revision', ARGV[2], 'maxSeats', ARGV[3], 'hold', ARGV[4], 'closesAt', ARGV[5])
end
local least = tonumber(ARGV[7])
if tonumber(redis.call('GET', SEATVER) or '0') < least then redis.call('SET', SEATVER, text(least)) end

local plan, version = tonumber(redis.call('GET', PLAN) or '0'), tonumber(ARGV[6])
local moving = redis.call('HMGET', SALE, 'moving', 'movingSeats')
local proposed = tonumber(moving[1] or '0')
if plan < version then
  local changed = ARGV[10]
  if proposed == version then
    changed = moving[2]
  elseif plan ~= tonumber(ARGV[9]) and plan > 0 and redis.call('HLEN', HOLDER) > 0 then
    return { 'plan', text(plan) }
  end
  local holders = {}
  local held = redis.call('HGETALL', HOLDER)
  for i = 1, #held, 2 do
    if has_bit(changed, tonumber(held[i])) then holders[held[i + 1]] = true end
  end
  for user in pairs(holders) do
    local fields = redis.call('HGETALL', CART .. user)
    for i = 1, #fields, 2 do
      local seat, index = fields[i], fields[i + 1]
      if string.sub(seat, 1, 1) ~= '!' and has_bit(changed, tonumber(index)) and drop(user, seat, index, nil, 'expired') then
        redis.call('ZREM', PAST .. user, index)
      end
    end
    if redis.call('EXISTS', CART .. user) == 0 then redis.call('DEL', CLOCK .. user) end
  end
  redis.call('SET', PLAN, ARGV[6])
  seats_changed = true
end
if proposed > 0 and proposed <= tonumber(ARGV[8]) then redis.call('HDEL', SALE, 'moving', 'movingSeats') end
announce()
return { 'ok' }
