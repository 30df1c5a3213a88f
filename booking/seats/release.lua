-- release gives seats of a user's cart back.
-- ARGV: 1 epoch, 2 user, then the seat numbers; none means all.
-- Returns {'ok', version, deadline, {seat…}} with what is left, or
-- {'conflict', {seat…}} and nothing changed when one of them is being bought.
-- It may run twice: what is not held is ignored.
local refusal = epoch_refusal()
if refusal then return refusal end

local user, now = ARGV[2], now_ms()
local seats = {}
if #ARGV > 2 then
  for i = 3, #ARGV do seats[#seats + 1] = ARGV[i] end
else
  seats = cart_of(user)
end
local pinned = {}
for _, seat in ipairs(seats) do
  local value = redis.call('GET', HOLD .. seat)
  if value then
    local who, transaction = owner(value)
    if who == user and transaction then pinned[#pinned + 1] = seat end
  end
end
if #pinned > 0 then return { 'conflict', pinned } end

for _, seat in ipairs(seats) do
  local index = redis.call('HGET', CART .. user, seat)
  if index and string.sub(seat, 1, 1) ~= '!' then drop(user, seat, index, nil, '') end
end
if redis.call('EXISTS', CART .. user) == 1 then sweep_cart(user, now, false) end
local version = announce()
local left, deadline = cart_of(user)
return { 'ok', text(version), text(deadline), left }
