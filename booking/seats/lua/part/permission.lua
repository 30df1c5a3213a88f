-- permission decides whether a user may hold and buy at this moment.
--
-- @include part/session

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
