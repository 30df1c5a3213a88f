-- keep_pinned prolongs the holds that an order has pinned, while the outcome of the
-- order is unknown.
--
-- ARGV   2 user, 3 transaction, 4 ms to live, then pairs of seat number and index
-- Reply  {'ok'}
--
-- It may run twice: it touches only holds that this transaction has pinned, and these
-- end with the order.
--
-- @include part/epoch
-- @include part/arguments
-- @include part/hold
local user, transaction, ms = ARGV[2], ARGV[3], ARGV[4]
for _, seat in ipairs(seats_from(5)) do
  if pinned_by(seat, transaction, user) then call('PEXPIRE', HOLD .. seat, ms) end
end
return {OUTCOME_OK}
