-- hold reads who holds a seat.
--
-- @include part/redis

-- split_hold splits a hold's value into the user and the transaction that has
-- pinned the hold, nil for none.
local function split_hold(value)
  local space = string.find(value, ' ', 1, true)
  if not space then return value end
  return string.sub(value, 1, space - 1), string.sub(value, space + 1)
end

-- hold_on returns the user who holds a seat and the transaction that has pinned
-- the hold; nil, nil for a seat without a hold.
local function hold_on(seat)
  local value = call('GET', HOLD .. seat)
  if value then return split_hold(value) end
end

-- pinned_by returns whether a transaction of a user has pinned the hold on a seat.
local function pinned_by(seat, transaction, user)
  return call('GET', HOLD .. seat) == user .. ' ' .. transaction
end
