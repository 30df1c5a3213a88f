-- hold gives a user the first of several groups of seats that are free as a whole, and
-- units of areas.
--
-- ARGV   2 plan version, 3 user, 4 '' or the id of a request, 5 '1': the group
--        replaces what the user holds, 6 '' or the types of prices as a JSON object:
--        seat -> type, and under '' the type of all others, 7 number of groups,
--        8 number of pools, then for each group its size and as many pairs of seat
--        number and index (-1: a seat that the plan never sells), then for each pool
--        how many of its units are wanted, its size and as many pairs of unit and
--        index. With a request's id and without pools the groups are offers of the
--        best seats: all seats of a group must be free, or the user's own when the
--        group replaces them. Else the one group has the seats that the user named;
--        the user's own seats stay, at the price of the type. Of a pool, which offers
--        units of one area, the first free units are taken.
-- Reply  {'ok', version, deadline, {seat…}, 1 or 0, {seat, type…}} with the whole cart, or
--        {'plan', version}: Redis has another plan, or the plan is about to change
--        these seats
--        {'settings'}: the settings are not in Redis
--        {'season_closed'} · {'not_admitted'}
--        {'none'}: no group and no pool was named, and the user may hold seats
--        {'stale'}: too few units of a pool are free
--        {'seat_limit', limit}
--        {'seat_taken', {seat…}}
--        {'conflict', {seat…}}: seats in the user's cart that are being bought
--        {'settling', {seat…}}: the cart's time is over, and these are being bought
--        {'resting', ms, {seat…}}: the cooldown of these seats
--
-- It may run twice: the user's own seats are success, and a request's id that was
-- served before returns the cart as it is.
--
-- @include part/epoch
-- @include part/permission
-- @include part/bitmap
-- @include part/hold
-- @include part/cart
-- @include part/report
-- @include part/cooldown
-- @include part/drop
-- @include part/sweep
local plan_version, user, request, swap, groups = ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1', num(ARGV[7])
local types, pools, at = ARGV[6] ~= '' and cjson.decode(ARGV[6]) or {}, num(ARGV[8]), 9
local best = request ~= '' and pools == 0

local plan = call('GET', PLAN) or '0'
if plan ~= plan_version then return {OUTCOME_PLAN, plan} end
local refusal, session = refusal_of(user)
if refusal then return refusal end
if request ~= '' and call('HGET', CART .. user, BEST) == request then return cart_reply(user) end

-- Seats whose hold has ended leave the cart first, and so begin their cooldown.
local left, deadline = 0, 0
if call('EXISTS', CART .. user) == 1 then left, deadline = sweep_cart(user, false) end

local function refuse(why)
  announce()
  return why
end

-- status_of returns what a seat is to this user: 'free', 'own', 'pinned' or 'taken'.
local function status_of(seat, index)
  if index == '-1' then return 'taken' end
  local mark = call('HGET', MARKS, index)
  local buyer = mark and string.match(mark, ' (%S+)$')
  local holder, pinned = hold_on(seat)
  if holder then
    if holder ~= user or (mark and buyer ~= user) then return 'taken' end
    if pinned or mark then return 'pinned' end
    return 'own'
  end
  if not mark then return 'free' end
  if buyer == user and call('GETBIT', BOOKED, index) == 0 then return 'pinned' end
  return 'taken'
end

-- type_for returns the type of the price that the user asks for.
local function type_for(seat) return types[seat] or types[''] or '' end

-- has_other_type returns whether a seat in the cart has another type than asked for.
local function has_other_type(seat) return (call('HGET', CART .. user, TYPE .. seat) or '') ~= type_for(seat) end

if groups + pools == 0 then return refuse({OUTCOME_NONE}) end
local settings = call('HMGET', SETTINGS, 'movingSeats', 'maxSeats', 'hold')
local frozen = settings[1] -- a bitmap: seats that a proposed plan changes
local wanted, kept, retyped, blocked, pinned, resting, longest, is_frozen = {}, {}, {}, {}, {}, {}, 0, false
for _ = 1, groups do
  wanted, kept, retyped, blocked, pinned, resting, longest, is_frozen = {}, {}, {}, {}, {}, {}, 0, false
  local size = num(ARGV[at])
  for i = at + 1, at + 2 * size, 2 do
    local seat, index = ARGV[i], ARGV[i + 1]
    local status = status_of(seat, index)
    local wait = status == 'free' and cooldown_left(user, index) or 0
    if swap and status == 'own' then
      kept[seat] = true
      if has_other_type(seat) then retyped[#retyped + 1] = seat end
    elseif status == 'taken' or best and (status ~= 'free' or wait > 0) then
      blocked[#blocked + 1] = seat
    elseif wait > 0 then
      resting[#resting + 1] = seat
      longest = math.max(longest, wait)
    elseif status == 'free' then
      wanted[#wanted + 1] = { seat = seat, index = index }
      is_frozen = is_frozen or (frozen and has_bit(frozen, num(index)))
    elseif status == 'pinned' then
      pinned[#pinned + 1] = seat
    elseif has_other_type(seat) then
      retyped[#retyped + 1] = seat
    end
  end
  at = at + 1 + 2 * size
  if #blocked == 0 then break end
end
if #blocked > 0 then return refuse({OUTCOME_SEAT_TAKEN, blocked}) end
local replaced = {} -- what the user holds now and the group does not contain
if swap then
  local cart = read_cart(user)
  for i, seat in ipairs(cart.seats) do
    if cart.holds[i] and cart.holds[i] ~= user then
      pinned[#pinned + 1] = seat
    elseif not kept[seat] then
      replaced[#replaced + 1] = { seat = seat, index = cart.indexes[i] }
    end
  end
end
if #pinned > 0 then return refuse({OUTCOME_CONFLICT, pinned}) end
if #resting > 0 then return refuse({OUTCOME_RESTING, int(longest), resting}) end
for _ = 1, pools do
  local missing, last, moving = num(ARGV[at]), at + 1 + 2 * num(ARGV[at + 1]), false
  for i = at + 2, last, 2 do
    if missing == 0 then break end
    local unit, index = ARGV[i], ARGV[i + 1]
    if status_of(unit, index) == 'free' then
      local wait = cooldown_left(user, index)
      if wait > 0 then
        resting[#resting + 1] = unit
        longest = math.max(longest, wait)
      elseif frozen and has_bit(frozen, num(index)) then
        moving = true
      else
        wanted[#wanted + 1] = { seat = unit, index = index }
        missing = missing - 1
      end
    end
  end
  at = last + 1
  if missing > 0 then
    if moving then return refuse({OUTCOME_PLAN, plan}) end
    if #resting >= missing then return refuse({OUTCOME_RESTING, int(longest), resting}) end
    return refuse({OUTCOME_STALE})
  end
  resting, longest = {}, 0
end
if #wanted == 0 and #replaced == 0 and #retyped == 0 then return cart_reply(user) end
if is_frozen then return refuse({OUTCOME_PLAN, plan}) end

local limit, types_before = num(settings[2]), nil
if #wanted + #replaced > 0 then
  local count, cart = held_and_bought(user)
  if count + #wanted - #replaced > limit then return refuse({OUTCOME_SEAT_LIMIT, limit}) end
  types_before = cart.types
end
-- Only seats in flight outlast a cart's deadline. The cart gets no new time for them.
if left > 0 and deadline <= now then return refuse({OUTCOME_SETTLING, (held_seats(user))}) end

if left == 0 then
  -- A cart begun while the time of the last cart runs has what is left of that
  -- time, so releasing seats and holding them again keeps them no longer.
  deadline = num(call('HGET', CLOCK .. user, 'until'))
  if deadline <= now then
    deadline = math.min(now + num(settings[3]), session)
    call('DEL', CLOCK .. user)
    call('HSET', CLOCK .. user, 'start', int(now), 'until', int(deadline))
  end
  call('PEXPIRE', CLOCK .. user, int(MEMORY))
  deadline = math.min(deadline, session)
  call('HSET', CART .. user, UNTIL, int(deadline))
end
if request ~= '' then call('HSET', CART .. user, BEST, request) end
for _, want in ipairs(wanted) do
  local seat, index = want.seat, want.index
  -- The hold has expired and the sweep has not run: the old cart loses the seat now.
  local last = call('HGET', HOLDER, index)
  if last then drop(last, seat, index, nil, 'expired') end
  call('SET', HOLD .. seat, user, 'PX', int(deadline - now))
  call('HSET', CART .. user, seat, index)
  call('HSET', HOLDER, index, user)
  call('SETBIT', HELD, index, 1)
  -- A node of an older program may have left a type of an earlier hold.
  if next(types) or (types_before and types_before[seat]) then set_type(user, seat, type_for(seat)) end
end
for _, seat in ipairs(retyped) do set_type(user, seat, type_for(seat)) end
for _, old in ipairs(replaced) do drop(user, old.seat, old.index, nil, '') end
call('HDEL', PROMISES, user) -- the queue has set no more seats aside for this user
sweep_at(user, deadline)
changes.seats = changes.seats or #wanted > 0
cart_changed(user, '')
return cart_reply(user)
