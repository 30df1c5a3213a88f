-- held counts the seats that are held or taken, after taking out of the carts the
-- holds that have ended.
--
-- Reply  {'ok', how many seats are held, plus how many are taken}
--
-- It may run twice: the second time no hold has ended.
--
-- @include part/epoch
-- @include part/permission
-- @include part/report
-- @include part/sweep
local users = {}
for _, user in ipairs(call('HVALS', HOLDER)) do users[user] = true end
for user in pairs(users) do sweep_cart(user, not session_of(user)) end
announce()
return {OUTCOME_OK, call('HLEN', HOLDER) + call('HLEN', MARKS)}
