-- Rules for the Lua that runs inside Redis: Lua 5.1 with the globals that Redis
-- gives to scripts. Scripts are checked together with the parts they include
-- (internal/testkit/luacheck.go).
std = "lua51"
read_globals = {"redis", "cjson", "cmsgpack", "bit", "struct", "KEYS", "ARGV"}
max_line_length = 170
ignore = {"542"} -- a branch that does nothing, with a comment that says why
