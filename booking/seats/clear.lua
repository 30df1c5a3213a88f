-- clear takes a cancelled purchase back: its marks come off the seats, and its
-- pinned holds return to the cart. The first refusal of a cart leaves it at least a
-- little time, never past the session's end; the next ones leave it what is left, for
-- else a card that is always declined would keep seats from others.
-- ARGV: 1 epoch, 2 user, 3 transaction, 4 the transaction as JSON, to be announced
-- ('': nobody waits for it), 5 ms the fan shall have left, 6 '1' when the payment
-- was declined, 7 after how many of those the cart ends (0: never), then pairs of seat
-- number and index. It also keeps the transaction in mind for a while, so that no
-- call of a node that has slept meanwhile, or that was under way when its sender
-- gave up, pins or marks anything for it.
-- Returns {'ok', how many payments of this cart have been declined}. It may run twice: it compares with the transaction before it
-- touches anything, so what is gone, or another's by now, stays as it is.
local refusal = epoch_refusal()
if refusal then return refusal end

local user, transaction, grace = ARGV[2], ARGV[3], tonumber(ARGV[5])
local now = now_ms()
redis.call('ZREMRANGEBYSCORE', ENDED, '-inf', text(now - MEMORY_MS))
local news = redis.call('ZADD', ENDED, text(now), transaction) == 1
local declines = tonumber(redis.call('HGET', CLOCK .. user, 'declined') or '0')
if news and ARGV[6] == '1' then
  redis.call('ZADD', DECLINED .. user, text(now), transaction)
  redis.call('PEXPIRE', DECLINED .. user, text(BUDGET_MS))
  declines = redis.call('HINCRBY', CLOCK .. user, 'declined', 1)
  redis.call('PEXPIRE', CLOCK .. user, text(MEMORY_MS))
end
local most = tonumber(ARGV[7])
local spent = ARGV[6] == '1' and most > 0 and declines >= most

-- leave_time moves the deadline of the cart, and of all that is in it, to the
-- least the fan shall have after a refusal.
local function leave_time()
  local session = session_of(user, now)
  local deadline = tonumber(redis.call('HGET', CART .. user, '!until') or '0')
  local least = now + grace
  if not session or redis.call('HEXISTS', CLOCK .. user, 'grace') == 1 then return end
  if least > session then least = session end
  if deadline >= least then return end
  redis.call('HSET', CART .. user, '!until', text(least))
  redis.call('HSET', CLOCK .. user, 'until', text(least), 'grace', '1')
  redis.call('PEXPIRE', CLOCK .. user, text(MEMORY_MS))
  local fields = redis.call('HGETALL', CART .. user)
  for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 1) ~= '!' and redis.call('GET', HOLD .. fields[i]) == user then
      redis.call('PEXPIRE', HOLD .. fields[i], text(least - now))
    end
  end
end

local pinned = {}
for i = 8, #ARGV, 2 do
  clear(ARGV[i + 1], transaction, user)
  if redis.call('GET', HOLD .. ARGV[i]) == user .. ' ' .. transaction then pinned[#pinned + 1] = i end
end
if spent and redis.call('EXISTS', CART .. user) == 1 then
  redis.call('HSET', CART .. user, '!until', text(now))
  redis.call('HSET', CLOCK .. user, 'until', text(now))
elseif #pinned > 0 then
  leave_time()
end
for _, i in ipairs(pinned) do unpin(user, ARGV[i], ARGV[i + 1], transaction, now) end
if spent then sweep_cart(user, now, false) end
local version = announce()
if ARGV[4] ~= '' then
  redis.call('PUBLISH', CHANNEL, string.format('{"v":%.0f,"x":%s}', version, ARGV[4]))
end
return { 'ok', declines }
