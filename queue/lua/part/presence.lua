-- presence keeps the users in line who are present, because only they may get a place:
-- READY has those without a wish, WISH_GROUPS those with one. An open socket proves presence for as long as it is open, a request for
-- the setting absence.
--
-- @include part/places
-- @include part/wishes

local function mark_absent(user)
  call('ZREM', PRESENT, user)
  if call('ZREM', READY, user) == 1 or line.wishes > 0 and wishes.leaves(user) then
    call('ZADD', ABSENT, int(now + (rules and rules.forget or DEFAULT_FORGET)), user)
  end
end

local function mark_present(user, number, by_socket)
  if by_socket then
    call('ZREM', PRESENT, user)
  else
    call('ZADD', PRESENT, int(now + (rules and rules.absence or DEFAULT_ABSENCE)), user)
  end
  local was_absent = call('ZREM', ABSENT, user) == 1
  if wishes.comes(user, number, was_absent) then return end
  call('ZADD', READY, int(number), user)
  wishes.unsettle()
end

-- sign_of_life renews a user's lease, or marks a user in line as present. A
-- request and a new socket are signs of life.
local function sign_of_life(user)
  if call('ZSCORE', LEASES, user) then return renew(user) end
  local number = call('HGET', NUMBERS, user)
  if number then mark_present(user, num(number), call('HEXISTS', CONN, user) == 1) end
end
