-- session reads whether a user is active, from the keys of the queue.
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
