-- spend_refund counts a refund that a user asks for, if the budget of an hour allows
-- one more.
--
-- ARGV   2 user, 3 the refund's id, 4 how many refunds an hour
-- Reply  {'ok'}, or {'over', ms}: one more is allowed after ms
--
-- It may run twice: a refund counts once.
--
-- @include part/epoch
-- @include part/budget
local key, refund, most = REFUNDS .. ARGV[2], ARGV[3], num(ARGV[4])

local wait = budget_wait(key, most)
if call('ZSCORE', key, refund) then return {OUTCOME_OK} end
if wait then return {OUTCOME_OVER, int(wait)} end
spend(key, refund)
return {OUTCOME_OK}
