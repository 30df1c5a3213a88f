-- free frees the seats of a cancelled order: its marks are removed, and the holds that
-- it has pinned return to the cart. It keeps a tombstone of the transaction.
--
-- The first declined payment of a cart leaves the cart a little time at least, within
-- the session. The next ones leave it as much as is left, because a card that is
-- always declined would keep seats from other users. A cart with too many declined
-- payments ends.
--
-- ARGV   2 user, 3 transaction, 4 the transaction as JSON, to be announced ('': none),
--        5 the least time for the cart (ms), 6 '1' when the payment was declined,
--        7 after how many declined payments the cart ends (0: never), then pairs of
--        seat number and index
-- Reply  {'ok', how many payments of this cart have been declined}
--
-- It may run twice: it compares with the transaction before it touches a seat, and a
-- declined payment counts once.
--
-- @include part/epoch
-- @include part/arguments
-- @include part/permission
-- @include part/budget
-- @include part/tombstones
-- @include part/hold
-- @include part/cart
-- @include part/report
-- @include part/marks
-- @include part/pins
-- @include part/sweep
local user, transaction, announced, grace = ARGV[2], ARGV[3], ARGV[4], num(ARGV[5])
local declined, cart_declines = ARGV[6] == '1', num(ARGV[7])
local seats, indexes = seats_from(8)

forget_tombstones()
local is_new = bury(transaction)
local declines = num(call('HGET', CLOCK .. user, 'declined'))
if is_new and declined then
  spend(DECLINED .. user, transaction)
  declines = call('HINCRBY', CLOCK .. user, 'declined', 1)
  call('PEXPIRE', CLOCK .. user, int(MEMORY))
end
local cart_ends = declined and cart_declines > 0 and declines >= cart_declines

-- leave_time moves the deadline of the cart and of the holds in it to the least that
-- a user has after a declined payment, once in the time of a user's carts.
local function leave_time()
  local session = session_of(user)
  if not session or call('HEXISTS', CLOCK .. user, 'grace') == 1 then return end
  local cart, least = read_cart(user), math.min(now + grace, session)
  if cart.deadline >= least then return end
  call('HSET', CART .. user, UNTIL, int(least))
  call('HSET', CLOCK .. user, 'until', int(least), 'grace', '1')
  call('PEXPIRE', CLOCK .. user, int(MEMORY))
  for i, seat in ipairs(cart.seats) do
    if cart.holds[i] == user then call('PEXPIRE', HOLD .. seat, int(least - now)) end
  end
end

local pinned = {} -- places in seats
for i, seat in ipairs(seats) do
  unmark(indexes[i], transaction, user)
  if pinned_by(seat, transaction, user) then pinned[#pinned + 1] = i end
end
if cart_ends and call('EXISTS', CART .. user) == 1 then
  call('HSET', CART .. user, UNTIL, int(now))
  call('HSET', CLOCK .. user, 'until', int(now))
elseif #pinned > 0 then
  leave_time()
end
for _, i in ipairs(pinned) do unpin(user, seats[i], indexes[i], transaction) end
if cart_ends then sweep_cart(user, false) end
local version = announce()
if announced ~= '' then announce_transaction(version, announced) end
return {OUTCOME_OK, declines}
