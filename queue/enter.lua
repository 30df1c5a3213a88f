-- enter turns turns into active places.
--
-- ARGV   from 3, by twos: user, the turn's name
--
-- It may run twice: a turn that was entered is none any more, and the place it
-- became stays. The name keeps a late run from entering a later turn that the
-- ledger knows nothing of.
sweep()
local users = {}
for i = 3, #ARGV, 2 do
  local user = ARGV[i]
  local _, _, _, turn = place_of(user)
  if turn == ARGV[i + 1] and rules and call('ZSCORE', TURNS, user) then activate(user) end
  users[#users + 1] = user
end
return finish(users)
