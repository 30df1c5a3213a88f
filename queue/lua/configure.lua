-- configure writes the season's settings.
--
-- ARGV   3 revision, 4 the draws that the ledger has committed the season to: the sum
--        of 2 to the power of each draw's number; from 5 pairs of field and value
--
-- It may run twice, and late: only a revision above the current one changes
-- anything, and a commitment stays. A season that is over stays so, whatever the
-- revision: a node of a program that does not know this setting may have written it.
--
-- @include part/state
-- @include part/opening
-- @include part/settings
-- @include part/sweep
-- @include part/report
sweep()
local was_over, is_over = rules and rules.over, false
for i = 5, #ARGV, 2 do
  if ARGV[i] == 'over' then is_over = ARGV[i + 1] == '1' end
end
if not rules or num(ARGV[3]) > rules.revision then
  call('HSET', SETTINGS, 'revision', ARGV[3])
  for i = 5, #ARGV, 2 do call('HSET', SETTINGS, ARGV[i], ARGV[i + 1]) end
  rules = read_rules()
  run.changed, run.moved = true, true
  -- A lower limit removes no active user: the audit accepts as many as there are.
  call('HSET', LINE, 'most', int(math.max(rules.limit, call('SCARD', ACTIVE))))
end
if (was_over or is_over) and not rules.over then
  call('HSET', SETTINGS, 'over', '1')
  rules = read_rules()
  run.changed = true
end
if epoch and rules.over then end_line() end
local promised, committed = line.promised, num(ARGV[4])
for nth = 1, DRAWS_MOST do
  local bit = 2 ^ nth
  if math.floor(committed / bit) % 2 == 1 and math.floor(promised / bit) % 2 == 0 then promised = promised + bit end
end
if promised ~= line.promised then put('promised', promised) end
if is_promised(1) and line.draw == DRAW_NONE then put('draw', DRAW_GATHERING) end
update_opening()
return finish({})
