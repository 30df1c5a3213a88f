-- admission gives free places to the users in line who are present, in the order
-- of their numbers.
--
-- @include part/opening
-- @include part/index
-- @include part/stock
-- @include part/aside

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
  if not epoch or not rules or rules.paused or rules.over or not is_open() or is_between_phases() then return 0 end
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
  if line.wishes > 0 then wishes.note_pass(number) end
  call('HINCRBY', RATES, 'a' .. int(math.floor(now / 10000)), 1)
  run.admitted = run.admitted + 1
  run.waits[#run.waits + 1] = int(math.max(0, micros - joined))
  notify(user)
end

-- first_ready returns the first present user without a wish who may be admitted, and the
-- user's number; nil when there is none.
local function first_ready()
  local last = is_later_draw() and int(line.gatherFrom) or '+inf' -- those behind gather
  local first = call('ZRANGEBYSCORE', READY, '-inf', last, 'WITHSCORES', 'LIMIT', '0', '1')
  return first[1], num(first[2])
end

-- admit_for gives a turn to a user in line, of a group of wishes or without a wish (nil).
local function admit_for(group, user)
  local keeps = line.wishes > 0
  local number, joined, origin = leave_line(user)
  if number then
    if keeps then aside.keep(user, group) end
    admit(user, number, joined, origin, false)
  elseif group then
    call('ZREM', WISHERS .. group, user)
    wishes.next_head(group)
  else
    call('ZREM', READY, user)
  end
end

-- promote_by_wish admits up to free users, by number, and passes over the users whose
-- wishes cannot be met. Seats only become fewer while it runs: so a group whose wish
-- cannot be met is looked at once.
local function promote_by_wish(free)
  if aside.is_settled() or not wishes.regroup() then return end
  local heads, at, flat = {}, 1, call('ZRANGE', WISH_HEADS, '0', '-1', 'WITHSCORES')
  for i = 1, #flat, 2 do heads[#heads + 1] = {group = flat[i], number = num(flat[i + 1])} end
  local ready, ready_number = first_ready()
  while free > 0 do
    local may_ready = ready and aside.can_meet(nil)
    local function is_next() return heads[at] and not (may_ready and ready_number < heads[at].number) end
    while is_next() and not aside.can_meet(heads[at].group) do at = at + 1 end
    if is_next() then
      local group = table.remove(heads, at).group
      admit_for(group, call('ZRANGE', WISHERS .. group, '0', '0')[1])
      local number = num(call('ZSCORE', WISH_HEADS, group))
      if number > 0 then
        local to = at
        while heads[to] and heads[to].number < number do to = to + 1 end
        table.insert(heads, to, {group = group, number = number})
      end
    elseif may_ready then
      admit_for(nil, ready)
      ready, ready_number = first_ready()
    else
      aside.settle()
      return
    end
    free = free - 1
  end
end

-- goes_straight_in reports whether a new user needs no place in line: there is room, and
-- no user who is present could be admitted.
local function goes_straight_in()
  return call('ZCARD', READY) == 0 and not is_later_draw() and room() > 0 and (not aside.matters() or aside.is_settled() and aside.can_meet(nil))
end

-- promote admits while there is room.
local function promote()
  local free = room()
  if free <= 0 then return end
  if aside.matters() then return promote_by_wish(free) end
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
