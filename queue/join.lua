-- join puts users in line, or straight in while there is room and nobody
-- present waits.
--
-- ARGV   from 3, by twos: user, a place brought back ('' for none, else its
--        number, time of joining in µs and epoch, with spaces between); at the
--        end, or not at all, until when those who are not in are waited for (ms;
--        0: for ever)
-- Extra  nothing, or where there is something to say a user each: 'ok', 'brought'
--        (in line by the place brought back), 'closed' (the season has closed),
--        'late' (nobody waits for the answer any more), 'full' (the numbers the
--        ledger allows are used up) or 'drawn' (the
--        place is from before a draw held in an earlier epoch: another must be
--        brought)
--
-- It may run twice: whoever is in line or has a place keeps what is there,
-- unless the place brought back is an earlier one. It must not put anybody in
-- line late: the fan may have left or gone, and would be offered a place.
sweep()
promote()
local users, verdicts, telling = {}, {}, false
for i = 3, #ARGV - 1, 2 do users[#users + 1] = ARGV[i] end
local deadline = #ARGV % 2 == 1 and num(ARGV[#ARGV]) or 0
local late = deadline > 0 and now > deadline
local closed = rules and rules.closes > 0 and now >= rules.closes

-- Of most of a crowd nothing is known, and they go to the end of the line: what
-- there is of them is read, and what there will be is written, for many in one
-- command.
local numbers, placed, seen = call('HMGET', NUMBERS, unpack(users)), call('HMGET', PLACES, unpack(users)), {}
local crowd, first = {}, 0 -- who goes to the end of the line, by the numbers from first on

-- set_bits sets the bits of numbers that nobody had before, of one segment.
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

-- line_up does for the crowd what inline and alive do for one.
local function line_up()
  if #crowd == 0 then return end
  local list, named, ready, present = {}, {}, {}, {}
  local sockets, until_when = call('HMGET', CONN, unpack(crowd)), int(now + (rules and rules.absence or 120000))
  for i, user in ipairs(crowd) do
    local number, joined, at = int(first + i - 1), int(line.joined - #crowd + i), 2 * i
    list[at - 1], list[at] = joined, user
    named[at - 1], named[at] = user, number
    ready[at - 1], ready[at] = number, user
    if sockets[i] then
      tell(user)
    else
      present[#present + 1] = until_when
      present[#present + 1] = user
    end
    fresh_ones = fresh_ones + 1
    fresh[user], fresh_number[fresh_ones] = fresh_ones, number
    fresh_rest[fresh_ones] = ' 0 0  ' .. joined .. ' ' .. epoch .. '  ' .. user
  end
  call('ZADD', LIST, unpack(list))
  call('HSET', NUMBERS, unpack(named))
  call('ZADD', READY, unpack(ready))
  if #present > 0 then call('ZADD', PRESENT, unpack(present)) end
  call('ZREM', LAPSES, unpack(crowd))
  local last = first + #crowd - 1
  local border = (math.floor(first / SEGMENT) + 1) * SEGMENT
  set_bits(first, math.min(last, border - 1))
  if last >= border then set_bits(border, last) end
  changed, crowd = true, {}
end

for i, user in ipairs(users) do
  local verdict, place = 'ok', ARGV[2 * i + 2]
  local has, is_placed = numbers[i], placed[i]
  if seen[user] or place ~= '' then
    line_up()
    has, is_placed = call('HGET', NUMBERS, user), call('HGET', PLACES, user)
  end
  seen[user] = true
  local number, joined, origin, brought, before_draw
  if place ~= '' then
    number, joined, origin = string.match(place, '^(%d+) (%d+) (%d+)$')
    number, joined = num(number), num(joined)
    before_draw = number > 0 and line.draw >= 2 and
      (num(origin) < line.drawEpoch or num(origin) == line.drawEpoch and number <= line.drawLast)
    if before_draw and num(epoch) == line.drawEpoch then
      number, before_draw = 0, false -- who was not in line at the freeze came too late for it
    end
    -- A number that was given up stands in GIVEN_UP until the ledger has it.
    local given_up = number > 0 and call('SISMEMBER', GIVEN_UP, origin .. '/' .. int(number) .. ' ' .. user) == 1
    if given_up then before_draw = false end
    brought = number > 0 and number < line.first and not given_up and
      call('GETBIT', BITS .. int(math.floor(number / SEGMENT)), int(number % SEGMENT)) == 0
  end
  if before_draw and not closed and not is_placed and (not has or number < num(has)) then
    verdict = 'drawn'
  elseif has and brought and not closed and number < num(has) then
    if late then
      verdict = 'late' -- an answer by the other number would make the fan forget this place
    else
      -- Who joined before bringing the place back stands where it says.
      unline(user)
      has = nil
    end
  end
  if is_placed or has then
    alive(user)
  elseif verdict == 'drawn' then
    -- Nothing, until its other number is brought.
  elseif closed then
    verdict = 'closed'
  elseif late then
    verdict = 'late'
  elseif brought then
    -- A place brought back never goes straight in: its turn must first be
    -- entered in the ledger as spent.
    inline(user, number, joined, origin)
    alive(user)
    put('joined', math.max(line.joined, joined)) -- the clock may be another than then
    fresh = {} -- it may stand behind those
    moved, verdict = true, 'brought'
  elseif line.number >= line.ceiling then
    verdict = 'full'
  else
    put('number', line.number + 1)
    if #crowd == 0 and call('ZCARD', READY) == 0 and room() > 0 then
      put('joined', math.max(line.joined + 1, micros))
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
  verdicts[i] = verdict
  telling = telling or verdict ~= 'ok'
end
line_up()
return finish(users, telling and verdicts or {})
