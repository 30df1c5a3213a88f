-- report collects what this run changes, and announces the changes at the end of
-- the script.
--
-- Messages on CHANNEL: {"v":version} for seats alone; for each changed cart
-- {"v":version,"u":user,"r":reason,"s":[seat…],"t":deadline,"e":whether the cart may
-- be given more time,"p":[seat,type,…] of the seats that have not the normal price}; and
-- {"v":version,"x":transaction} for an order or refund that is complete. Each of
-- the first two has a version of its own, so a node that misses one sees the gap.
--
-- @include part/cart
-- @include part/extension
local changes = {
  seats = false, -- a bitmap has changed
  carts = {},    -- users whose cart has changed, in order
  reasons = {},  -- user -> reason: '' or 'expired'
}

-- cart_changed notes a change of a cart. The reason 'expired' outweighs ''.
local function cart_changed(user, reason)
  local known = changes.reasons[user]
  if known == nil then changes.carts[#changes.carts + 1] = user end
  if known == nil or reason ~= '' then changes.reasons[user] = reason end
end

-- cart_message returns the message about a cart, and what stands in it: the seats held, the
-- deadline, the types of prices and whether the cart may be given more time.
local function cart_message(version, user, reason)
  local seats, deadline, _, types = held_seats(user)
  local list = #seats > 0 and cjson.encode(seats) or '[]' -- cjson writes an empty table as {}
  local typed = #types > 0 and ',"p":' .. cjson.encode(types) or ''
  local more = may_extend(user, deadline)
  return string.format('{"v":%.0f,"u":%s,"r":%s,"s":%s,"t":%.0f,"e":%s%s}', version, cjson.encode(user), cjson.encode(reason),
    list, deadline, tostring(more), typed), seats, deadline, types, more
end

-- announce raises the version and publishes the changes, if there are any. It
-- returns the version; and, for a user whose cart has changed, if one is named, what
-- cart_message says of it.
local function announce(of)
  local version, of_seats, of_deadline, of_types, of_more
  if #changes.carts == 0 then
    if not changes.seats then return num(call('GET', VERSION)) end
    version = call('INCR', VERSION)
    call('PUBLISH', CHANNEL, string.format('{"v":%.0f}', version))
    return version
  end
  for _, user in ipairs(changes.carts) do
    version = call('INCR', VERSION)
    local reason = changes.reasons[user]
    local member, other = user, user .. ' expired'
    if reason == 'expired' then member, other = other, member end
    call('ZREM', CART_CHANGES, other)
    call('ZADD', CART_CHANGES, int(version), member)
    local message, seats, deadline, types, more = cart_message(version, user, reason)
    call('PUBLISH', CHANNEL, message)
    if user == of then of_seats, of_deadline, of_types, of_more = seats, deadline, types, more end
  end
  return version, of_seats, of_deadline, of_types, of_more
end

-- announce_transaction publishes a transaction, given as JSON.
local function announce_transaction(version, transaction)
  call('PUBLISH', CHANNEL, string.format('{"v":%.0f,"x":%s}', version, transaction))
end

-- cart_reply announces the changes and returns the script's reply with a user's
-- cart: {'ok', version, deadline, {seat…}, 1 or 0: whether it may be given more time,
-- {seat, type…}: the types of prices}.
local function cart_reply(user)
  local version, seats, deadline, types, more = announce(user)
  if not seats then
    local held, until_then, _, kinds = held_seats(user)
    seats, deadline, types, more = held, until_then, kinds, may_extend(user, until_then)
  end
  return {OUTCOME_OK, int(version), int(deadline), seats, more and 1 or 0, types}
end
