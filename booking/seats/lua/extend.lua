-- extend gives a user a minute more for the seats in the cart, once in the time of the
-- user's carts, and never past the end of the session.
--
-- ARGV   2 user
-- Reply  {'ok', version, deadline, {seat…}, 1 or 0, {seat, type…}} with the cart, or, and nothing
--        changed,
--        {'settings'} · {'season_closed'} · {'not_admitted'}
--        {'none'}: the user holds no seat
--        {'conflict', {seat…}}: seats in the cart are being bought
--        {'session'}: the cart ends with the session, and so has no more time to get
--
-- It may run twice: a cart that was given more time stays as it is.
--
-- @include part/epoch
-- @include part/permission
-- @include part/hold
-- @include part/cart
-- @include part/extension
-- @include part/report
-- @include part/sweep
local user = ARGV[2]
local refusal, session = refusal_of(user)
if refusal then return refusal end

local cart, held, pinned = read_cart(user), {}, {}
for i, seat in ipairs(cart.seats) do
  local holder, transaction = nil, nil
  if cart.holds[i] then holder, transaction = split_hold(cart.holds[i]) end
  if holder == user then
    held[#held + 1] = seat
    if transaction then pinned[#pinned + 1] = seat end
  end
end
if #pinned > 0 then return {OUTCOME_CONFLICT, pinned} end
if #held == 0 or cart.deadline <= now then return {OUTCOME_NONE} end
if call('HEXISTS', CLOCK .. user, 'extended') == 1 then return cart_reply(user) end
if not may_extend(user, cart.deadline) then return {OUTCOME_SESSION} end

local deadline = math.min(cart.deadline + EXTENSION, session)
call('HSET', CART .. user, UNTIL, int(deadline))
call('HSET', CLOCK .. user, 'until', int(deadline), 'extended', '1')
call('PEXPIRE', CLOCK .. user, int(MEMORY))
for _, seat in ipairs(held) do call('PEXPIRE', HOLD .. seat, int(deadline - now)) end
sweep_at(user, deadline)
cart_changed(user, '')
return cart_reply(user)
