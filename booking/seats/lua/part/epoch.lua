-- epoch refuses a call that is meant for another epoch of the season.
--
-- ARGV   1 the epoch the caller knows
-- Reply  {'closed'} while the season's data is not opened; {'epoch', the current
--        epoch} when the caller knows another one. Nothing has been changed then.
--
-- @include part/redis
do
  local epoch = call('GET', EPOCH)
  if not epoch then return {OUTCOME_CLOSED} end
  if epoch ~= ARGV[1] then return {OUTCOME_EPOCH, epoch} end
end
