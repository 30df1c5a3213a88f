-- epoch refuses a call that is meant for another epoch of the season, and names
-- what every script uses.
--
-- KEYS   as listed in keys.go
-- ARGV   1 the epoch the caller knows ('-': any), 2 the channel for news
-- Reply  {'epoch', the current epoch or ''} when the caller knows another one.
--        Nothing has been changed then.
--
-- @include keys
-- @include constants
local call = redis.call

-- int writes a whole number. Lua's own conversion loses digits of large ones.
local function int(n) return string.format('%d', n) end

-- num reads a number; a missing one is 0.
local function num(v) return tonumber(v or '0') or 0 end

local epoch = call('GET', EPOCH) -- false: the season's data is not open
if ARGV[1] ~= '-' and epoch ~= ARGV[1] then return {'epoch', epoch or ''} end
