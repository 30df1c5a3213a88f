-- release_inactive gives back what users hold and do not buy, of those who have
-- no place any more.
-- ARGV: 1 epoch, then the users.
-- Returns {'ok', version}. It may run twice: the second time nothing is left.
local refusal = epoch_refusal()
if refusal then return refusal end

local now = now_ms()
for i = 2, #ARGV do
  local user = ARGV[i]
  if redis.call('EXISTS', CART .. user) == 1 and not session_of(user, now) then sweep_cart(user, now, true) end
end
return { 'ok', text(announce()) }
