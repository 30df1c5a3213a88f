-- empty says whether nothing is held or being bought, after taking out of the carts
-- what is over.
-- ARGV: 1 epoch.
-- Returns {'ok', how many seats are held or being bought}. It may run twice.
local refusal = epoch_refusal()
if refusal then return refusal end

local now, users = now_ms(), {}
for _, user in ipairs(redis.call('HVALS', HOLDER)) do users[user] = true end
for user in pairs(users) do sweep_cart(user, now, not session_of(user, now)) end
announce()
return { 'ok', redis.call('HLEN', HOLDER) + redis.call('HLEN', TAKENBY) }
