-- life.lua stands before begin and open.

-- server_life names the server and its present run: another after a restart and
-- after a failover. Empty where the server does not say.
local function server_life()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and string.match(info, 'run_id:(%x+)') or ''
end

