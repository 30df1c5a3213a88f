-- may_hold checks whether a user may hold some more seats, so that a node does no
-- work for a request that will be refused.
--
-- ARGV   2 user, 3 how many seats
-- Reply  {'ok', {index…}} with the seats in cooldown for this user, or {'settings'} ·
--        {'season_closed'} · {'not_admitted'} · {'seat_limit', limit}
--
-- It may run twice: it only reads. hold.lua checks the same again.
--
-- @include part/epoch
-- @include part/permission
-- @include part/cart
-- @include part/cooldown
local user, count = ARGV[2], num(ARGV[3])

local refusal = refusal_of(user)
if refusal then return refusal end
local limit = num(call('HGET', SETTINGS, 'maxSeats'))
if held_and_bought(user) + count > limit then return {OUTCOME_SEAT_LIMIT, limit} end
local resting = {}
for _, index in ipairs(call('ZRANGE', LEFT_CART .. user, 0, -1)) do
  if cooldown_left(user, index) > 0 then resting[#resting + 1] = index end
end
return {OUTCOME_OK, resting}
