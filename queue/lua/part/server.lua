-- server tells one run of the Redis server from another.
--
-- @include part/epoch

-- server_run names the server and its present run: the name differs after a
-- restart and after a failover. '' where the server does not say.
local function server_run()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and string.match(info, 'run_id:(%x+)') or ''
end
