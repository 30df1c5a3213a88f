-- raise allows the line to give out numbers up to a ceiling, which the ledger has
-- recorded.
--
-- ARGV   3 the ceiling
--
-- It may run twice, and late: a ceiling only rises.
--
-- @include part/state
-- @include part/sweep
-- @include part/report
sweep()
if num(ARGV[3]) > line.ceiling then put('ceiling', num(ARGV[3])) end
return finish({})
