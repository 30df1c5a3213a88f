-- enter makes users with a turn active.
--
-- ARGV   from 3, by twos: user, the turn's name
--
-- It may run twice: a turn is entered once, and the active place stays. A late
-- run cannot enter a later turn, which the ledger has not recorded: that turn has
-- another name.
--
-- @include part/places
-- @include part/sweep
-- @include part/admission
-- @include part/report
sweep()
local users = {}
for i = 3, #ARGV, 2 do
  local user = ARGV[i]
  local _, _, _, turn = place_of(user)
  if turn == ARGV[i + 1] and rules and call('ZSCORE', TURNS, user) then activate(user) end
  users[#users + 1] = user
end
return finish(users)
