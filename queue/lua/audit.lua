-- audit compares, at one moment, what the season's keys say about the whole line
-- and about the users named.
--
-- ARGV   from 3 users
-- Extra  one text for each violation: the invariant's number, a space, a sentence
--
-- It may run twice: it only reads. It does not sweep or admit, so that it judges
-- what the other scripts left.
--
-- @include part/index
-- @include part/counts
local found = {}
local function say(invariant, format, ...) found[#found + 1] = invariant .. ' ' .. string.format(format, ...) end

local bits = 0
for _, segment in ipairs(call('HKEYS', SEGMENTS)) do bits = bits + call('BITCOUNT', BITS .. segment) end
for segment = 0, math.floor(line.number / SEGMENT) do
  if call('EXISTS', BITS .. int(segment)) == 1 and call('HEXISTS', SEGMENTS, int(segment)) == 0 then
    say(5, 'segment %d of the bitmap is there and not in use', segment)
  end
end
local listed, numbered, ready, absent = call('ZCARD', LIST), call('HLEN', NUMBERS), call('ZCARD', READY), call('ZCARD', ABSENT)
if listed ~= numbered then say(5, 'waiting_list has %d users, numbers has %d', listed, numbered) end
if listed ~= bits then say(5, 'waiting_list has %d users, the bitmap has %d', listed, bits) end
local wishing, wishful, grouped = call('HLEN', WISH_GROUPS), call('HLEN', WISHES), 0
for _, group in ipairs(call('ZRANGE', WISH_HEADS, '0', '-1')) do grouped = grouped + call('ZCARD', WISHERS .. group) end
if ready + wishing + absent ~= listed then
  say(5, '%d users wait, but %d are ready, %d are present with a wish and %d absent', listed, ready, wishing, absent)
end
if grouped ~= wishing then say(5, '%d users are present with a wish, but %d in the groups of wishes', wishing, grouped) end
if wishful ~= line.wishes then say(5, '%d users have a wish, but %d are counted', wishful, line.wishes) end
for _, user in ipairs(call('HKEYS', PROMISES)) do
  if call('HEXISTS', PLACES, user) == 0 then say(5, 'seats are set aside for user %s, who has no place', user) end
end
local active, turns, leases, sessions = call('SCARD', ACTIVE), call('ZCARD', TURNS), call('ZCARD', LEASES), call('ZCARD', SESSIONS)
if turns + leases ~= active or call('HLEN', PLACES) ~= active then
  say(4, 'active_users has %d users, but %d are in turn and %d have a lease', active, turns, leases)
end
if leases ~= sessions then say(4, '%d users have a lease, but %d a session', leases, sessions) end
local most = math.max(rules and rules.limit or 0, num(call('HGET', LINE, 'most')))
if active > most then say(4, '%d users have a place, but the limit is %d', active, most) end

for i = 3, #ARGV do
  local user = ARGV[i]
  local number, joined = call('HGET', NUMBERS, user), call('ZSCORE', LIST, user)
  local is_ready, is_absent = call('ZSCORE', READY, user), call('ZSCORE', ABSENT, user)
  if (not number) ~= (not joined) then
    say(5, 'user %s is in only one of waiting_list and numbers', user)
  elseif number then
    if not has_bit(num(number)) then
      say(5, 'user %s waits with number %s, whose bit is not set', user, number)
    end
    local group, has_wish = call('HGET', WISH_GROUPS, user), call('HEXISTS', WISHES, user) == 1
    local states = (is_ready and 1 or 0) + (group and 1 or 0) + (is_absent and 1 or 0)
    if states ~= 1 then say(5, 'user %s waits, but must be either ready, present with a wish, or absent', user) end
    if group and not has_wish or is_ready and has_wish then say(5, 'user %s is indexed by another wish than the one left', user) end
    if group and num(call('ZSCORE', WISHERS .. group, user)) ~= num(number) then
      say(5, 'user %s is in the group of the wish by another number than %s', user, number)
    end
    if is_ready and num(is_ready) ~= num(number) then say(5, 'user %s is ready by another number than %s', user, number) end
    if call('SISMEMBER', ACTIVE, user) == 1 then say(5, 'user %s both waits and has a place', user) end
  elseif is_ready then
    say(5, 'user %s is ready but does not wait', user)
  end
end
return {'ok', counts(), {}, '', {'0', '0', {}}, found}
