-- nodes.lua stands before tick and resign.

-- drop_node forgets a node and marks its users absent, in portions, so that no
-- run is long; it answers whether it is done.
local function drop_node(node)
  local sockets = SOCKETS .. node
  local users = call('HKEYS', sockets)
  local done = 0
  for _, user in ipairs(users) do
    if done >= 4 * AT_ONCE then return false end
    local conn = call('HGET', sockets, user)
    if call('HGET', CONN, user) == conn then
      call('HDEL', CONN, user)
      call('HDEL', WHERE, user)
      mark_absent(user)
    end
    call('HDEL', sockets, user)
    done = done + 1
  end
  call('DEL', sockets, MAIL .. node)
  call('ZREM', NODES, node)
  return true
end

