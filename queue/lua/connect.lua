-- connect registers sockets of one node.
--
-- ARGV   3 the node, 4 '1' when this call completes the registration of all the
--        node's sockets, 5 the deadline for new sockets (ms; 0: none);
--        from 6, by twos: user, then 0 for a new socket, or the number of a
--        socket that is open already
-- Extra  for each user the number of the user's newest socket, '' for a new
--        socket after the deadline
--
-- It may run twice: a new socket then gets a second number, and no client has
-- seen the first; an open socket is registered as before. Not safe to run late:
-- a delayed connect would replace the user's newer socket.
--
-- @include part/state
-- @include part/presence
-- @include part/sweep
-- @include part/report
sweep()
local node, users, conns = ARGV[3], {}, {}
call('ZADD', NODES, int(now), node) -- also a heartbeat, since registering all sockets of a node takes a while
if ARGV[4] == '1' then call('HSET', SOCKETS .. node, '@', '1') end
local late = num(ARGV[5]) > 0 and now > num(ARGV[5])
for i = 6, #ARGV, 2 do
  local user, conn = ARGV[i], ARGV[i + 1]
  local newest = call('HGET', CONN, user)
  if conn == '0' and not late then
    put('connection', math.max(line.connection + 1, micros))
    conn = int(line.connection)
  end
  if conn == '0' then
    conn = ''
  elseif newest and num(newest) > num(conn) then
    conn = newest
  else
    if num(conn) > line.connection then put('connection', num(conn)) end
    local before = call('HGET', WHERE, user)
    if before and before ~= node then
      call('HDEL', SOCKETS .. before, user)
      call('HSET', MAIL .. before, user, conn)
    end
    if newest and newest ~= conn then run.replaced[#run.replaced + 1] = {user, conn} end
    call('HSET', CONN, user, conn)
    call('HSET', WHERE, user, node)
    call('HSET', SOCKETS .. node, user, conn)
    sign_of_life(user)
  end
  users[#users + 1] = user
  conns[#conns + 1] = conn
end
return finish(users, conns)
