-- refund frees seats that a captured purchase has given back.
-- ARGV: 1 epoch, 2 user, 3 transaction, 4 the transaction as JSON, to be announced
-- ('': nobody waits for it), then pairs of seat number and index. It also keeps in
-- mind for a while that the transaction has given them back, so that no call that
-- comes late marks them for it, and ends the holds that the purchase has pinned, if
-- its own last script has not come by yet.
-- Returns {'ok'}. It may run twice, and while a provider is silent it does every few
-- seconds: it compares with the transaction before it touches anything, so a seat
-- that is another's by now stays as it is, and what changes nothing is no news.
local refusal = epoch_refusal()
if refusal then return refusal end

local user, transaction = ARGV[2], ARGV[3]
local now = now_ms()
redis.call('ZREMRANGEBYSCORE', ENDED, '-inf', text(now - MEMORY_MS))
local news = false
for i = 5, #ARGV, 2 do
  local seat, index = ARGV[i], ARGV[i + 1]
  if redis.call('ZADD', ENDED, text(now), transaction .. ' ' .. index) == 1 then news = true end
  if clear(index, transaction, user) == 'ok' then news = true end
  if redis.call('GET', HOLD .. seat) == user .. ' ' .. transaction then drop(user, seat, index, transaction, '') end
end
local version = announce()
if news and ARGV[4] ~= '' then
  redis.call('PUBLISH', CHANNEL, string.format('{"v":%.0f,"x":%s}', version, ARGV[4]))
end
return { 'ok' }
