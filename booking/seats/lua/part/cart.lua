-- cart reads a user's cart. The hash of a cart maps seat numbers to indexes, and
-- has fields of its own, which begin with "!".
--
-- @include part/hold
local UNTIL = '!until' -- the cart's deadline, ms
local BEST = '!best'   -- the last request for the best seats that was served
local TYPE = '!type:'  -- and a seat number: the type of the seat's price; none: the normal price

-- is_seat returns whether a field of a cart is a seat number.
local function is_seat(field) return string.sub(field, 1, 1) ~= '!' end

-- read_cart returns what the hash of a cart contains: the deadline (ms; 0: none),
-- the seat numbers, and at the same places their indexes and the values of their
-- holds. A value is false where the hold has ended. types maps seat numbers to the
-- types of their prices, and is nil when all prices are normal.
local function read_cart(user)
  local fields = call('HGETALL', CART .. user)
  local cart, keys = { deadline = 0, seats = {}, indexes = {}, holds = {} }, {}
  local seats, indexes = cart.seats, cart.indexes
  for i = 1, #fields, 2 do
    local field = fields[i]
    if field == UNTIL then
      cart.deadline = num(fields[i + 1])
    elseif is_seat(field) then
      local n = #seats + 1
      seats[n], indexes[n], keys[n] = field, fields[i + 1], HOLD .. field
    elseif string.sub(field, 1, #TYPE) == TYPE then
      cart.types = cart.types or {}
      cart.types[string.sub(field, #TYPE + 1)] = fields[i + 1]
    end
  end
  if #keys > 0 then cart.holds = call('MGET', unpack(keys)) end
  return cart
end

-- held_seats returns the seats of a cart that its user still holds, sorted, the
-- deadline (ms; 0 when no seat is held), how many of the seats no order has
-- marked as taken yet, if that is asked, and the types of their prices: a list of seat,
-- type, seat, type, without the seats at the normal price; and the cart as read_cart
-- returns it.
local function held_seats(user, count_untaken)
  local cart = read_cart(user)
  local held, untaken = {}, 0
  for i, seat in ipairs(cart.seats) do
    local value = cart.holds[i]
    if value and split_hold(value) == user then
      held[#held + 1] = seat
      if count_untaken and call('GETBIT', TAKEN, cart.indexes[i]) == 0 then untaken = untaken + 1 end
    end
  end
  table.sort(held)
  local types = {}
  if cart.types then
    for _, seat in ipairs(held) do
      if cart.types[seat] then types[#types + 1], types[#types + 2] = seat, cart.types[seat] end
    end
  end
  return held, #held > 0 and cart.deadline or 0, untaken, types, cart
end

-- set_type writes the type of the price of a seat in a cart; '' is the normal price.
local function set_type(user, seat, kind)
  if kind == '' then
    call('HDEL', CART .. user, TYPE .. seat)
  else
    call('HSET', CART .. user, TYPE .. seat, kind)
  end
end

-- held_and_bought returns how many seats count against a user's limit: the seats
-- held and the seats bought; and the user's cart. A seat in flight is among both, and
-- counts once.
local function held_and_bought(user)
  local _, _, untaken, _, cart = held_seats(user, true)
  return num(call('HGET', BOUGHT, user)) + untaken, cart
end
