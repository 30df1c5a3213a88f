-- audit compares, at one moment, what the keys of a season say of some seats and some
-- carts. If none is named, it compares the totals.
--
-- ARGV   2 how many seats, then for each seat its number and index, then users whose
--        carts are compared
-- Reply  {'ok', how many of the seats are held, {sentence…}} with a sentence for each
--        finding
--
-- It may run twice: it only reads. It sweeps nothing, because it judges what other
-- scripts have left.
--
-- @include part/epoch
-- @include part/clock
-- @include part/hold
-- @include part/cart
-- @include part/marks
local seats, first_seat = num(ARGV[2]), 3
local first_user = first_seat + 2 * seats

-- The sweep runs once a second. A cart that was due for PATIENCE before the last
-- sweep is one that the sweep misses.
local PATIENCE = 5000 -- ms
local swept_at = num(call('GET', SWEPT_AT))

local found, holding = {}, 0
local function say(format, ...) found[#found + 1] = string.format(format, ...) end

local function compare_totals()
  local held, holders = call('BITCOUNT', HELD), call('HLEN', HOLDER)
  if held ~= holders then say('%d seats show as held, but %d have a holder', held, holders) end
  local taken, marks = call('BITCOUNT', TAKEN), call('HLEN', MARKS)
  if taken ~= marks then say('%d seats show as taken, but %d are marked', taken, marks) end
  local booked = call('BITCOUNT', BOOKED)
  if booked > taken then say('%d seats show as sold, but only %d as taken', booked, taken) end
  local allotted = call('BITCOUNT', ALLOTTED)
  if allotted > taken then say('%d seats show as allotted, but only %d as taken', allotted, taken) end
end

local function compare_hold(seat, index)
  local holder, bit = call('HGET', HOLDER, index), call('GETBIT', HELD, index)
  if bit == 1 and not holder then say('seat %s shows as held, but has no holder', seat) end
  if bit == 0 and holder then say('seat %s is held by %s, but shows as free', seat, holder) end
  local user = hold_on(seat)
  if user then
    holding = holding + 1
    if user ~= holder then say('seat %s is held by %s, but its holder is %s', seat, user, holder or 'missing') end
  end
  if not holder then return end
  local due = call('ZSCORE', CARTS, holder)
  if not user and due and num(due) > 0 and num(due) + PATIENCE < math.min(swept_at, now) then
    say('the hold on seat %s has ended, but no sweep takes it from its holder %s', seat, holder)
  end
  if call('HGET', CART .. holder, seat) ~= index then
    say('seat %s is held by %s, but lies in no cart of that user', seat, holder)
  end
  if not due then say('user %s holds seat %s, but no sweep will look at the cart', holder, seat) end
end

local function compare_mark(seat, index)
  local mark, taken = call('HGET', MARKS, index), call('GETBIT', TAKEN, index)
  if mark and taken == 0 then say('seat %s is marked taken (%s), but shows as free', seat, mark) end
  if not mark and taken == 1 then say('seat %s shows as taken, but has no mark', seat) end
  local booked = call('GETBIT', BOOKED, index)
  if taken == 0 and booked == 1 then say('seat %s shows as sold, but not as taken', seat) end
  local allotted = mark and is_allotment(mark)
  if call('GETBIT', ALLOTTED, index) == 1 then
    if not allotted then say('seat %s shows as allotted, but its mark is %s', seat, mark or 'missing') end
    if booked == 1 then say('seat %s shows as allotted and as sold', seat) end
    local user = hold_on(seat)
    if user then say('seat %s is in an allotment, and %s holds it', seat, user) end
  elseif allotted then
    say('seat %s is marked allotted (%s), but does not show so', seat, mark)
  end
end

local function compare_cart(user)
  local fields, listed = call('HLEN', CART .. user), call('ZSCORE', CARTS, user)
  if fields > 0 and not listed then say('user %s has a cart that no sweep will look at', user) end
  if fields == 0 and listed then say('user %s is listed with a cart and has none', user) end
  local cart = read_cart(user)
  local has = {}
  for i, seat in ipairs(cart.seats) do
    has[seat] = true
    if call('HGET', HOLDER, cart.indexes[i]) ~= user then
      say('seat %s lies in the cart of %s, who is not its holder', seat, user)
    end
  end
  for seat, kind in pairs(cart.types or {}) do
    if not has[seat] then say('the cart of %s has the price type %s for seat %s, which is not in it', user, kind, seat) end
  end
end

if #ARGV == 2 then compare_totals() end
for i = first_seat, first_user - 1, 2 do
  compare_hold(ARGV[i], ARGV[i + 1])
  compare_mark(ARGV[i], ARGV[i + 1])
end
for i = first_user, #ARGV do compare_cart(ARGV[i]) end
return {OUTCOME_OK, holding, found}
