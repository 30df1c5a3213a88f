-- resign takes a node that stops out, and marks its users absent.
--
-- ARGV   3 the node
-- Extra  {'1' when done, '0' when there is more to do}
--
-- It may run twice: a node that is gone has no sockets.
sweep()
local done = drop_node(ARGV[3])
return finish({}, {done and '1' or '0'})
