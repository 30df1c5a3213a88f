-- clock reads the time, once a run. Redis' clock decides all deadlines.
--
-- @include part/epoch
local clock = call('TIME')
local micros = num(clock[1]) * 1000000 + num(clock[2])
local now = math.floor(micros / 1000) -- ms
