-- configure lays the season's settings beside its line.
--
-- ARGV   from 3: revision, then pairs of field and value
--
-- It may run twice, and late: only a higher revision than the one there
-- changes anything.
sweep()
if not rules or num(ARGV[3]) > rules.revision then
  call('HSET', SETTINGS, 'revision', ARGV[3])
  for i = 4, #ARGV, 2 do call('HSET', SETTINGS, ARGV[i], ARGV[i + 1]) end
  read_rules()
  changed, moved = true, true
  -- Lowering the limit puts nobody out: the audit may find this many.
  call('HSET', LINE, 'most', int(math.max(rules.limit, call('SCARD', ACTIVE))))
  watch_opening()
end
return finish({})
