-- stock tells whether seats are left, from what the scripts of the seats keep
-- beside the line. While no seat is free no user is admitted: a place without a
-- seat to choose is worth nothing.
--
-- It may run twice: it writes only SCRATCH, which no other part reads.
--
-- @include part/epoch

local stock_now -- what stock has found in this run, in which no seat changes

-- count_any counts the seats that are in at least one of the bitmaps.
local function count_any(...)
  call('BITOP', 'OR', SCRATCH, ...)
  return call('BITCOUNT', SCRATCH)
end

-- stock returns STOCK_NONE (there is no seat plan), STOCK_AVAILABLE (a seat is
-- free), STOCK_HELD (no seat is free, but some are in carts or being bought) or
-- STOCK_GONE. A seat being bought is held and taken, so the sum of both is too
-- large: it proves that a seat is free, and only the bitmaps prove that none is. A
-- seat in an allotment is taken, and nothing comes back of it by itself.
local function stock()
  if stock_now then return stock_now end
  local plan = call('HMGET', SALE, 'seats', 'forSale')
  local seats = num(plan[1])
  if seats == 0 then
    stock_now = STOCK_NONE
  elseif call('HLEN', HOLDER) + call('HLEN', TAKEN_BY) < num(plan[2]) or count_any(OFF_SALE, HELD, TAKEN) < seats then
    stock_now = STOCK_AVAILABLE
  elseif count_any(OFF_SALE, BOOKED, ALLOTTED) < seats then
    stock_now = STOCK_HELD
  else
    stock_now = STOCK_GONE
  end
  return stock_now
end

-- no_seat reports whether no seat is free.
local function no_seat() return stock() == STOCK_HELD or stock() == STOCK_GONE end
