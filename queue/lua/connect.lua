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
for i = 6, #ARGV, 2 do users[#users + 1] = ARGV[i] end
if #users == 0 then return finish(users, conns) end

-- One command reads what Redis knows about all the users, and one command of each
-- kind writes for them. known is the newest socket and its node, by user: a user
-- may come twice.
local known, members = {}, {}
do
  local sockets, nodes = call('HMGET', CONN, unpack(users)), call('HMGET', WHERE, unpack(users))
  local numbers, placed = call('HMGET', NUMBERS, unpack(users)), call('HMGET', PLACES, unpack(users))
  for i, user in ipairs(users) do
    known[user] = {conn = sockets[i], node = nodes[i]}
    if numbers[i] or placed[i] then members[user] = true else outside[user] = true end
  end
end
local to_conn, to_where, to_sockets, alive = {}, {}, {}, {}
for i, user in ipairs(users) do
  local conn, last = ARGV[2 * i + 5], known[user]
  if conn == '0' and not late then
    put('connection', math.max(line.connection + 1, micros))
    conn = int(line.connection)
  end
  if conn == '0' then
    conn = ''
  elseif last.conn and num(last.conn) > num(conn) then
    conn = last.conn
  else
    if num(conn) > line.connection then put('connection', num(conn)) end
    if last.node and last.node ~= node then
      call('HDEL', SOCKETS .. last.node, user)
      call('HSET', MAIL .. last.node, user, conn)
    end
    if last.conn and last.conn ~= conn then run.replaced[#run.replaced + 1] = {user, conn} end
    last.conn, last.node = conn, node
    local at = #to_conn
    to_conn[at + 1], to_conn[at + 2] = user, conn
    to_where[at + 1], to_where[at + 2] = user, node
    to_sockets[at + 1], to_sockets[at + 2] = user, conn
    if members[user] then alive[#alive + 1] = user end
  end
  conns[i] = conn
end
if #to_conn > 0 then
  call('HSET', CONN, unpack(to_conn))
  call('HSET', WHERE, unpack(to_where))
  call('HSET', SOCKETS .. node, unpack(to_sockets))
end
for _, user in ipairs(alive) do sign_of_life(user) end
return finish(users, conns)
