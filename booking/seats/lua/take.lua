-- take marks seats as taken by a transaction. From here on the end of the holds does
-- not matter.
--
-- ARGV   2 user, 3 transaction, then pairs of seat number and index
-- Reply  {'ok'}; {'other', {index…}, {"<transaction> <user>"…}} with the marks of
--        other transactions, while the other seats are marked; or {'ended'}, and
--        nothing changed: the transaction was cancelled, and this call comes late
--
-- It may run twice: the transaction's own mark is success.
--
-- @include part/epoch
-- @include part/arguments
-- @include part/fence
-- @include part/marks
-- @include part/report
local user, transaction = ARGV[2], ARGV[3]
if is_ended(transaction) then return {OUTCOME_ENDED} end
local _, indexes = seats_from(4)
for _, index in ipairs(indexes) do take(index, transaction, user) end
announce()
return marks_reply()
