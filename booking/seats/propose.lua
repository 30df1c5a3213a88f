-- propose asks whether a change of the plan may come, and keeps the seats that it
-- changes from being held until that is decided in MongoDB.
-- ARGV: 1 epoch, 2 the version proposed, 3 the version that it changes, 4 a bitmap of
-- the seats that are another thing in it.
-- Returns {'ok'}, or, nothing changed, {'seat_taken', {index…}} with those that are
-- held, being bought or sold · {'plan', version} (Redis has another plan) · {'late'}
-- (it is decided already). It may run twice: what is proposed already is 'ok'.
local refusal = epoch_refusal()
if refusal then return refusal end

local version, changed = tonumber(ARGV[2]), ARGV[4]
local plan = tonumber(redis.call('GET', PLAN) or '0')
local proposed = tonumber(redis.call('HGET', SALE, 'moving') or '0')
if plan >= version or proposed > version then return { 'late' } end
if proposed == version then return { 'ok' } end
if plan ~= tonumber(ARGV[3]) then return { 'plan', text(plan) } end

-- common returns the changed seats that a bitmap has, too.
local function common(key, found)
  local bitmap = redis.call('GET', key) or ''
  for i = 1, math.min(#changed, #bitmap) do
    if string.byte(changed, i) ~= 0 and string.byte(bitmap, i) ~= 0 then
      for index = (i - 1) * 8, (i - 1) * 8 + 7 do
        if has_bit(changed, index) and has_bit(bitmap, index) then found[#found + 1] = text(index) end
      end
    end
  end
  return found
end

-- What is over does not stand in the way.
local now, users = now_ms(), {}
for _, index in ipairs(common(HELD, {})) do
  local user = redis.call('HGET', HOLDER, index)
  if user then users[user] = true end
end
for user in pairs(users) do sweep_cart(user, now, not session_of(user, now)) end
announce()
local taken = common(TAKEN, common(HELD, {}))
if #taken > 0 then return { 'seat_taken', taken } end
redis.call('HSET', SALE, 'moving', ARGV[2], 'movingSeats', changed)
return { 'ok' }
