-- release takes seats out of a user's cart and frees them.
--
-- ARGV   2 user, then seat numbers; none: all seats of the cart
-- Reply  {'ok', version, deadline, {seat…}, 1 or 0, {seat, type…}} with the seats left in the cart, or
--        {'conflict', {seat…}}, and nothing changed, when seats are being bought
--
-- It may run twice: a seat that is not held is ignored.
--
-- @include part/epoch
-- @include part/hold
-- @include part/cart
-- @include part/report
-- @include part/drop
-- @include part/sweep
local user, seats = ARGV[2], {}
for i = 3, #ARGV do seats[#seats + 1] = ARGV[i] end
if #seats == 0 then seats = held_seats(user) end

local pinned = {}
for _, seat in ipairs(seats) do
  local holder, transaction = hold_on(seat)
  if holder == user and transaction then pinned[#pinned + 1] = seat end
end
if #pinned > 0 then return {OUTCOME_CONFLICT, pinned} end

for _, seat in ipairs(seats) do
  local index = is_seat(seat) and call('HGET', CART .. user, seat)
  if index then drop(user, seat, index, nil, '') end
end
if call('EXISTS', CART .. user) == 1 then sweep_cart(user, false) end
return cart_reply(user)
