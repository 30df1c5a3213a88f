-- budget counts a refund that a user asks for, if the last hour leaves room for it.
-- ARGV: 1 epoch, 2 user, 3 the refund's id, 4 how many an hour.
-- Returns {'ok'}, or {'over', ms} when there is room again in so long. It may run
-- twice: a refund counts once.
local refusal = epoch_refusal()
if refusal then return refusal end

local key, now = REFUNDS .. ARGV[2], now_ms()
redis.call('ZREMRANGEBYSCORE', key, '-inf', text(now - BUDGET_MS))
if redis.call('ZSCORE', key, ARGV[3]) then return { 'ok' } end
if redis.call('ZCARD', key) >= tonumber(ARGV[4]) then
  local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
  return { 'over', text(tonumber(oldest[2]) + BUDGET_MS - now) }
end
redis.call('ZADD', key, text(now), ARGV[3])
redis.call('PEXPIRE', key, text(BUDGET_MS))
return { 'ok' }
