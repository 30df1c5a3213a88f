-- presence keeps READY, the users in line who are present: only they may get a
-- place. An open socket proves presence for as long as it is open, a request for
-- the setting absence.
--
-- @include part/places

local function mark_absent(user)
  call('ZREM', PRESENT, user)
  if call('ZREM', READY, user) == 1 then
    call('ZADD', ABSENT, int(now + (rules and rules.forget or DEFAULT_FORGET)), user)
  end
end

local function mark_present(user, number, by_socket)
  if by_socket then
    call('ZREM', PRESENT, user)
  else
    call('ZADD', PRESENT, int(now + (rules and rules.absence or DEFAULT_ABSENCE)), user)
  end
  call('ZREM', ABSENT, user)
  call('ZADD', READY, int(number), user)
end

-- sign_of_life renews a user's lease, or marks a user in line as present. A
-- request and a new socket are signs of life.
local function sign_of_life(user)
  if call('ZSCORE', LEASES, user) then return renew(user) end
  local number = call('HGET', NUMBERS, user)
  if number then mark_present(user, num(number), call('HEXISTS', CONN, user) == 1) end
end
