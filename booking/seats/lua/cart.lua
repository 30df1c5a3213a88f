-- cart reads what users hold.
--
-- ARGV   from 2: users
-- Reply  {'ok', version, {deadline…}, {{seat…}…}, {1 or 0…}, {{seat, type…}…}}:
--        deadlines, seats, whether the carts may be given more time, and the types of
--        prices, in the order of the users
--
-- It may run twice: it only reads.
--
-- @include part/epoch
-- @include part/cart
-- @include part/extension
local deadlines, seats, extensible, types = {}, {}, {}, {}
for i = 2, #ARGV do
  local held, deadline, _, kinds = held_seats(ARGV[i])
  deadlines[i - 1], seats[i - 1], extensible[i - 1] = int(deadline), held, may_extend(ARGV[i], deadline) and 1 or 0
  types[i - 1] = kinds
end
return {OUTCOME_OK, int(num(call('GET', VERSION))), deadlines, seats, extensible, types}
