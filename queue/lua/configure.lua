-- configure writes the season's settings.
--
-- ARGV   3 revision, 4 '1' when the ledger has committed the season to a draw;
--        from 5 pairs of field and value
--
-- It may run twice, and late: only a revision above the current one changes
-- anything, and a season has one draw.
--
-- @include part/state
-- @include part/opening
-- @include part/settings
-- @include part/sweep
-- @include part/report
sweep()
if not rules or num(ARGV[3]) > rules.revision then
  call('HSET', SETTINGS, 'revision', ARGV[3])
  for i = 5, #ARGV, 2 do call('HSET', SETTINGS, ARGV[i], ARGV[i + 1]) end
  rules = read_rules()
  run.changed, run.moved = true, true
  -- A lower limit removes no active user: the audit accepts as many as there are.
  call('HSET', LINE, 'most', int(math.max(rules.limit, call('SCARD', ACTIVE))))
end
if ARGV[4] == '1' and line.draw == DRAW_NONE then put('draw', DRAW_GATHERING) end
update_opening()
return finish({})
