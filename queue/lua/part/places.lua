-- places reads, renews and frees the places of users with a turn and of active
-- users.
--
-- @include part/clock
-- @include part/settings
-- @include part/index
-- @include part/history

-- place_of returns number, joined, origin and turn of a user's place; nil when
-- the user has none.
local function place_of(user)
  local place = call('HGET', PLACES, user)
  if not place then return nil end
  local number, joined, origin, turn = string.match(place, '^(%d+):(%d+):(%d+):(.*)$')
  return num(number), num(joined), origin, turn
end

-- free_place ends a user's place for a reason ('' for the user's own wish) and
-- reports whether there was one. The number of a turn is given up; an active
-- user's number was spent on entering.
local function free_place(user, reason)
  local number, joined, origin, turn = place_of(user)
  if not number then return false end
  call('HDEL', PLACES, user)
  call('SREM', ACTIVE, user)
  if line.aside > 0 and call('HDEL', PROMISES, user) == 1 then wishes.unsettle() end
  local was = STATE_ACTIVE
  if call('ZREM', TURNS, user) == 1 then
    was = STATE_TURN
    note_given_up(user, number, origin)
  end
  -- Names of turns of an earlier program have no time.
  note_end(user, was, reason == '' and 'left' or reason, number, origin, joined, num(string.match(turn, '^%d+%.%d+%.(%d+)$')))
  call('ZREM', LEASES, user)
  call('ZREM', SESSIONS, user)
  put('frees', line.frees + 1)
  notify(user)
  return true
end

-- note_lapse keeps for ten minutes why a user lost a place.
local function note_lapse(user, reason)
  for code, name in ipairs(REASONS) do
    if name == reason then call('ZADD', LAPSES, int(now * 8 + code), user) end
  end
end

-- renew extends a lease to its full time, but not past the end of the session.
local function renew(user)
  local session = call('ZSCORE', SESSIONS, user)
  if rules and session then call('ZADD', LEASES, 'XX', int(math.min(now + rules.lease, num(session))), user) end
end
