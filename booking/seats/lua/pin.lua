-- pin writes a transaction into the holds that it buys, and prolongs them beyond
-- recovery.
--
-- ARGV   2 user, 3 transaction, 4 ms to live (0: only check whether the holds could be
--        pinned), 5 the version of the plan that the seats and prices are from, 6 how
--        many declined payments a user may have in an hour (0: any number), 7 '' or the
--        types of prices as a JSON object: seat -> type, then pairs of seat number and
--        index
-- Reply  {'ok', {type…}}, for ms 0 with the types that the cart has, '' for the normal
--        price, in the order of the seats; or, and nothing changed,
--        {'plan', version} · {'settings'} · {'season_closed'} · {'not_admitted'}
--        {'ended'}: the transaction was cancelled, and this call comes late
--        {'declines', ms}: too many declined payments; one more may be tried after ms
--        {'conflict', {seat…}}: bought or being bought in another order of the user's own
--        {'seat_taken', {seat…}} · {'hold_expired', {seat…}}
--
-- It may run twice: holds that this transaction has pinned are pinned again. An order
-- that has begun needs neither a place nor an open season. A cart shows the types of the
-- order that pins its seats.
--
-- @include part/epoch
-- @include part/arguments
-- @include part/fence
-- @include part/permission
-- @include part/budget
-- @include part/hold
-- @include part/cart
-- @include part/report
-- @include part/pins
local user, transaction, ms, plan_version, declines = ARGV[2], ARGV[3], num(ARGV[4]), ARGV[5], num(ARGV[6])
local types = ARGV[7] ~= '' and cjson.decode(ARGV[7]) or {}
local seats, indexes = seats_from(8)

local plan = call('GET', PLAN) or '0'
if plan ~= plan_version then return {OUTCOME_PLAN, plan} end
if is_ended(transaction) then return {OUTCOME_ENDED} end

local begun, busy, taken, missing = true, {}, {}, {}
for i, seat in ipairs(seats) do
  local holder, pinned = hold_on(seat)
  local mark = call('HGET', MARKS, indexes[i])
  local buyer = mark and string.match(mark, ' (%S+)$')
  local own_mark = mark == transaction .. ' ' .. user
  if holder ~= user or pinned ~= transaction then begun = false end
  if holder == user and pinned and pinned ~= transaction then
    busy[#busy + 1] = seat
  elseif buyer == user and not own_mark then
    busy[#busy + 1] = seat
  elseif mark and not own_mark then
    taken[#taken + 1] = seat
  elseif holder ~= user then
    missing[#missing + 1] = seat
  end
end

if not begun then
  local refusal = refusal_of(user)
  if refusal then return refusal end
  local wait = ms == 0 and declines > 0 and budget_wait(DECLINED .. user, declines)
  if wait then return {OUTCOME_DECLINES, int(wait)} end
end
if #busy > 0 then return {OUTCOME_CONFLICT, busy} end
if #taken > 0 then return {OUTCOME_SEAT_TAKEN, taken} end
if #missing > 0 then return {OUTCOME_HOLD_EXPIRED, missing} end

local fields = {}
for i, seat in ipairs(seats) do fields[i] = TYPE .. seat end
local held = call('HMGET', CART .. user, unpack(fields))
for i = 1, #seats do held[i] = held[i] or '' end
if ms > 0 then
  for i, seat in ipairs(seats) do
    local kind = types[seat] or ''
    if held[i] ~= kind then set_type(user, seat, kind) end
    pin(user, seat, transaction, ms)
  end
  announce()
end
return {OUTCOME_OK, held}
