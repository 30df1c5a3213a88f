-- permission decides whether a user may hold and buy at this moment, from the keys of
-- the queue and the settings.
--
-- @include part/clock

-- session_of returns the end of a user's session (ms). It returns nil for a user
-- who is not active, or whose lease or session has ended and whom the queue has
-- not released yet.
local function session_of(user)
  if call('SISMEMBER', ACTIVE, user) == 0 then return nil end
  local lease, session = num(call('ZSCORE', LEASES, user)), num(call('ZSCORE', SESSIONS, user))
  if lease <= now or session <= now then return nil end
  return session
end

-- refusal_of returns why a user may not hold or buy, as the script's reply; else
-- nil and the end of the user's session (ms).
local function refusal_of(user)
  local closes = call('HGET', SETTINGS, 'closesAt')
  if not closes then return {OUTCOME_SETTINGS} end
  if num(closes) > 0 and num(closes) <= now then return {OUTCOME_SEASON_CLOSED} end
  local session = session_of(user)
  if not session then return {OUTCOME_NOT_ADMITTED} end
  return nil, session
end
