-- draw gives the users of a frozen line the places they drew, a portion at a
-- time, and opens the line with the last portion.
--
-- ARGV   3 the epoch of the draw and 4 the last number of the users who gathered,
--        as recorded in the ledger; 5 how many users got their places before this
--        portion, 6 how many users drew; from 7 users in the order drawn
-- Extra  {the state of the draw, the last number of the users who gathered, the
--        opening (µs), how many users have their places, '1' when the ledger
--        allows every number drawn, the latest time of joining (µs) of the users
--        who gathered, '1' when after the last portion a user who did not draw
--        stands between those who waited before and those who drew, the number of
--        the draw, the last number and the latest time of joining (µs) in front of
--        the users who gather}
--
-- It may run twice, and late, on many nodes: a portion counts once, and only
-- behind the portion before it. A user who has left the line gets no place.
--
-- @include part/state
-- @include part/opening
-- @include part/sweep
-- @include part/report
sweep()
local from, enough, strangers = num(ARGV[5]), line.number <= line.ceiling, false

-- move gives the users of the portion who are still in line their numbers and
-- times of joining, with one command for many users.
local function move()
  local users, list, named, ready, left, segments = {}, {}, {}, {}, {}, {}
  for i = 7, #ARGV do users[#users + 1] = ARGV[i] end
  local numbers = call('HMGET', NUMBERS, unpack(users))
  local function mark(number, bit)
    local segment = int(math.floor(number / SEGMENT))
    call('SETBIT', BITS .. segment, int(number % SEGMENT), tostring(bit))
    segments[segment] = (segments[segment] or 0) + 2 * bit - 1
  end
  for i, user in ipairs(users) do
    local has, number = num(numbers[i]), line.drawLast + from + i
    if has > line.gatherFrom and has <= line.drawLast then
      mark(has, 0)
      mark(number, 1)
      local at, text = 2 * #left + 1, int(number)
      list[at], list[at + 1] = int(line.drawAt + from + i), user
      named[at], named[at + 1] = user, text
      ready[at], ready[at + 1] = text, user
      left[#left + 1] = user
    end
  end
  if #left == 0 then return end
  call('ZADD', LIST, unpack(list))
  call('HSET', NUMBERS, unpack(named))
  call('HDEL', ORIGINS, unpack(left))
  call('ZADD', READY, 'XX', unpack(ready))
  for segment, by in pairs(segments) do
    if by ~= 0 and call('HINCRBY', SEGMENTS, segment, by) <= 0 then
      call('HDEL', SEGMENTS, segment)
      call('DEL', BITS .. segment)
    end
  end
end

-- any_gathering reports whether a user in line still has one of the numbers of the
-- users who gathered.
local function any_gathering()
  for _, segment in ipairs(call('HKEYS', SEGMENTS)) do
    local base = num(segment) * SEGMENT
    local bit, last = math.max(line.gatherFrom + 1 - base, 0), math.min(line.drawLast - base, SEGMENT - 1)
    while bit <= last do
      local bytes = math.floor((last - bit + 1) / 8)
      if bit % 8 == 0 and bytes > 0 then
        if call('BITCOUNT', BITS .. segment, int(bit / 8), int(bit / 8 + bytes - 1)) > 0 then return true end
        bit = bit + 8 * bytes
      else
        if call('GETBIT', BITS .. segment, int(bit)) == 1 then return true end
        bit = bit + 1
      end
    end
  end
  return false
end

if line.draw == DRAW_FROZEN and enough and ARGV[3] == epoch and num(ARGV[4]) == line.drawLast and from == line.drawn then
  if #ARGV > 6 then move() end
  put('drawn', from + #ARGV - 6)
  run.changed = true
  if line.drawn >= num(ARGV[6]) then
    strangers = any_gathering()
    if not strangers then
      put('draw', DRAW_HELD)
      run.moved = true -- the drawn have positions now
      update_opening()
    end
  end
end
return finish({}, {int(line.draw), int(line.drawLast), int(line.drawAt), int(line.drawn), enough and '1' or '0',
  int(line.drawCut), strangers and '1' or '0', int(line.drawNth), int(line.gatherFrom), int(line.gatherJoined)})
