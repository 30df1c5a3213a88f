-- sell shows a captured order: its seats are sold, the holds that it bought end, and
-- the transaction is announced to all nodes.
--
-- ARGV   2 user, 3 transaction, 4 the transaction as JSON, to be announced, then
--        pairs of seat number and index
-- Reply  {'ok'}, or {'other', {index…}, {"<transaction> <user>"…}} with the marks of
--        other transactions; then no transaction is announced
--
-- It may run twice: a seat sold stays sold, and the transaction is announced again.
-- A seat refunded since stays as it is; then nothing is announced, because the
-- refund was announced and is newer.
--
-- @include part/epoch
-- @include part/arguments
-- @include part/fence
-- @include part/marks
-- @include part/book
-- @include part/report
local user, transaction, announced = ARGV[2], ARGV[3], ARGV[4]
local seats, indexes = seats_from(5)

local refunded = false
for i, seat in ipairs(seats) do
  -- Redis may have lost the mark. MongoDB has decided who owns the seat.
  if take(indexes[i], transaction, user) then
    book(seat, indexes[i], transaction, user)
  elseif is_refunded(indexes[i], transaction) then
    refunded = true
  end
end
local version, reply = announce(), marks_reply()
if reply[1] == OUTCOME_OK and not refunded then announce_transaction(version, announced) end
return reply
