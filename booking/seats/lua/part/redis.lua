-- redis gives short names to what every script uses.
--
-- @include keys
-- @include constants
local call = redis.call

-- int writes a whole number. Lua's own conversion loses digits of large ones.
local function int(n) return string.format('%.0f', n) end

-- num reads a number; a missing one is 0.
local function num(v) return tonumber(v or '0') end
