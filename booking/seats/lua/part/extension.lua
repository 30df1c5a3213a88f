-- extension tells whether a user may be given more time for the cart, once in the time
-- of the user's carts. The field "extended" of the hash CLOCK says that it was given.
--
-- @include part/clock

-- may_extend returns whether a cart with this deadline (ms; 0: no cart) can get more
-- time: it has got none before, and the user's session ends later than the cart.
local function may_extend(user, deadline)
  return deadline > now and call('HEXISTS', CLOCK .. user, 'extended') == 0
    and num(call('ZSCORE', SESSIONS, user)) > deadline
end
