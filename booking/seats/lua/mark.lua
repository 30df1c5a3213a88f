-- mark marks seats that are claimed in MongoDB, when a season is rebuilt. It only
-- adds marks, and never removes one. Holds on seats of allotments end.
--
-- ARGV   1 is ignored: mark also runs before the epoch is opened
--        from 2, for each seat: seat number, index, transaction, user (ALLOTMENT for
--        a seat in an allotment), and '1' when the order is captured
-- Reply  {'ok', how many seats have the mark of another transaction}
--
-- It may run twice or late: a mark stays as it is, and a transaction cancelled while
-- the caller was reading marks nothing.
--
-- @include part/redis
-- @include part/fence
-- @include part/marks
-- @include part/book
-- @include part/report
-- @include part/allotment
for i = 2, #ARGV, 5 do
  local seat, index, transaction, user, captured = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  if not is_ended(transaction) and take(index, transaction, user) then
    if captured == '1' then book(seat, index, transaction, user) end
    if user == ALLOTMENT then end_hold(seat, index) end
  end
end
announce()
return {OUTCOME_OK, #foreign.indexes}
