-- configure lays the season's settings beside its line.
--
-- ARGV   3 revision, 4 '1' when the ledger has promised a draw; from 5 pairs of
--        field and value
--
-- It may run twice, and late: only a higher revision than the one there
-- changes anything, and a season has one draw.
sweep()
if not rules or num(ARGV[3]) > rules.revision then
  call('HSET', SETTINGS, 'revision', ARGV[3])
  for i = 5, #ARGV, 2 do call('HSET', SETTINGS, ARGV[i], ARGV[i + 1]) end
  read_rules()
  changed, moved = true, true
  -- Lowering the limit puts nobody out: the audit may find this many.
  call('HSET', LINE, 'most', int(math.max(rules.limit, call('SCARD', ACTIVE))))
end
if ARGV[4] == '1' and line.draw == 0 then put('draw', 1) end
watch_opening()
return finish({})
