-- cooldown keeps a user from holding a seat again that stayed in the user's cart to
-- the cart's end. Other users have a minute in which they can take the seat.
--
-- The hash CLOCK of a user has the time of the user's carts, one after the other:
-- a cart begun before "until" has what is left of that time. The sorted set
-- LEFT_CART of a user has when a seat last left the cart.
--
-- @include part/clock

-- cooldown returns how long a cooldown is (ms). Only tests set another time.
local function cooldown() return num(call('HGET', SETTINGS, 'rest') or '60000') end

-- note_left notes that a seat leaves a user's cart now. A seat that leaves at the
-- cart's end or later counts as left before the next cart could begin.
local function note_left(user, index)
  local ends, key, time = num(call('HGET', CLOCK .. user, 'until')), LEFT_CART .. user, cooldown()
  call('ZREMRANGEBYSCORE', key, '-inf', int(now - time))
  call('ZADD', key, int(ends > now and now or now - 1), index)
  call('PEXPIRE', key, int(time + 1))
end

-- cooldown_left returns for how many ms more a user may not hold a seat; 0: the user
-- may. A seat that left the cart before the cart's end may be held while the cart's
-- time runs: the seat gets what is left of that time.
local function cooldown_left(user, index)
  local left = call('ZSCORE', LEFT_CART .. user, index)
  if not left then return 0 end
  left = num(left)
  local over = left + cooldown()
  if over <= now then return 0 end
  local clock_of = call('HMGET', CLOCK .. user, 'start', 'until')
  if num(clock_of[2]) > now and left >= num(clock_of[1]) then return 0 end
  return over - now
end

-- end_clock ends the time of a user's carts, when all seats in them were bought or
-- released. A seat released before the end may be held again. A seat that left at
-- the end keeps its cooldown: note_left dates it a moment earlier.
local function end_clock(user)
  local clock_of = call('HMGET', CLOCK .. user, 'start', 'until')
  if clock_of[1] and clock_of[2] then
    call('ZREMRANGEBYSCORE', LEFT_CART .. user, clock_of[1], '(' .. int(num(clock_of[2]) - 1))
  end
  call('DEL', CLOCK .. user)
end
