-- history keeps for admins how the last places of each user ended, in two
-- generations: when the present one has HISTORY_USERS users, the older one is
-- emptied and becomes the present one. So the history of the users seen last is
-- kept, and its size is bounded.
--
-- @include part/clock
-- @include part/state

-- history_now is the key of the present generation.
local function history_now()
  if line.history == 1 then return HISTORY_B end
  return HISTORY_A
end

-- note_end appends how a place ended: the state in which the user was, the reason
-- ('left' for the user's own wish), number and epoch of the place, time of joining
-- (µs), when the user was admitted (ms; 0: was not, or is not known) and the time
-- of the end (ms).
local function note_end(user, was, reason, number, origin, joined, admitted)
  local key = history_now()
  local text = call('HGET', key, user) or ''
  text = text .. was .. ' ' .. reason .. ' ' .. int(number) .. ' ' .. origin .. ' ' .. int(joined) .. ' ' ..
    int(admitted) .. ' ' .. int(now) .. ';'
  while #text > HISTORY_LENGTH do text = string.gsub(text, '^[^;]*;', '', 1) end
  call('HSET', key, user, text)
end

-- turn_history begins a new generation when the present one is full.
local function turn_history()
  if call('HLEN', history_now()) < HISTORY_USERS then return end
  put('history', 1 - line.history)
  call('UNLINK', history_now())
end
