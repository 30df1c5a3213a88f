-- allotment takes seats out of carts before they go into an allotment.
--
-- @include part/marks
-- @include part/drop

-- end_hold ends what is left of holds on a seat: of one that has expired and that the
-- sweep has not seen, and of one that no order has pinned. Only a Redis that has lost
-- data has holds on a seat that MongoDB has in an allotment.
local function end_hold(seat, index)
  local holder = call('HGET', HOLDER, index)
  if holder then drop(holder, seat, index, nil, 'expired') end
end
