-- pin writes a transaction into the holds it buys and lets them live past recovery.
-- ARGV: 1 epoch, 2 user, 3 transaction, 4 ms to live (0: only say whether it could
-- be done), 5 the version of the plan that the seats and their prices are of, 6 how
-- many declined payments a user may have in an hour (0: any number), then pairs of
-- seat number and index.
-- Returns {'ok'}, or, nothing changed, {'plan', version} · {'settings'} · {'season_closed'} ·
-- {'not_admitted'} · {'declines', ms} (too many; not before so long) · {'conflict', {seat…}} (one's own, being bought by another
-- purchase) · {'seat_taken', {seat…}} · {'hold_expired', {seat…}} · {'ended'} (this
-- call comes late: the transaction is cancelled already).
-- It may run twice: what this transaction has pinned already is pinned again, and
-- a purchase that has begun needs neither a place nor an open season any more.
local refusal = epoch_refusal()
if refusal then return refusal end

local plan = redis.call('GET', PLAN) or '0'
if plan ~= ARGV[5] then return { 'plan', plan } end

local user, transaction, ms = ARGV[2], ARGV[3], tonumber(ARGV[4])
if redis.call('ZSCORE', ENDED, transaction) then return { 'ended' } end
local begun, busy, taken, missing = true, {}, {}, {}
for i = 7, #ARGV, 2 do
  local seat, index = ARGV[i], ARGV[i + 1]
  local value = redis.call('GET', HOLD .. seat)
  local who, pinned
  if value then who, pinned = owner(value) end
  local by = redis.call('HGET', TAKENBY, index)
  if who ~= user or pinned ~= transaction then begun = false end
  local buyer = by and string.match(by, ' (%S+)$')
  local mine = by == transaction .. ' ' .. user
  if who == user and pinned and pinned ~= transaction then
    busy[#busy + 1] = seat
  elseif buyer == user and not mine and redis.call('GETBIT', BOOKED, index) == 0 then
    busy[#busy + 1] = seat
  elseif by and not mine then
    taken[#taken + 1] = seat
  elseif who ~= user then
    missing[#missing + 1] = seat
  end
end

if not begun then
  local now = now_ms()
  local over = closed(now)
  if over == 'unknown' then return { 'settings' } end
  if over then return { 'season_closed' } end
  if not session_of(user, now) then return { 'not_admitted' } end
  local most = tonumber(ARGV[6])
  if ms == 0 and most > 0 then
    local since = text(now - BUDGET_MS)
    redis.call('ZREMRANGEBYSCORE', DECLINED .. user, '-inf', since)
    if redis.call('ZCARD', DECLINED .. user) >= most then
      local oldest = redis.call('ZRANGE', DECLINED .. user, 0, 0, 'WITHSCORES')
      return { 'declines', text(tonumber(oldest[2]) + BUDGET_MS - now) }
    end
  end
end
if #busy > 0 then return { 'conflict', busy } end
if #taken > 0 then return { 'seat_taken', taken } end
if #missing > 0 then return { 'hold_expired', missing } end

if ms > 0 then
  for i = 7, #ARGV, 2 do pin(user, ARGV[i], transaction, ms) end
  announce()
end
return { 'ok' }
