-- leave gives up places in line, turns and active places, and admits the next.
--
-- ARGV   from 3, by threes: user, the number that is given up, the reason ('' by
--        the user's own will, 'put_out')
--
-- It may run twice, and late: it names the number it means, and a user who has
-- joined again has another.
sweep()
local users = {}
for i = 3, #ARGV, 3 do
  local user, number, reason = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local holds = place_of(user)
  local gone = false
  if holds and int(holds) == number then
    gone = vacate(user)
  elseif call('HGET', NUMBERS, user) == number then
    local _, _, origin = unline(user)
    give_up(user, num(number), origin)
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
