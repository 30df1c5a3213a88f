-- drop ends a hold.
--
-- @include part/report
-- @include part/cooldown

-- delete_cart deletes a cart.
local function delete_cart(user)
  call('DEL', CART .. user)
  call('ZREM', CARTS, user)
end

-- drop takes a seat out of a user's cart and ends the user's hold on the seat. A
-- hold that a transaction has pinned stays, unless the caller names that
-- transaction. It returns whether the seat is out of the cart.
local function drop(user, seat, index, transaction, reason)
  local holder, pinned = hold_on(seat)
  if holder == user then
    if pinned and pinned ~= transaction then return false end
    call('DEL', HOLD .. seat)
  end
  if call('HGET', HOLDER, index) == user then
    call('HDEL', HOLDER, index)
    call('SETBIT', HELD, index, 0)
    changes.seats = true
  end
  if call('HDEL', CART .. user, seat, TYPE .. seat) > 0 then
    cart_changed(user, reason)
    note_left(user, index)
  end
  local fields = call('HLEN', CART .. user)
  if fields <= 2 and fields == call('HEXISTS', CART .. user, UNTIL) + call('HEXISTS', CART .. user, BEST) then
    delete_cart(user)
  end
  return true
end
