-- allot takes free seats off sale for a change of allotments: all of them or none.
-- MongoDB decides after that whether the change holds.
--
-- ARGV   2 the version of the plan that the indexes are from, 3 the change, 4 '1': only
--        check whether the seats are free, then pairs of seat number and index
-- Reply  {'ok', {seat…}} with the seats that keep the mark of another change; or, and
--        nothing marked,
--        {'plan', version}: Redis has another plan, or the plan is about to change
--        these seats
--        {'ended'}: the change was cancelled, and this call comes late
--        {'seat_taken', {seat…}}: held, being bought or sold
--
-- It may run twice: the change's own mark is success. A seat in another allotment keeps
-- its mark until MongoDB has decided: see hand_over.lua.
--
-- @include part/epoch
-- @include part/arguments
-- @include part/permission
-- @include part/bitmap
-- @include part/hold
-- @include part/fence
-- @include part/marks
-- @include part/report
-- @include part/sweep
-- @include part/allotment
local plan_version, change, only_check = ARGV[2], ARGV[3], ARGV[4] == '1'
local seats, indexes = seats_from(5)

local plan = call('GET', PLAN) or '0'
if plan ~= plan_version then return {OUTCOME_PLAN, plan} end
if is_ended(change) then return {OUTCOME_ENDED} end

-- Holds that have ended do not stand in the way.
local users = {}
for i, seat in ipairs(seats) do
  local user = hold_on(seat) or call('HGET', HOLDER, indexes[i])
  if user then users[user] = true end
end
for user in pairs(users) do sweep_cart(user, not session_of(user)) end

local frozen = call('HGET', SETTINGS, 'movingSeats') -- a bitmap: seats that a proposed plan changes
local taken, free, kept, is_frozen = {}, {}, {}, false
for i, seat in ipairs(seats) do
  local mark = call('HGET', MARKS, indexes[i])
  if hold_on(seat) or (mark and not is_allotment(mark)) then
    taken[#taken + 1] = seat
  elseif not mark then
    free[#free + 1] = i
    is_frozen = is_frozen or (frozen and has_bit(frozen, num(indexes[i])))
  elseif not is_marked(indexes[i], change, ALLOTMENT) then
    kept[#kept + 1] = seat
  end
end
if #taken > 0 then
  announce()
  return {OUTCOME_SEAT_TAKEN, taken}
end
if is_frozen then
  announce()
  return {OUTCOME_PLAN, plan}
end
if not only_check then
  for _, i in ipairs(free) do
    end_hold(seats[i], indexes[i])
    take(indexes[i], change, ALLOTMENT)
  end
end
announce()
return {OUTCOME_OK, kept}
