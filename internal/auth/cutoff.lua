-- Raises cutoffs: a session that was issued before its cutoff is over.
-- KEYS    the cutoffs, all of one slot
-- ARGV    for each key its new cutoff, in ms
-- Returns 1.
-- May run twice: a cutoff never becomes earlier.
for i = 1, #KEYS do
  local now = tonumber(redis.call('GET', KEYS[i]) or '0')
  if now < tonumber(ARGV[i]) then redis.call('SET', KEYS[i], ARGV[i]) end
end
return 1
