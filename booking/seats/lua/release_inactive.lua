-- release_inactive frees what users hold and do not buy, for those of the users who
-- have lost their place in the season.
--
-- ARGV   from 2 users
-- Reply  {'ok', version}
--
-- It may run twice: the second time no seat is left.
--
-- @include part/epoch
-- @include part/permission
-- @include part/report
-- @include part/sweep
for i = 2, #ARGV do
  local user = ARGV[i]
  if call('EXISTS', CART .. user) == 1 and not session_of(user) then sweep_cart(user, true) end
end
return {OUTCOME_OK, int(announce())}
