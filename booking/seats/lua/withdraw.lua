-- withdraw removes the marks of a change of allotments from seats that are in none by
-- it: of a change that was cancelled, and of one that a seat has left.
--
-- ARGV   2 the change, 3 '1' when the change was cancelled, then indexes
-- Reply  {'ok'}
--
-- It may run twice: it compares with the change before it touches a seat.
--
-- @include part/epoch
-- @include part/tombstones
-- @include part/report
-- @include part/marks
local change, cancelled = ARGV[2], ARGV[3] == '1'

forget_tombstones()
if cancelled then bury(change) end
for i = 4, #ARGV do
  local index = ARGV[i]
  if not cancelled then bury(change .. ' ' .. index) end
  unmark(index, change, ALLOTMENT)
end
announce()
return {OUTCOME_OK}
