-- audit compares, at one moment, what a season's keys say of some seats and some
-- carts; named neither, it counts the whole.
-- ARGV: 1 epoch, 2 how many seats, then per seat its number and its index, then
-- users whose carts are looked at.
-- Returns {'ok', how many of the seats are held, {sentence…}}, a sentence a
-- violation. It may run twice: it only reads, and sweeps nothing, so as to judge
-- what others left.
local refusal = epoch_refusal()
if refusal then return refusal end

local found, holding, now = {}, 0, now_ms()
local function say(format, ...) found[#found + 1] = string.format(format, ...) end

-- A sweep comes by once a second and looks at what is due. What has been due for
-- so long when one came by is not swept any more.
local PATIENCE_MS = 5000
local swept = tonumber(redis.call('GET', TICK) or '0')

local seats = tonumber(ARGV[2])
if seats == 0 and #ARGV == 2 then
  local held, holders = redis.call('BITCOUNT', HELD), redis.call('HLEN', HOLDER)
  if held ~= holders then say('%d seats show as held, but %d have a holder', held, holders) end
  local taken, marks = redis.call('BITCOUNT', TAKEN), redis.call('HLEN', TAKENBY)
  if taken ~= marks then say('%d seats show as taken, but %d are marked', taken, marks) end
  local booked = redis.call('BITCOUNT', BOOKED)
  if booked > taken then say('%d seats show as sold, but only %d as taken', booked, taken) end
end

for i = 3, 2 + 2 * seats, 2 do
  local seat, index = ARGV[i], ARGV[i + 1]
  local holder = redis.call('HGET', HOLDER, index)
  local value = redis.call('GET', HOLD .. seat)
  local bit = redis.call('GETBIT', HELD, index)
  if bit == 1 and not holder then say('seat %s shows as held, but nobody is its holder', seat) end
  if bit == 0 and holder then say('seat %s is held by %s, but shows as free', seat, holder) end
  if value then
    holding = holding + 1
    local who = owner(value)
    if who ~= holder then say('seat %s is held by %s, but its holder is %s', seat, who, holder or 'nobody') end
  elseif holder then
    local due = tonumber(redis.call('ZSCORE', CARTS, holder) or '0')
    if due > 0 and due + PATIENCE_MS < swept and due + PATIENCE_MS < now then
      say('seat %s is held by nobody any more, and no sweep takes it from its holder %s', seat, holder)
    end
  end
  if holder then
    if redis.call('HGET', CART .. holder, seat) ~= index then
      say('seat %s is held by %s, but lies in no cart of theirs', seat, holder)
    end
    if not redis.call('ZSCORE', CARTS, holder) then say('user %s holds seat %s, but no sweep will look', holder, seat) end
  end
  local mark, taken = redis.call('HGET', TAKENBY, index), redis.call('GETBIT', TAKEN, index)
  if mark and taken == 0 then say('seat %s is marked taken (%s), but shows as free', seat, mark) end
  if not mark and taken == 1 then say('seat %s shows as taken, but by nobody', seat) end
  if taken == 0 and redis.call('GETBIT', BOOKED, index) == 1 then say('seat %s shows as sold, but not as taken', seat) end
end

for i = 3 + 2 * seats, #ARGV do
  local user = ARGV[i]
  local fields = redis.call('HGETALL', CART .. user)
  local listed = redis.call('ZSCORE', CARTS, user)
  if #fields > 0 and not listed then say('user %s has a cart that no sweep will look at', user) end
  if #fields == 0 and listed then say('user %s is listed with a cart and has none', user) end
  for j = 1, #fields, 2 do
    if string.sub(fields[j], 1, 1) ~= '!' and redis.call('HGET', HOLDER, fields[j + 1]) ~= user then
      say('seat %s lies in the cart of %s, who is not its holder', fields[j], user)
    end
  end
end
return { 'ok', holding, found }
