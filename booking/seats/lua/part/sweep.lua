-- sweep takes out of carts the holds that have ended.
--
-- @include part/drop

-- sweep_at notes when the sweep must look at a cart: at the cart's deadline, and
-- after LOOK at the latest.
local function sweep_at(user, deadline)
  local at = now + LOOK
  if deadline > now and deadline < at then at = deadline end
  call('ZADD', CARTS, int(at), user)
end

-- sweep_cart takes out of a cart the seats whose hold has ended and, once the
-- deadline has passed or when the user has lost the place in the season (lapsed),
-- the seats that no transaction has pinned. It returns how many seats are left and
-- the deadline (ms).
local function sweep_cart(user, lapsed)
  local cart, left = read_cart(user), 0
  for i, seat in ipairs(cart.seats) do
    local value, holder, pinned = cart.holds[i], nil, nil
    if value then holder, pinned = split_hold(value) end
    local over = holder ~= user or (not pinned and cart.deadline <= now)
    if over or (lapsed and not pinned) then
      drop(user, seat, cart.indexes[i], nil, over and 'expired' or '')
    else
      left = left + 1
    end
  end
  if left == 0 then
    delete_cart(user)
    return 0, 0
  end
  sweep_at(user, cart.deadline)
  return left, cart.deadline
end
