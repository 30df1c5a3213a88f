-- admission gives free places to the users in line who are present, in the order
-- of their numbers.
--
-- @include part/opening
-- @include part/index
-- @include part/stock

-- allowance is how many users the bucket of admitPerMinute lets in now. It holds
-- what two seconds bring, and at least one.
local function allowance()
  if rules.perMinute <= 0 then return AT_ONCE end
  local full = math.max(1, rules.perMinute / 30)
  if now < line.allowanceAt then return full end -- the clock was put back
  return math.min(full, line.allowance + (now - line.allowanceAt) * rules.perMinute / 60000)
end

-- room is how many users may be admitted now.
local function room()
  if not epoch or not rules or rules.paused or not is_open() or is_between_phases() then return 0 end
  local free = math.min(rules.limit - call('SCARD', ACTIVE), math.floor(allowance()), AT_ONCE)
  if free > 0 and no_seat() then
    run.no_seat = true
    return 0
  end
  return free
end

-- activate turns a place into an active one, with a lease and a session.
local function activate(user)
  call('ZREM', TURNS, user)
  call('ZADD', LEASES, int(now + math.min(rules.lease, rules.session)), user)
  call('ZADD', SESSIONS, int(now + rules.session), user)
  notify(user)
end

-- admit gives a user a place: a turn, or an active place where the user goes
-- straight in. The name of the turn contains the line's next version, so no two
-- turns of a user have the same name, and the time of the admission.
local function admit(user, number, joined, origin, straight_in)
  if rules.perMinute > 0 then
    put('allowance', allowance() - 1)
    put('allowanceAt', now)
  end
  call('SADD', ACTIVE, user)
  call('HSET', PLACES, user, int(number) .. ':' .. int(joined) .. ':' .. origin .. ':' .. epoch .. '.' .. int(line.version + 1) .. '.' .. int(now))
  call('ZREM', LAPSES, user)
  if straight_in then activate(user) else call('ZADD', TURNS, int(now + rules.window), user) end
  put('turns', line.turns + 1)
  call('HINCRBY', RATES, 'a' .. int(math.floor(now / 10000)), 1)
  run.admitted = run.admitted + 1
  run.waits[#run.waits + 1] = int(math.max(0, micros - joined))
  notify(user)
end

-- promote admits while there is room.
local function promote()
  local free = room()
  if free <= 0 then return end
  local first, step
  if is_later_draw() then
    -- The users who gather have no order yet; those who waited before have one.
    first, step = call('ZRANGEBYSCORE', READY, '-inf', int(line.gatherFrom), 'LIMIT', '0', int(free)), 1
  else
    first, step = call('ZPOPMIN', READY, int(free)), 2
  end
  for i = 1, #first, step do
    local number, joined, origin = leave_line(first[i])
    if number then admit(first[i], number, joined, origin, false) end
  end
end
