-- clock reads the time, once a run. Redis' clock decides all deadlines.
--
-- @include part/redis
local clock = call('TIME')
local now = num(clock[1]) * 1000 + math.floor(num(clock[2]) / 1000) -- ms
