-- touch reads users' standing.
--
-- ARGV   3 'touch' when the reading is a sign of life, 'look' when it is not;
--        from 4 users
--
-- It may run twice: a sign of life given twice is one.
sweep()
local users = {}
for i = 4, #ARGV do
  users[#users + 1] = ARGV[i]
  if ARGV[3] == 'touch' then alive(ARGV[i]) end
end
return finish(users)
