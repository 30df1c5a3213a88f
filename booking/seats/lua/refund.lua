-- refund frees refunded seats of a captured order. It keeps tombstones of the seats,
-- and ends holds that the order has pinned, in case its own last script has not run.
--
-- ARGV   2 user, 3 transaction, 4 the transaction as JSON, to be announced ('': none),
--        then pairs of seat number and index
-- Reply  {'ok'}
--
-- It may run twice, and does every few seconds while a payment provider is silent: it
-- compares with the transaction before it touches a seat, and a run that changes
-- nothing announces nothing.
--
-- @include part/epoch
-- @include part/arguments
-- @include part/tombstones
-- @include part/hold
-- @include part/report
-- @include part/marks
-- @include part/drop
local user, transaction, announced = ARGV[2], ARGV[3], ARGV[4]
local seats, indexes = seats_from(5)

forget_tombstones()
local changed = false
for i, seat in ipairs(seats) do
  local index = indexes[i]
  if bury(transaction .. ' ' .. index) then changed = true end
  if unmark(index, transaction, user) then changed = true end
  if pinned_by(seat, transaction, user) then drop(user, seat, index, transaction, '') end
end
local version = announce()
if changed and announced ~= '' then announce_transaction(version, announced) end
return {OUTCOME_OK}
