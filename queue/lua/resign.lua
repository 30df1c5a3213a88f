-- resign removes a node that stops, and marks its users absent.
--
-- ARGV   3 the node
-- Extra  {'1' when the node is removed, '0' when there is more to do}
--
-- It may run twice: a removed node has no sockets.
--
-- @include part/sweep
-- @include part/nodes
-- @include part/report
sweep()
local done = remove_node(ARGV[3])
return finish({}, {done and '1' or '0'})
