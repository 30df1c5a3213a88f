-- Marks a slot's revocations as complete.
-- KEYS[1] the slot's mark
-- KEYS[2] the key that was set before the first revocation was restored: if it is
--         missing, Redis has lost data since, perhaps revocations too
-- Returns 1 when marked, 0 when not
-- May run twice: the second run finds the mark.
if redis.call('EXISTS', KEYS[1]) == 1 then return 1 end
if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
redis.call('SET', KEYS[1], '1')
return 1
