-- disconnect removes sockets of one node. A user in line whose newest socket is
-- removed becomes absent.
--
-- ARGV   3 the node; from 4, by twos: user, the socket's number
--
-- It may run twice, and late: the call names the socket, and a newer socket has
-- another number.
--
-- @include part/presence
-- @include part/sweep
-- @include part/report
sweep()
local node, users = ARGV[3], {}
for i = 4, #ARGV, 2 do
  local user, conn = ARGV[i], ARGV[i + 1]
  if call('HGET', SOCKETS .. node, user) == conn then call('HDEL', SOCKETS .. node, user) end
  if call('HGET', CONN, user) == conn then
    call('HDEL', CONN, user)
    call('HDEL', WHERE, user)
    mark_absent(user)
  end
  users[#users + 1] = user
end
return finish(users)
