-- leave gives up places in line, turns and active places, and admits the next
-- users.
--
-- ARGV   from 3, by threes: user, the number to give up, the reason ('' for the
--        user's own wish, 'put_out')
--
-- It may run twice, and late: the call names the number, and a user who has
-- joined again has another number.
--
-- @include part/index
-- @include part/places
-- @include part/history
-- @include part/sweep
-- @include part/report
sweep()
local users = {}
for i = 3, #ARGV, 3 do
  local user, number, reason = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local holds = place_of(user)
  local gone = false
  if holds and int(holds) == number then
    gone = free_place(user, reason)
  elseif call('HGET', NUMBERS, user) == number then
    local _, joined, origin = leave_line(user)
    note_given_up(user, num(number), origin)
    note_end(user, STATE_WAITING, reason == '' and 'left' or reason, num(number), origin, joined, 0)
    gone = true
  end
  if gone and reason ~= '' then
    note_lapse(user, reason)
  elseif gone then
    call('ZREM', LAPSES, user)
  end
  users[#users + 1] = user
end
return finish(users)
