-- nodes removes a node that stops or is dead.
--
-- @include part/presence

-- remove_node removes a node and marks its users absent. It handles a portion of
-- the users, so that no run takes long, and returns whether the node is gone.
local function remove_node(node)
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
