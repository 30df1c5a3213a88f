-- picture reads all seats at one version, for a node's mirror.
-- ARGV: 1 epoch (ignored: a node draws what is there), 2 the version the node has,
-- 3 the version up to which it has heard of carts, '-1' when it wants no news.
-- Returns {'closed'} while the data is not opened, {'same', epoch, version, plan,
-- revision}, or {'ok', epoch, version, plan, revision, held, taken, booked,
-- {message…}}: the bitmaps, and a message as in announce for each cart changed
-- after 3. It only reads.
local epoch = redis.call('GET', EPOCH)
if not epoch then return { 'closed' } end
local version = redis.call('GET', SEATVER) or '0'
local plan = redis.call('GET', PLAN) or '0'
local revision = redis.call('HGET', SALE, 'revision') or '0'
if version == ARGV[2] and (ARGV[3] == '-1' or ARGV[3] == version) then
  return { 'same', epoch, version, plan, revision }
end
local news = {}
if ARGV[3] ~= '-1' then
  local changed = redis.call('ZRANGEBYSCORE', CARTNEWS, '(' .. ARGV[3], '+inf')
  for i, member in ipairs(changed) do
    local user, reason = string.match(member, '^(%S+) (%S+)$')
    news[i] = cart_message(tonumber(version), user or member, reason or '')
  end
end
return { 'ok', epoch, version, plan, revision, redis.call('GET', HELD) or '', redis.call('GET', TAKEN) or '',
  redis.call('GET', BOOKED) or '', news }
