-- sweep takes out of carts the holds that have ended: of carts past their deadline,
-- and of users who have lost their place in the season. Seats in flight stay.
--
-- ARGV   2 ms between sweeps, 3 how many carts one sweep looks at
-- Reply  {'ok', how many carts it looked at, ms until the next cart is due, at most
--        1000}
--
-- It may run twice: every node calls it about once a second, and a call soon after
-- the last sweep does nothing.
--
-- @include part/epoch
-- @include part/permission
-- @include part/report
-- @include part/sweep
local gap, most = num(ARGV[2]), num(ARGV[3])

local function until_next()
  local first = call('ZRANGE', CARTS, 0, 0, 'WITHSCORES')
  if not first[2] then return 1000 end
  return math.max(1, math.min(1000, num(first[2]) - now))
end

local last = num(call('GET', SWEPT_AT))
if now - last < gap and last <= now then return {OUTCOME_OK, 0, until_next()} end
call('SET', SWEPT_AT, int(now))

local due = call('ZRANGEBYSCORE', CARTS, '-inf', int(now), 'LIMIT', 0, most)
for _, user in ipairs(due) do sweep_cart(user, not session_of(user)) end
-- A node asks for the changes of the last moments. Ten thousand are kept.
call('ZREMRANGEBYRANK', CART_CHANGES, 0, -10001)
announce()
return {OUTCOME_OK, #due, until_next()}
