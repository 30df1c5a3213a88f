-- hand_over shows what MongoDB has decided about seats of allotments: seats come into
-- an allotment, leave one for another or for the sale, or were sold from one.
--
-- ARGV   2 the transaction that the seats belong to from now on: a change of
--        allotments or a captured order, 3 its user, ALLOTMENT for a change, then for
--        each seat: seat number, index, the change by which the seat was in an
--        allotment before ('': it was on sale), and '1' when the seat goes on sale
-- Reply  {'ok'}, or {'other', {index…}, {"<transaction> <user>"…}} with the marks of
--        other transactions, whose seats stay as they are
--
-- It may run twice or late: tombstones of the allotments that a seat has left keep it
-- from going back.
--
-- @include part/epoch
-- @include part/tombstones
-- @include part/report
-- @include part/marks
-- @include part/allotment
local transaction, user = ARGV[2], ARGV[3]

forget_tombstones()
for i = 4, #ARGV, 4 do
  local seat, index, from, on_sale = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3] == '1'
  if from ~= '' then
    bury(from .. ' ' .. index)
    unmark(index, from, ALLOTMENT)
  end
  if on_sale then
    -- The seat has left this change, too, whose mark it may have.
    bury(transaction .. ' ' .. index)
    unmark(index, transaction, user)
  elseif take(index, transaction, user) and user == ALLOTMENT then
    end_hold(seat, index)
  end
end
announce()
return marks_reply()
