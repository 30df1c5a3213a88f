-- index puts users into the line and takes them out. The waiting list, the
-- numbers and the bits of the numbers always describe the same users.
--
-- @include part/state
-- @include part/wishes

local function clear_bit(number)
  local segment = int(math.floor(number / SEGMENT))
  call('SETBIT', BITS .. segment, int(number % SEGMENT), '0')
  if call('HINCRBY', SEGMENTS, segment, -1) <= 0 then
    call('HDEL', SEGMENTS, segment)
    call('DEL', BITS .. segment)
  end
end

local function set_bit(number)
  local segment = int(math.floor(number / SEGMENT))
  call('SETBIT', BITS .. segment, int(number % SEGMENT), '1')
  call('HINCRBY', SEGMENTS, segment, 1)
end

local function has_bit(number)
  return call('GETBIT', BITS .. int(math.floor(number / SEGMENT)), int(number % SEGMENT)) == 1
end

-- leave_line takes a user out of the line and returns number, joined and origin;
-- nil when the user is not in line.
local function leave_line(user)
  local number = call('HGET', NUMBERS, user)
  if not number then return nil end
  number = num(number)
  tail.nth[user] = nil
  wishes.drop(user)
  local joined = num(call('ZSCORE', LIST, user))
  local origin = call('HGET', ORIGINS, user)
  if origin then call('HDEL', ORIGINS, user) else origin = epoch end
  call('ZREM', LIST, user)
  call('HDEL', NUMBERS, user)
  call('ZREM', READY, user)
  call('ZREM', PRESENT, user)
  call('ZREM', ABSENT, user)
  clear_bit(number)
  run.moved = true
  notify(user)
  return number, joined, origin
end

-- enter_line puts a user into the line.
local function enter_line(user, number, joined, origin)
  call('ZADD', LIST, int(joined), user)
  call('HSET', NUMBERS, user, int(number))
  if origin ~= epoch then call('HSET', ORIGINS, user, origin) end
  set_bit(number)
  call('ZREM', LAPSES, user)
  notify(user)
end

-- note_given_up keeps a number that must not be brought back, until a node has
-- recorded it in the ledger.
local function note_given_up(user, number, origin)
  call('SADD', GIVEN_UP, origin .. '/' .. int(number) .. ' ' .. user)
end
