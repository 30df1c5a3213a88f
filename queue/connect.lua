-- connect enters sockets of one node.
--
-- ARGV   3 the node, 4 '1' when with this call every socket of the node is
--        entered, 5 until when new sockets are waited for (ms; 0: for ever);
--        from 6, by twos: user, 0 for a new socket or the number of one that
--        lives and must be entered again
-- Extra  a user each: the number of the user's newest socket, '' for a new
--        socket that comes too late
--
-- It may run twice: a new socket then draws a second number, and the first was
-- never given to anybody; an old one is entered as it was. A new one must not
-- run late: nobody waits for it any more, and it would replace the socket that
-- its user has opened instead.
sweep()
local node, users, conns = ARGV[3], {}, {}
call('ZADD', NODES, int(now), node) -- a heartbeat too: entering a whole node's sockets takes a while
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
    if newest and newest ~= conn then replaced[#replaced + 1] = {user, conn} end
    call('HSET', CONN, user, conn)
    call('HSET', WHERE, user, node)
    call('HSET', SOCKETS .. node, user, conn)
    alive(user)
  end
  users[#users + 1] = user
  conns[#conns + 1] = conn
end
return finish(users, conns)
