-- Revokes a session and tells every node in the same breath.
-- KEYS[1] the session's revocation key
-- ARGV[1] how long its token may still be shown, in ms
-- ARGV[2] the channel of revocations
-- ARGV[3] the session's id
-- Returns 1.
-- May run twice: the second run sets the same key and repeats the message,
-- which whoever hears it ignores.
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1
