-- wish gives users in line a wish, or removes it.
--
-- ARGV   from 3, by twos: user, the wish as in part/wishes.lua ('': none)
-- Extra  for each user 'ok', 'none' (the user is not in line), or why the wish is refused,
--        as in refusal_of_wish
--
-- It may run twice: the same wish stays. The place in line stays, too. Run late, a wish
-- replaces a later one.
--
-- @include part/wishes
-- @include part/presence
-- @include part/sweep
-- @include part/report
sweep()
local users, outcomes = {}, {}
for i = 3, #ARGV, 2 do
  local user, wish = ARGV[i], ARGV[i + 1]
  local outcome, number = 'ok', call('HGET', NUMBERS, user)
  sign_of_life(user)
  if number then
    number = num(number)
    if wish ~= '' and wish ~= wishes.of(user) then outcome = wishes.refusal_of(number, wish, rules and rules.returns) or 'ok' end
    if outcome == 'ok' then wishes.set(user, number, wish) end
  elseif wish ~= '' and not call('ZSCORE', TURNS, user) then
    outcome = 'none' -- of a user with a turn this may repeat the wish that was met
  end
  users[#users + 1], outcomes[#outcomes + 1] = user, outcome
end
return finish(users, outcomes)
