-- join puts users in line, or makes them active at once while there is room and
-- no present user waits.
--
-- ARGV   from 3, by twos: user, a place brought back ('' for none, else its
--        number, time of joining in µs and epoch, and the wish if there is one, with spaces
--        between), with a '+'
--        before it for a user who needs no code or has used one; last, and
--        optional, the deadline for users who are not in line yet (ms; 0: none)
-- Extra  nothing when every outcome is 'ok'; else one outcome for each user:
--        'ok', 'brought' (in line with the place brought back), 'closed' (the
--        season has closed), 'gone' (every seat is sold, and the season takes no users
--        for returned seats), 'code' (the phase needs a code, and the user has used
--        none), 'late' (the deadline has passed), 'full' (the
--        numbers that the ledger allows are used up) or 'drawn' (the place is
--        from before a draw of an earlier epoch: the place drawn must be brought)
--
-- It may run twice: a user in line or with a place keeps what is there, unless
-- the place brought back has a lower number. Not safe to run late: the user may
-- have given up, and would be offered a place.
--
-- @include part/state
-- @include part/opening
-- @include part/index
-- @include part/presence
-- @include part/wishes
-- @include part/aside
-- @include part/sweep
-- @include part/admission
-- @include part/stock
-- @include part/report
sweep()
promote()
local users, outcomes, any_news = {}, {}, false
for i = 3, #ARGV - 1, 2 do users[#users + 1] = ARGV[i] end
local deadline = #ARGV % 2 == 1 and num(ARGV[#ARGV]) or 0
local late = deadline > 0 and now > deadline
local closed = rules and (rules.over or rules.closes > 0 and now >= rules.closes)

-- Most users of a crowd are new and go to the end of the line. One command reads
-- what Redis knows about many of them, and one command of each kind writes them.
local numbers, placed, seen = call('HMGET', NUMBERS, unpack(users)), call('HMGET', PLACES, unpack(users)), {}
local crowd, first = {}, 0 -- users to append to the line, with the numbers from first on

-- set_bits sets the bits of new numbers, all of one segment.
local function set_bits(from, to)
  local segment = int(math.floor(from / SEGMENT))
  call('HINCRBY', SEGMENTS, segment, int(to - from + 1))
  from, to = from % SEGMENT, to % SEGMENT
  while from <= to do
    local bytes = math.floor((to - from + 1) / 8)
    if from % 8 == 0 and bytes > 0 then
      call('SETRANGE', BITS .. segment, int(from / 8), string.rep('\255', bytes))
      from = from + 8 * bytes
    else
      call('SETBIT', BITS .. segment, int(from), '1')
      from = from + 1
    end
  end
end

-- append does for the crowd what enter_line and sign_of_life do for one user.
local function append()
  if #crowd == 0 then return end
  local list, named, ready, present = {}, {}, {}, {}
  local count, nth, tail_numbers, rest = tail.count, tail.nth, tail.numbers, tail.rest
  local sockets, until_when = call('HMGET', CONN, unpack(crowd)), int(now + (rules and rules.absence or DEFAULT_ABSENCE))
  for i, user in ipairs(crowd) do
    local number, joined, at = int(first + i - 1), int(line.joined - #crowd + i), 2 * i
    list[at - 1], list[at] = joined, user
    named[at - 1], named[at] = user, number
    ready[at - 1], ready[at] = number, user
    if sockets[i] then
      notify(user)
    else
      present[#present + 1] = until_when
      present[#present + 1] = user
    end
    count = count + 1
    nth[user], tail_numbers[count] = count, number
    rest[count] = ' 0 0  ' .. joined .. ' ' .. epoch .. '  ' .. user
  end
  tail.count = count
  call('ZADD', LIST, unpack(list))
  call('HSET', NUMBERS, unpack(named))
  call('ZADD', READY, unpack(ready))
  wishes.unsettle()
  if #present > 0 then call('ZADD', PRESENT, unpack(present)) end
  call('ZREM', LAPSES, unpack(crowd))
  local last = first + #crowd - 1
  local border = (math.floor(first / SEGMENT) + 1) * SEGMENT
  set_bits(first, math.min(last, border - 1))
  if last >= border then set_bits(border, last) end
  run.changed, crowd = true, {}
end

for i, user in ipairs(users) do
  local outcome, place = 'ok', ARGV[2 * i + 2]
  local cleared = string.sub(place, 1, 1) == '+'
  if cleared then place = string.sub(place, 2) end
  local has, is_placed = numbers[i], placed[i]
  if seen[user] or place ~= '' then
    append()
    has, is_placed = call('HGET', NUMBERS, user), call('HGET', PLACES, user)
  end
  seen[user] = true
  local number, joined, origin, wish, brought, before_draw
  if place ~= '' then
    number, joined, origin, wish = string.match(place, '^(%d+) (%d+) (%d+) ?(%S*)$')
    number, joined = num(number), num(joined)
    local of = number > 0 and drawn_in(number)
    if of and num(epoch) == of then
      number = 0 -- the user was not in line at the freeze
    else
      before_draw = of and true or false
    end
    -- A given-up number is in GIVEN_UP until the ledger has recorded it.
    local given_up = number > 0 and call('SISMEMBER', GIVEN_UP, origin .. '/' .. int(number) .. ' ' .. user) == 1
    if given_up then before_draw = false end
    brought = number > 0 and number < line.first and not given_up and not has_bit(number)
  end
  if before_draw and not closed and not is_placed and (not has or number < num(has)) then
    outcome = 'drawn'
  elseif has and brought and not closed and number < num(has) then
    if late then
      outcome = 'late' -- a reply with the other number would make the client forget this place
    else
      -- The user joined before bringing the place back, and moves to that place.
      wish = wishes.of(user) or wish
      leave_line(user)
      has = nil
    end
  end
  if is_placed or has then
    sign_of_life(user)
  elseif outcome == 'drawn' then
    -- Nothing is done until the user brings the place drawn.
  elseif closed then
    outcome = 'closed'
  elseif late then
    outcome = 'late'
  elseif not brought and rules and not rules.returns and stock() == STOCK_GONE then
    outcome = 'gone'
  elseif not brought and not cleared and needs_code() then
    outcome = 'code' -- a place brought back is of a user who was in line already
  elseif brought then
    -- A user with a place brought back never becomes active at once: the ledger
    -- must first record the number as spent.
    enter_line(user, number, joined, origin)
    sign_of_life(user)
    if wish ~= '' and not wishes.refusal_of(number, wish, rules and rules.returns) then wishes.set(user, number, wish) end
    put('joined', math.max(line.joined, joined)) -- the clock may have been put back since then
    if is_later_draw() and number <= line.gatherFrom then
      put('gatherJoined', math.max(line.gatherJoined, joined)) -- the drawn stand behind this user
    end
    tail.nth = {} -- the user may stand between those appended
    run.moved, outcome = true, 'brought'
  elseif line.number >= line.ceiling then
    outcome = 'full'
  else
    put('number', line.number + 1)
    if #crowd == 0 and goes_straight_in() then
      put('joined', math.max(line.joined + 1, micros))
      if line.wishes > 0 then aside.keep(user, nil) end
      admit(user, line.number, line.joined, epoch, true)
    else
      if #crowd == 0 then
        first = line.number
        put('joined', math.max(line.joined + 1, micros))
      else
        put('joined', line.joined + 1)
      end
      crowd[#crowd + 1] = user
    end
  end
  outcomes[i] = outcome
  any_news = any_news or outcome ~= 'ok'
end
append()
return finish(users, any_news and outcomes or {})
