-- budget counts events of one user over the last hour, in a sorted set
-- event -> ms.
--
-- @include part/clock

-- budget_wait forgets the events that are older than BUDGET. It returns in how many
-- ms another event fits, or nil when fewer than most are left.
local function budget_wait(key, most)
  call('ZREMRANGEBYSCORE', key, '-inf', int(now - BUDGET))
  if call('ZCARD', key) < most then return nil end
  local oldest = call('ZRANGE', key, 0, 0, 'WITHSCORES')
  return num(oldest[2]) + BUDGET - now
end

-- spend counts an event.
local function spend(key, event)
  call('ZADD', key, int(now), event)
  call('PEXPIRE', key, int(BUDGET))
end
