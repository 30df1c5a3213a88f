-- reserve marks free seats as taken by an order that needs no cart and no place in the
-- season: a sale at the box office. All seats or none.
--
-- ARGV   2 user, 3 transaction, 4 the version of the plan that the seats and prices are
--        from, 5 '1': reserve; '0': only check whether the seats could be reserved, then
--        pairs of seat number and index
-- Reply  {'ok'}; or, and no seat was marked,
--        {'plan', version}: Redis has another plan, or the plan is about to change these
--        seats
--        {'settings'}: the settings are not in Redis
--        {'ended'}: the transaction was cancelled, and this call comes late
--        {'seat_taken', {seat…}}: held, being bought, or sold
--
-- It may run twice: the transaction's own mark is success.
--
-- @include part/epoch
-- @include part/arguments
-- @include part/bitmap
-- @include part/fence
-- @include part/hold
-- @include part/report
-- @include part/marks
-- @include part/drop
local user, transaction, plan_version, reserves = ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1'
local seats, indexes = seats_from(6)

local plan = call('GET', PLAN) or '0'
if plan ~= plan_version then return {OUTCOME_PLAN, plan} end
local settings = call('HMGET', SETTINGS, 'revision', 'movingSeats')
if not settings[1] then return {OUTCOME_SETTINGS} end
if is_ended(transaction) then return {OUTCOME_ENDED} end

local gone, frozen = {}, settings[2] -- a bitmap: seats that a proposed plan changes
for i, seat in ipairs(seats) do
  local index = indexes[i]
  if not is_marked(index, transaction, user) then
    if hold_on(seat) or call('HEXISTS', MARKS, index) == 1 then
      gone[#gone + 1] = seat
    elseif frozen and has_bit(frozen, num(index)) then
      return {OUTCOME_PLAN, plan}
    end
  end
end
if #gone > 0 then return {OUTCOME_SEAT_TAKEN, gone} end
if not reserves then return {OUTCOME_OK} end
for i, seat in ipairs(seats) do
  local index = indexes[i]
  -- The hold has expired and the sweep has not run: the old cart loses the seat now.
  local last = call('HGET', HOLDER, index)
  if last then drop(last, seat, index, nil, 'expired') end
  take(index, transaction, user)
end
announce()
return {OUTCOME_OK}
