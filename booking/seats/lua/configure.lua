-- configure writes a season's settings and the version of its plan beside the seats.
--
-- ARGV   1 is ignored: configure also runs before the epoch is opened
--        2 revision, 3 maxSeats, 4 hold (ms), 5 closesAt (ms; 0: never), 6 plan
--        version, 7 the least value of the version counter, 8 the number up to which
--        it is decided which versions of the plan hold, 9 a version, 10 a bitmap of
--        the seats that differ between version 9 and version 6; of version 6 also
--        11 how many seats it has, 12 how many it sells, 13 a bitmap of the others,
--        14 its classes of seats, from 15 a bitmap of each class
-- Reply  {'ok'}, or {'plan', version} when Redis has another version than 9 and
--        seats are held: then the plan stays as it is
--
-- Holds of seats that version 6 changes end. An import has checked that there are
-- none: this is for a hold that came in between, and for a Redis that has lost data.
-- Seats in flight stay, at the price of their order.
--
-- It may run twice or late: each value only grows.
--
-- @include part/redis
-- @include part/bitmap
-- @include part/cart
-- @include part/report
-- @include part/drop
local revision, max_seats, hold, closes_at = num(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]
local version, least_version, decided = num(ARGV[6]), num(ARGV[7]), num(ARGV[8])
local changed_since, changed_seats = num(ARGV[9]), ARGV[10]
local seats, for_sale, off_sale, classes = ARGV[11], ARGV[12], ARGV[13], ARGV[14]

if revision > num(call('HGET', SETTINGS, 'revision')) then
  call('HSET', SETTINGS, 'revision', int(revision), 'maxSeats', max_seats, 'hold', hold, 'closesAt', closes_at)
end
if num(call('GET', VERSION)) < least_version then call('SET', VERSION, int(least_version)) end

-- end_holds ends a user's holds of the changed seats, without a cooldown.
local function end_holds(user, changed)
  local cart = read_cart(user)
  for i, seat in ipairs(cart.seats) do
    local index = cart.indexes[i]
    if has_bit(changed, num(index)) and drop(user, seat, index, nil, 'expired') then
      call('ZREM', LEFT_CART .. user, index)
    end
  end
  if call('EXISTS', CART .. user) == 0 then call('DEL', CLOCK .. user) end
end

local plan, proposal = num(call('GET', PLAN)), call('HMGET', SETTINGS, 'moving', 'movingSeats')
local proposed = num(proposal[1])
if plan < version then
  local changed = changed_seats
  if proposed == version then
    changed = proposal[2]
  elseif plan ~= changed_since and plan > 0 and call('HLEN', HOLDER) > 0 then
    return {OUTCOME_PLAN, int(plan)}
  end
  local users, holders = {}, call('HGETALL', HOLDER)
  for i = 1, #holders, 2 do
    if has_bit(changed, num(holders[i])) then users[holders[i + 1]] = true end
  end
  for user in pairs(users) do end_holds(user, changed) end
  call('SET', PLAN, int(version))
  changes.seats = true
  plan = version
end
-- The queue admits by this description. A node of an older program moves the plan
-- without it.
if plan == version and num(call('HGET', SETTINGS, 'describes')) ~= version then
  call('HSET', SETTINGS, 'describes', int(version), 'seats', seats, 'forSale', for_sale)
  call('SET', OFF_SALE, off_sale)
  changes.seats = true
end
if plan == version and num(call('HGET', SETTINGS, 'classesOf')) ~= version then
  local count, before = #ARGV - 14, num(call('HGET', SETTINGS, 'classCount'))
  for i = 1, count do call('SET', CLASS .. i, ARGV[14 + i]) end
  for i = count + 1, before do call('DEL', CLASS .. i) end
  call('HSET', SETTINGS, 'classesOf', int(version), 'classCount', int(count), 'classes', classes)
  changes.seats = true
end
if proposed > 0 and proposed <= decided then call('HDEL', SETTINGS, 'moving', 'movingSeats') end
announce()
return {OUTCOME_OK}
