-- Takes one from a budget with a sliding window: what was spent in the window before
-- counts by the share of it that still lies within one window's length of now.
--
-- KEYS[1] the budget of one caller: a hash of the window's number, what was spent in
--         it, and what was spent in the window before
-- ARGV    1 the most in a window, 2 the window in ms, 3 what to spend: 1, or 0 to read only
-- Returns 0, or the ms until the window ends when nothing is left
--
-- May run twice: the second run takes another one, so a caller whose answer was lost
-- loses a part of the budget and nothing else.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local most, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local current = math.floor(now / window)
local seen = redis.call('HMGET', KEYS[1], 'window', 'spent', 'before')
local at, spent, before = tonumber(seen[1]) or current, tonumber(seen[2]) or 0, tonumber(seen[3]) or 0
if at == current - 1 then
  spent, before = 0, spent
elseif at ~= current then
  spent, before = 0, 0
end
local left = window - now % window
if spent + before * left / window + 1 > most then return left end
if cost > 0 then
  redis.call('HSET', KEYS[1], 'window', string.format('%d', current), 'spent', spent + cost, 'before', before)
  redis.call('PEXPIRE', KEYS[1], 2 * window)
end
return 0
