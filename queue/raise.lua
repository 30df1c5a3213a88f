-- raise lets the line draw numbers up to a ceiling that the ledger has noted.
--
-- ARGV   3 the ceiling
--
-- It may run twice, and late: a ceiling only rises.
sweep()
if num(ARGV[3]) > line.ceiling then put('ceiling', num(ARGV[3])) end
return finish({})
