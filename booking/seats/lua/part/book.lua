-- book shows seats as sold.
--
-- @include part/marks
-- @include part/drop

-- book shows a seat that a transaction has taken as sold, and ends the hold.
local function book(seat, index, transaction, user)
  if call('SETBIT', BOOKED, index, 1) == 0 then changes.seats = true end
  drop(user, seat, index, transaction, '')
  -- A seat bought was not kept from others. The next cart has a time of its own.
  call('ZREM', LEFT_CART .. user, index)
  if call('EXISTS', CART .. user) == 0 then end_clock(user) end
end
