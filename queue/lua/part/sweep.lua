-- sweep removes what has run out, and ends a line that is over. Every script that counts or admits calls it
-- first.
--
-- @include part/opening
-- @include part/presence
-- @include part/history

local function overdue(key)
  return call('ZRANGEBYSCORE', key, '-inf', int(now), 'LIMIT', '0', tostring(AT_ONCE))
end

-- end_line takes every user out of a line that is over: all with a place at once, those
-- who wait in portions, so that Redis has time for the other seasons. Their numbers need no
-- record in the ledger: no user joins or brings a place back any more.
local function end_line()
  for _, key in ipairs({TURNS, LEASES}) do
    while true do
      local users = call('ZRANGE', key, '0', int(AT_ONCE - 1))
      for _, user in ipairs(users) do
        if free_place(user, REASON_SEASON_CLOSED) then note_lapse(user, REASON_SEASON_CLOSED) else call('ZREM', key, user) end
      end
      if #users < AT_ONCE then break end
    end
  end
  if math.abs(now - line.endedAt) < END_PAUSE then return end
  local users = call('ZRANGE', LIST, '0', int(AT_ONCE - 1))
  if #users == 0 then return end
  put('endedAt', now)
  for _, user in ipairs(users) do
    local number, joined, origin = leave_line(user)
    if number then
      note_lapse(user, REASON_SEASON_CLOSED)
      note_end(user, STATE_WAITING, REASON_SEASON_CLOSED, number, origin, joined, 0)
    else
      call('ZREM', LIST, user)
    end
  end
end

-- sweep ends turns, sessions, leases and presence that are over. Two leases are
-- renewed instead: that of a user with a socket, because a node would have
-- renewed it if Redis had not been away for a whole lease; and each one that ends
-- after a time without any tick, because no node could take signs of life then.
-- Without an epoch nothing is swept: open removes what a lost line has left.
local function sweep()
  update_opening()
  if not epoch then return end
  if rules and rules.over then end_line() end
  local unheard = line.tickAt > 0 and now - line.tickAt > SILENCE
  local function lapse_all(key, reason)
    while true do
      local users = overdue(key)
      for _, user in ipairs(users) do
        if key == LEASES and rules and (unheard or call('HEXISTS', CONN, user) == 1) then
          renew(user)
        elseif free_place(user, reason) then
          note_lapse(user, reason)
          if reason == REASON_TURN_MISSED then run.missed = run.missed + 1 end
        else
          call('ZREM', key, user)
        end
      end
      if #users < AT_ONCE then return end
    end
  end
  lapse_all(TURNS, REASON_TURN_MISSED)
  lapse_all(SESSIONS, REASON_SESSION_ENDED)
  lapse_all(LEASES, REASON_IDLE)
  for _, user in ipairs(overdue(PRESENT)) do
    if call('HEXISTS', CONN, user) == 1 then call('ZREM', PRESENT, user) else mark_absent(user) end
  end
  for _, user in ipairs(overdue(ABSENT)) do
    local number, joined, origin = leave_line(user)
    if number then
      note_given_up(user, number, origin)
      note_lapse(user, REASON_ABSENT)
      note_end(user, STATE_WAITING, REASON_ABSENT, number, origin, joined, 0)
    else
      call('ZREM', ABSENT, user)
    end
  end
end
