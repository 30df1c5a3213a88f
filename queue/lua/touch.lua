-- touch reads users' states.
--
-- ARGV   3 'touch' when the reading is a sign of life, 'look' when it is not;
--        from 4 users
--
-- It may run twice: a second sign of life changes nothing.
--
-- @include part/presence
-- @include part/sweep
-- @include part/report
sweep()
local users = {}
for i = 4, #ARGV do
  users[#users + 1] = ARGV[i]
  if ARGV[3] == 'touch' then sign_of_life(ARGV[i]) end
end
return finish(users)
