-- live reads the figures of the admin page.
--
-- Extra  {ready, active, with a turn, admitted in the last minute, {node, number
--        of its sockets, …}}
--
-- It may run twice: it changes nothing of its own.
--
-- @include part/sweep
-- @include part/report
sweep()
local bucket, admitted = math.floor(now / 10000), 0
for back = 0, 5 do admitted = admitted + num(call('HGET', RATES, 'a' .. int(bucket - back))) end
local nodes = {}
for _, node in ipairs(call('ZRANGE', NODES, '0', '-1')) do
  local sockets = call('HLEN', SOCKETS .. node) - call('HEXISTS', SOCKETS .. node, '@')
  nodes[#nodes + 1] = node
  nodes[#nodes + 1] = int(math.max(0, sockets))
end
return finish({}, {int(call('ZCARD', READY) + call('HLEN', WISH_GROUPS)), int(call('ZCARD', LEASES)), int(call('ZCARD', TURNS)), int(admitted), nodes})
