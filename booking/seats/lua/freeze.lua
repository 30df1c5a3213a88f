-- freeze asks whether a proposed version of the plan may come, and keeps the seats
-- that it changes from being held until MongoDB has decided.
--
-- ARGV   2 the version proposed, 3 the version that it changes, 4 a bitmap of the
--        seats that differ between the two
-- Reply  {'ok'}, or, and nothing changed, {'seat_taken', {index…}} with changed seats
--        that are held, being bought or sold · {'plan', version}: Redis has another plan ·
--        {'late'}: the version is decided already
--
-- It may run twice: a version that is proposed already is 'ok'.
--
-- @include part/epoch
-- @include part/permission
-- @include part/bitmap
-- @include part/report
-- @include part/sweep
local version, changed_since, changed = num(ARGV[2]), num(ARGV[3]), ARGV[4]

local plan = num(call('GET', PLAN))
local proposed = num(call('HGET', SETTINGS, 'moving'))
if plan >= version or proposed > version then return {OUTCOME_LATE} end
if proposed == version then return {OUTCOME_OK} end
if plan ~= changed_since then return {OUTCOME_PLAN, int(plan)} end

-- add_common adds to a list the indexes of the changed seats that a bitmap has, too.
local function add_common(found, key)
  local bitmap = call('GET', key) or ''
  for i = 1, math.min(#changed, #bitmap) do
    if string.byte(changed, i) ~= 0 and string.byte(bitmap, i) ~= 0 then
      for index = (i - 1) * 8, (i - 1) * 8 + 7 do
        if has_bit(changed, index) and has_bit(bitmap, index) then found[#found + 1] = int(index) end
      end
    end
  end
  return found
end

-- Holds that have ended do not stand in the way.
local users = {}
for _, index in ipairs(add_common({}, HELD)) do
  local user = call('HGET', HOLDER, index)
  if user then users[user] = true end
end
for user in pairs(users) do sweep_cart(user, not session_of(user)) end
announce()
local taken = add_common({}, HELD)
for _, index in ipairs(add_common({}, TAKEN)) do
  -- A seat in an allotment is offered to no fan, so it may change.
  if call('GETBIT', ALLOTTED, index) == 0 then taken[#taken + 1] = index end
end
if #taken > 0 then return {OUTCOME_SEAT_TAKEN, taken} end
call('HSET', SETTINGS, 'moving', int(version), 'movingSeats', changed)
return {OUTCOME_OK}
