-- state reads the line's counters, and collects what this run changes. The
-- report writes and publishes the changes at the end of the script.
--
-- @include part/epoch

-- line holds the fields of the hash LINE as numbers.
local line, unsaved = {}, {}
do
  local names = {'version', 'number', 'joined', 'ceiling', 'first', 'gatherUntil', 'connection', 'allowance',
    'allowanceAt', 'news', 'opened', 'tickAt', 'ratedAt', 'frees', 'used', 'turns',
    'rated', 'freesThen', 'usedThen', 'front', 'passed', 'taken',
    'draw', 'drawEpoch', 'drawLast', 'drawAt', 'drawCut', 'drawn', 'history',
    'drawNth', 'gatherFrom', 'gatherJoined', 'promised', 'wishes', 'aside', 'settled', 'endedAt'}
  local v = call('HMGET', LINE, unpack(names))
  for i, name in ipairs(names) do line[name] = num(v[i]) end
end

-- put sets a field of line, to be written at the end.
local function put(name, value)
  line[name] = value
  unsaved[name] = true
end

-- run is what this run did.
local run = {
  changed = false,  -- the line's version must grow
  moved = false,    -- a user left the line or the line opened or closed: nodes read the positions again
  notified = {},    -- users whose state changed, in order
  is_notified = {}, -- the same, user -> true
  replaced = {},    -- {user, connection} for each user whose older socket was replaced
  admitted = 0,     -- users who got a place
  missed = 0,       -- turns that ended without enter
  no_seat = false,  -- places are free, but no seat is: no user is admitted
  waits = {},       -- how long each admitted user waited, µs
}

-- tail lists the users whom this run appended to the line, so that the report
-- need not read back what join has just written.
local tail = {
  count = 0,
  nth = {},     -- user -> the user's index in this list
  numbers = {}, -- by index
  rest = {},    -- by index: the user's state as text, behind the position
}

-- outside holds the users whom this run has found neither in line nor with a place,
-- so that the report need not look again unless their state has changed since.
local outside = {}

-- notify marks a user's state as changed.
local function notify(user)
  run.changed = true
  if not run.is_notified[user] then
    run.is_notified[user] = true
    run.notified[#run.notified + 1] = user
  end
end
