-- used counts that an ID token signs in.
-- KEYS[1] what is kept of the token: a hash of when it first signed in and how often
-- ARGV    1 until when the token is valid (ms), 2 how long after its first use it may
--         be used again (ms), 3 how often in all
-- Returns 1 when it may, 0 when not
-- May run twice: the second run counts another use, of which a few are allowed for
-- answers that were lost.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSETNX', KEYS[1], 'first', string.format('%.0f', now))
local first = tonumber(redis.call('HGET', KEYS[1], 'first'))
local uses = redis.call('HINCRBY', KEYS[1], 'uses', 1)
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.max(tonumber(ARGV[1]) - now, tonumber(ARGV[2]), 1000) + 60000))
if uses > tonumber(ARGV[3]) or now - first > tonumber(ARGV[2]) then return 0 end
return 1
