-- pins writes a transaction into the holds that it buys.
--
-- @include part/drop

-- pin writes a transaction into a user's hold and prolongs the hold. The cart keeps
-- its deadline. A hold of another user, or of another transaction, stays as it is.
local function pin(user, seat, transaction, ms)
  local holder, pinned = hold_on(seat)
  if holder ~= user or (pinned and pinned ~= transaction) then return end
  call('SET', HOLD .. seat, user .. ' ' .. transaction, 'PX', int(ms))
  if not pinned then cart_changed(user, '') end
end

-- unpin returns a hold that a transaction has pinned to the cart: until the cart's
-- deadline, or expired when the deadline has passed.
local function unpin(user, seat, index, transaction)
  if not pinned_by(seat, transaction, user) then return end
  local deadline = num(call('HGET', CART .. user, UNTIL))
  if deadline <= now then
    drop(user, seat, index, transaction, 'expired')
    return
  end
  call('SET', HOLD .. seat, user, 'PX', int(deadline - now))
  call('ZADD', CARTS, int(now), user)
  cart_changed(user, '')
end
