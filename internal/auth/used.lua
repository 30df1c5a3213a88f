-- Counts a sign-in with an ID token.
-- KEYS[1] the token's record: a hash of the time of its first sign-in and the number
--         of uses
-- ARGV    1 when the token expires (ms), 2 how long after its first use it may be used
--         again (ms), 3 the most uses
-- Returns 1 when the token may sign in, 0 when not
-- May run twice: the second run counts another use, and a few are allowed because an
-- answer may be lost.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSETNX', KEYS[1], 'first', string.format('%.0f', now))
local first = tonumber(redis.call('HGET', KEYS[1], 'first'))
local uses = redis.call('HINCRBY', KEYS[1], 'uses', 1)
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.max(tonumber(ARGV[1]) - now, tonumber(ARGV[2]), 1000) + 60000))
if uses > tonumber(ARGV[3]) or now - first > tonumber(ARGV[2]) then return 0 end
return 1
