-- What every script of booking shares; it stands before each of them.
-- KEYS as in keys.go. ARGV[1] is the caller's epoch. A script returns an array whose
-- first element is a word: 'ok', or why it did nothing.
local EPOCH, SALE, PLAN, HELD, TAKEN, BOOKED = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local TAKENBY, BOUGHT, HOLDER, CARTS, CARTNEWS = KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local SEATVER, ACTIVE, LEASES, SESSIONS, TICK = KEYS[12], KEYS[13], KEYS[14], KEYS[15], KEYS[16]
local CHANNEL, HOLD, CART, ENDED = KEYS[17], KEYS[18], KEYS[19], KEYS[20]
local CLOCK, PAST, DECLINED, REFUNDS = KEYS[21], KEYS[22], KEYS[23], KEYS[24]

-- How long what has ended is remembered, so that no script that comes late marks
-- or pins for it any more.
local MEMORY_MS = 3600000

-- How long a user may not hold a seat again that stayed in the cart to its end. The
-- settings have no name for it; only tests lay another time beside them.
local function rest_ms() return tonumber(redis.call('HGET', SALE, 'rest') or '60000') end
-- The time over which a user's declined payments and refunds are counted.
local BUDGET_MS = 3600000

local function text(n) return string.format('%.0f', n) end

-- has_bit reports the bit of an index in a bitmap's text; what is beyond its end is 0.
local function has_bit(bitmap, index)
  local byte = string.byte(bitmap, math.floor(index / 8) + 1)
  return byte ~= nil and math.floor(byte / 2 ^ (7 - index % 8)) % 2 == 1
end

local function now_ms()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

-- epoch_refusal returns what the script must return at once, or nil: 'closed'
-- while the season's data is not opened, 'epoch' and the epoch when the caller
-- means another life of it.
local function epoch_refusal()
  local epoch = redis.call('GET', EPOCH)
  if not epoch then return { 'closed' } end
  if epoch ~= ARGV[1] then return { 'epoch', epoch } end
end

-- owner splits a hold's value: the user, and the transaction that has pinned it
-- or nil.
local function owner(value)
  local user, transaction = string.match(value, '^(%S+) (%S+)$')
  if user then return user, transaction end
  return value, nil
end

-- session_of returns when the user's session ends (ms) if the user is in and may
-- hold and buy: has a place, entered it, and neither lease nor session is over;
-- else nil.
local function session_of(user, now)
  if redis.call('SISMEMBER', ACTIVE, user) == 0 then return nil end
  local lease = tonumber(redis.call('ZSCORE', LEASES, user) or '0')
  local session = tonumber(redis.call('ZSCORE', SESSIONS, user) or '0')
  if lease <= now or session <= now then return nil end
  return session
end

-- closed says whether the sale is over; 'unknown' when its settings are not here.
local function closed(now)
  local at = redis.call('HGET', SALE, 'closesAt')
  if not at then return 'unknown' end
  return tonumber(at) > 0 and tonumber(at) <= now
end

-- What a script changes is gathered here and announced once, at its end.
local seats_changed = false
local carts_changed, cart_order = {}, {}

local function cart_changed(user, reason)
  if carts_changed[user] == nil then cart_order[#cart_order + 1] = user end
  if reason ~= '' or carts_changed[user] == nil then carts_changed[user] = reason end
end

-- cart_of returns what the user holds: a sorted list of seat numbers, and the
-- deadline in ms (0 when the cart is empty).
local function cart_of(user)
  local fields = redis.call('HGETALL', CART .. user)
  local seats, deadline = {}, 0
  for i = 1, #fields, 2 do
    if fields[i] == '!until' then
      deadline = tonumber(fields[i + 1])
    elseif string.sub(fields[i], 1, 1) ~= '!' then
      local value = redis.call('GET', HOLD .. fields[i])
      if value and owner(value) == user then seats[#seats + 1] = fields[i] end
    end
  end
  if #seats == 0 then deadline = 0 end
  table.sort(seats)
  return seats, deadline
end

-- held_and_bought counts what the user's limit counts: seats held and seats bought.
-- A seat being bought is both in the cart and among the bought, and counts once.
local function held_and_bought(user)
  local count = tonumber(redis.call('HGET', BOUGHT, user) or '0')
  for _, seat in ipairs(cart_of(user)) do
    local index = redis.call('HGET', CART .. user, seat)
    if redis.call('GETBIT', TAKEN, index) == 0 then count = count + 1 end
  end
  return count
end

local function cart_message(version, user, reason)
  local seats, deadline = cart_of(user)
  local list = '[]'
  if #seats > 0 then list = cjson.encode(seats) end
  return string.format('{"v":%.0f,"u":%s,"r":%s,"s":%s,"t":%.0f}',
    version, cjson.encode(user), cjson.encode(reason), list, deadline)
end

-- announce counts the version up and publishes, when anything has changed, and
-- returns the version. Messages: {"v":version} for seats alone, and per changed
-- cart {"v":version,"u":user,"r":reason,"s":[seat…],"t":deadline}. Each message
-- has a version of its own, so that who misses one sees the gap.
local function announce()
  if not seats_changed and #cart_order == 0 then
    return tonumber(redis.call('GET', SEATVER) or '0')
  end
  if #cart_order == 0 then
    local version = redis.call('INCR', SEATVER)
    redis.call('PUBLISH', CHANNEL, string.format('{"v":%.0f}', version))
    return version
  end
  local version
  for _, user in ipairs(cart_order) do
    version = redis.call('INCR', SEATVER)
    local reason = carts_changed[user]
    local now, before = user, user .. ' expired'
    if reason == 'expired' then now, before = before, now end
    redis.call('ZREM', CARTNEWS, before)
    redis.call('ZADD', CARTNEWS, text(version), now)
    redis.call('PUBLISH', CHANNEL, cart_message(version, user, reason))
  end
  return version
end

-- note_past keeps when a seat left a user's cart. What leaves at the cart's end or
-- later counts as left before the next cart could begin.
local function note_past(user, index)
  local now = now_ms()
  local till = tonumber(redis.call('HGET', CLOCK .. user, 'until') or '0')
  redis.call('ZREMRANGEBYSCORE', PAST .. user, '-inf', text(now - rest_ms()))
  redis.call('ZADD', PAST .. user, text(till > now and now or now - 1), index)
  redis.call('PEXPIRE', PAST .. user, text(rest_ms() + 1))
end

-- rest_of returns for how many ms more the user may not hold a seat again; 0: it
-- may be held. A seat that left the cart before its end may be, as long as the
-- cart's time runs: then it goes on with what is left of it.
local function rest_of(user, index, now)
  local left = tonumber(redis.call('ZSCORE', PAST .. user, index) or '0')
  local over = left + rest_ms()
  if over <= now then return 0 end
  local clock = redis.call('HMGET', CLOCK .. user, 'start', 'until')
  if tonumber(clock[2] or '0') > now and left >= tonumber(clock[1] or '0') then return 0 end
  return over - now
end

-- end_clock ends the time of a user's carts: all that was in them is bought or was
-- given back. What was given back before its end has not stayed to the end and may be
-- held again; what left at the end rests on (note_past dates it a moment before it left).
local function end_clock(user)
  local clock = redis.call('HMGET', CLOCK .. user, 'start', 'until')
  if clock[1] and clock[2] then
    redis.call('ZREMRANGEBYSCORE', PAST .. user, clock[1], '(' .. text(tonumber(clock[2]) - 1))
  end
  redis.call('DEL', CLOCK .. user)
end

-- drop takes a seat out of a user's cart and frees it, unless it is pinned by a
-- transaction other than the one named (nil: by any). Returns whether it did.
local function drop(user, seat, index, transaction, reason)
  local value = redis.call('GET', HOLD .. seat)
  if value then
    local who, pinned = owner(value)
    if who == user then
      if pinned and pinned ~= transaction then return false end
      redis.call('DEL', HOLD .. seat)
    end
  end
  if redis.call('HGET', HOLDER, index) == user then
    redis.call('HDEL', HOLDER, index)
    redis.call('SETBIT', HELD, index, 0)
    seats_changed = true
  end
  if redis.call('HDEL', CART .. user, seat) == 1 then
    cart_changed(user, reason or '')
    note_past(user, index)
  end
  local notes = 0
  for _, note in ipairs({ '!until', '!best' }) do notes = notes + redis.call('HEXISTS', CART .. user, note) end
  if redis.call('HLEN', CART .. user) == notes then
    redis.call('DEL', CART .. user)
    redis.call('ZREM', CARTS, user)
  end
  return true
end

-- take marks a seat as claimed by a transaction of a user; the hold stays, for
-- the user still sees the seat in the cart until the purchase is decided. Says
-- 'other' and changes nothing when another transaction's mark lies there, 'given'
-- when this transaction has given the seat back.
local function take(index, transaction, user)
  if redis.call('ZSCORE', ENDED, transaction .. ' ' .. index) then return 'given' end
  local by = redis.call('HGET', TAKENBY, index)
  if by then
    if by == transaction .. ' ' .. user then return 'ok' end
    return 'other'
  end
  redis.call('HSET', TAKENBY, index, transaction .. ' ' .. user)
  redis.call('SETBIT', TAKEN, index, 1)
  redis.call('HINCRBY', BOUGHT, user, 1)
  seats_changed = true
  return 'ok'
end

-- book shows a taken seat as sold and ends the hold it was bought from. It must
-- be marked taken by this transaction; else it says 'other'.
local function book(seat, index, transaction, user)
  if redis.call('HGET', TAKENBY, index) ~= transaction .. ' ' .. user then return 'other' end
  if redis.call('SETBIT', BOOKED, index, 1) == 0 then seats_changed = true end
  drop(user, seat, index, transaction, '')
  -- What is bought is not kept from others: the next cart has a time of its own.
  redis.call('ZREM', PAST .. user, index)
  if redis.call('EXISTS', CART .. user) == 0 then end_clock(user) end
  return 'ok'
end

-- clear takes a transaction's mark off a seat: compare and delete. A mark of
-- another, or none, stays as it is.
local function clear(index, transaction, user)
  if redis.call('HGET', TAKENBY, index) ~= transaction .. ' ' .. user then return 'other' end
  redis.call('HDEL', TAKENBY, index)
  redis.call('SETBIT', TAKEN, index, 0)
  redis.call('SETBIT', BOOKED, index, 0)
  if redis.call('HINCRBY', BOUGHT, user, -1) <= 0 then redis.call('HDEL', BOUGHT, user) end
  seats_changed = true
  return 'ok'
end

-- pin writes the transaction into a hold of the user and lets it live for ms. The
-- cart keeps its deadline. Says 'none' when the user does not hold the seat,
-- 'other' when another transaction has pinned it.
local function pin(user, seat, transaction, ms)
  local value = redis.call('GET', HOLD .. seat)
  if not value then return 'none' end
  local who, pinned = owner(value)
  if who ~= user then return 'none' end
  if pinned and pinned ~= transaction then return 'other' end
  redis.call('SET', HOLD .. seat, user .. ' ' .. transaction, 'PX', text(ms))
  if not pinned then cart_changed(user, '') end
  return 'ok'
end

-- unpin gives a hold back to the cart as it was: till the cart's deadline, or
-- expired when that has passed. Only the transaction that pinned it may.
local function unpin(user, seat, index, transaction, now)
  if redis.call('GET', HOLD .. seat) ~= user .. ' ' .. transaction then return 'other' end
  local deadline = tonumber(redis.call('HGET', CART .. user, '!until') or '0')
  if deadline <= now then
    drop(user, seat, index, transaction, 'expired')
    return 'ok'
  end
  redis.call('SET', HOLD .. seat, user, 'PX', text(deadline - now))
  redis.call('ZADD', CARTS, text(now), user)
  cart_changed(user, '')
  return 'ok'
end

-- A cart is looked at by the sweep at its deadline and at least this often.
local LOOK_MS = 2000

-- sweep_cart takes out of a cart what is over: holds whose key is gone, all that
-- is not pinned when the deadline has passed (reason 'expired') or when lapsed
-- says that the owner has no place any more. Returns how many seats are left and
-- the deadline, and says when the sweep must come again.
local function sweep_cart(user, now, lapsed)
  local fields = redis.call('HGETALL', CART .. user)
  local left, deadline = 0, 0
  for i = 1, #fields, 2 do
    if fields[i] == '!until' then deadline = tonumber(fields[i + 1]) end
  end
  for i = 1, #fields, 2 do
    local seat, index = fields[i], fields[i + 1]
    if string.sub(seat, 1, 1) ~= '!' then
      local value = redis.call('GET', HOLD .. seat)
      local who, pinned
      if value then who, pinned = owner(value) end
      local over = who ~= user or (not pinned and deadline <= now)
      if over or (lapsed and not pinned) then
        drop(user, seat, index, nil, over and 'expired' or '')
      else
        left = left + 1
      end
    end
  end
  if left == 0 then
    redis.call('DEL', CART .. user)
    redis.call('ZREM', CARTS, user)
    return 0, 0
  end
  local again = now + LOOK_MS
  if deadline > now and deadline < again then again = deadline end
  redis.call('ZADD', CARTS, text(again), user)
  return left, deadline
end
