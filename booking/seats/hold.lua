-- hold gives a user the first of several groups of seats that can be had whole.
-- ARGV: 1 epoch, 2 plan version, 3 user, 4 '' or a request's id, 5 number of groups,
-- then per group its size
-- and that many pairs of seat number and index (-1: the plan never sells it).
-- With a request's id the groups are offers: every seat of one must be free. Without,
-- the one group is what the user named, and seats of one's own are left as they are.
-- Returns {'ok', version, deadline, {seat…}} with the whole cart, or
-- {'plan', version} (also: the plan is about to change these seats) · {'settings'} · {'season_closed'} · {'not_admitted'} ·
-- {'none'} (no group was named, but this user might have had one) ·
-- {'seat_limit', limit} ·
-- {'seat_taken', {seat…}} · {'conflict', {seat…}} (one's own, being bought) ·
-- {'settling', {seat…}} (the cart's time is over, but these are still being bought) ·
-- {'resting', ms, {seat…}} (they were in the user's cart when its time ended).
-- It may run twice: what is one's own already is success, and a request's id
-- served before returns the cart as it is.
local refusal = epoch_refusal()
if refusal then return refusal end

local plan = redis.call('GET', PLAN) or '0'
if plan ~= ARGV[2] then return { 'plan', plan } end

local user, request = ARGV[3], ARGV[4]
local now = now_ms()
local over = closed(now)
if over == 'unknown' then return { 'settings' } end
if over then return { 'season_closed' } end
local session = session_of(user, now)
if not session then return { 'not_admitted' } end

local function cart_reply()
  local version = announce()
  local seats, deadline = cart_of(user)
  return { 'ok', text(version), text(deadline), seats }
end

if request ~= '' and redis.call('HGET', CART .. user, '!best') == request then return cart_reply() end

-- What is over leaves the cart first, so that it counts as having been there.
local left, deadline = 0, 0
if redis.call('EXISTS', CART .. user) == 1 then left, deadline = sweep_cart(user, now, false) end

local function refuse(why)
  announce()
  return why
end

-- judge says what a seat is to this user: 'free', 'own', 'pinned' or 'taken'.
local function judge(seat, index)
  if index == '-1' then return 'taken' end
  local by = redis.call('HGET', TAKENBY, index)
  local buyer = by and string.match(by, ' (%S+)$')
  local value = redis.call('GET', HOLD .. seat)
  if value then
    local who, pinned = owner(value)
    if who ~= user or (by and buyer ~= user) then return 'taken' end
    if pinned or by then return 'pinned' end
    return 'own'
  end
  if by then
    if buyer == user and redis.call('GETBIT', BOOKED, index) == 0 then return 'pinned' end
    return 'taken'
  end
  return 'free'
end

if ARGV[5] == '0' then return refuse({ 'none' }) end
local moving = redis.call('HGET', SALE, 'movingSeats')
local wanted, blocked, pinned, resting, rest, changing
local at = 6
for _ = 1, tonumber(ARGV[5]) do
  local size = tonumber(ARGV[at])
  wanted, blocked, pinned, resting, rest, changing = {}, {}, {}, {}, 0, false
  for i = 1, size do
    local seat, index = ARGV[at + 2 * i - 1], ARGV[at + 2 * i]
    local is = judge(seat, index)
    local wait = is == 'free' and rest_of(user, index, now) or 0
    if is == 'taken' or request ~= '' and (is ~= 'free' or wait > 0) then
      blocked[#blocked + 1] = seat
    elseif wait > 0 then
      resting[#resting + 1] = seat
      rest = math.max(rest, wait)
    elseif is == 'free' then
      wanted[#wanted + 1] = { seat, index }
      changing = changing or (moving and has_bit(moving, tonumber(index)))
    elseif is == 'pinned' then
      pinned[#pinned + 1] = seat
    end
  end
  if #blocked == 0 then break end
  at = at + 1 + 2 * size
end
if #blocked > 0 then return refuse({ 'seat_taken', blocked }) end
if #pinned > 0 then return refuse({ 'conflict', pinned }) end
if #resting > 0 then return refuse({ 'resting', text(rest), resting }) end
if #wanted == 0 then return cart_reply() end
if changing then return refuse({ 'plan', plan }) end

local limit = tonumber(redis.call('HGET', SALE, 'maxSeats'))
if held_and_bought(user) + #wanted > limit then return refuse({ 'seat_limit', limit }) end
-- Only what is being bought outlasts a cart's time. It gets no more of it.
if left > 0 and deadline <= now then return refuse({ 'settling', (cart_of(user)) }) end

if left == 0 then
  -- A cart begun while the time of the last one runs has what is left of it, so
  -- that giving seats back and taking them again keeps them no longer.
  deadline = tonumber(redis.call('HGET', CLOCK .. user, 'until') or '0')
  if deadline <= now then
    deadline = now + tonumber(redis.call('HGET', SALE, 'hold'))
    if deadline > session then deadline = session end
    redis.call('DEL', CLOCK .. user)
    redis.call('HSET', CLOCK .. user, 'start', text(now), 'until', text(deadline))
  end
  redis.call('PEXPIRE', CLOCK .. user, text(MEMORY_MS))
  if deadline > session then deadline = session end
  redis.call('HSET', CART .. user, '!until', text(deadline))
end
if request ~= '' then redis.call('HSET', CART .. user, '!best', request) end
for _, pair in ipairs(wanted) do
  local seat, index = pair[1], pair[2]
  -- The key has expired, but the sweep has not come by: the old cart learns it now.
  local last = redis.call('HGET', HOLDER, index)
  if last then drop(last, seat, index, nil, 'expired') end
  redis.call('SET', HOLD .. seat, user, 'PX', text(deadline - now))
  redis.call('HSET', CART .. user, seat, index)
  redis.call('HSET', HOLDER, index, user)
  redis.call('SETBIT', HELD, index, 1)
end
local look = now + LOOK_MS
if deadline < look then look = deadline end
redis.call('ZADD', CARTS, text(look), user)
seats_changed = true
cart_changed(user, '')
return cart_reply()
