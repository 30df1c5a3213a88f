-- Revokes a session and notifies every node.
-- KEYS[1] the session's revocation key
-- ARGV[1] how long its token is still valid, in ms
-- ARGV[2] the channel of revocations
-- ARGV[3] the session's id
-- Returns 1.
-- May run twice: the second run sets the same key and repeats the message, which
-- receivers ignore.
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1
