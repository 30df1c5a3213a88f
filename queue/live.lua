-- live reads the figures of the admin page.
--
-- Extra  {ready, entered, in turn, admitted in the last minute, nodes: id,
--        sockets}
--
-- It may run twice: it changes nothing of its own.
sweep()
local bucket, lately = math.floor(now / 10000), 0
for back = 0, 5 do lately = lately + num(call('HGET', RATES, 'a' .. int(bucket - back))) end
local nodes = {}
for _, node in ipairs(call('ZRANGE', NODES, '0', '-1')) do
  local sockets = call('HLEN', SOCKETS .. node) - call('HEXISTS', SOCKETS .. node, '@')
  nodes[#nodes + 1] = node
  nodes[#nodes + 1] = int(math.max(0, sockets))
end
return finish({}, {int(call('ZCARD', READY)), int(call('ZCARD', LEASES)), int(call('ZCARD', TURNS)), int(lately), nodes})
