-- cart reads what users hold.
--
-- ARGV   from 2: users
-- Reply  {'ok', version, {deadline…}, {{seat…}…}}: deadlines and seats in the
--        order of the users
--
-- It may run twice: it only reads.
--
-- @include part/epoch
-- @include part/cart
local deadlines, seats = {}, {}
for i = 2, #ARGV do
  local held, deadline = held_seats(ARGV[i])
  deadlines[i - 1], seats[i - 1] = int(deadline), held
end
return {OUTCOME_OK, int(num(call('GET', VERSION))), deadlines, seats}
