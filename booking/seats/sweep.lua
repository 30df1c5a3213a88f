-- sweep ends what is over: carts past their deadline, and carts whose owner has no
-- place any more. Seats being bought stay.
-- ARGV: 1 epoch, 2 ms between sweeps, 3 how many carts one sweep looks at.
-- Returns {'ok', carts looked at, ms until the next cart is due, at most 1000}.
-- Every node calls it about once a second; the time of the last sweep makes that
-- one sweep. It may run twice: what is swept is gone.
local refusal = epoch_refusal()
if refusal then return refusal end

local now = now_ms()
local function until_next()
  local first = redis.call('ZRANGE', CARTS, 0, 0, 'WITHSCORES')
  if not first[2] then return 1000 end
  return math.max(1, math.min(1000, tonumber(first[2]) - now))
end

local last = tonumber(redis.call('GET', TICK) or '0')
if now - last < tonumber(ARGV[2]) and last <= now then return { 'ok', 0, until_next() } end
redis.call('SET', TICK, text(now))

local due = redis.call('ZRANGEBYSCORE', CARTS, '-inf', text(now), 'LIMIT', 0, tonumber(ARGV[3]))
for _, user in ipairs(due) do
  sweep_cart(user, now, not session_of(user, now))
end
-- Nodes ask for news of the last moments; what is older than the newest ten
-- thousand nobody waits for.
redis.call('ZREMRANGEBYRANK', CARTNEWS, 0, -10001)
announce()
return { 'ok', #due, until_next() }
