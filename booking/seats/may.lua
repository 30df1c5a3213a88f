-- may says whether a user may hold some more seats, so that a node does no work
-- for a request that is refused anyway.
-- ARGV: 1 epoch, 2 user, 3 how many seats.
-- Returns {'ok', {index…}} with seats that this user may not hold yet, for they were
-- in the cart when its time ended; or {'settings'} · {'season_closed'} · {'not_admitted'} ·
-- {'seat_limit', limit}. It only reads; hold.lua asks the same again.
local refusal = epoch_refusal()
if refusal then return refusal end

local user, now = ARGV[2], now_ms()
local over = closed(now)
if over == 'unknown' then return { 'settings' } end
if over then return { 'season_closed' } end
if not session_of(user, now) then return { 'not_admitted' } end
local limit = tonumber(redis.call('HGET', SALE, 'maxSeats'))
if held_and_bought(user) + tonumber(ARGV[3]) > limit then return { 'seat_limit', limit } end
local resting = {}
for _, index in ipairs(redis.call('ZRANGE', PAST .. user, 0, -1)) do
  if rest_of(user, index, now) > 0 then resting[#resting + 1] = index end
end
return { 'ok', resting }
