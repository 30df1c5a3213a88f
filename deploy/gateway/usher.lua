-- Asks Usher whether the browser of a request may pass, and sets
--   txn.usher           in, out or away
--   txn.usher_user      the user's id, of one who is in
--   txn.usher_location  the waiting page, for one who is out
--
-- The environment of HAProxy names the address of the check, GATEWAY_CHECK, and for how many
-- seconds one who was in stays in while Usher is away, GATEWAY_STALE.

local check = os.getenv("GATEWAY_CHECK")
local stale = tonumber(os.getenv("GATEWAY_STALE")) or 0
if stale > 0 then check = check .. "&stale=" .. stale end

-- Who was in, and until when that counts while Usher is away: by session. Both tables
-- change places every stale seconds, so that old sessions are forgotten.
local newer, older, turned = {}, {}, 0

-- Usher says in Cache-Control for how many seconds, never beyond the end of the session.
local function remember(session, user, control)
  local seconds = tonumber(string.match(control or "", "stale%-if%-error=(%d+)")) or 0
  local now = core.now().sec
  if now - turned > stale then newer, older, turned = {}, newer, now end
  newer[session] = { user = user, till = now + seconds }
end

local function forget(session)
  newer[session], older[session] = nil, nil
end

local function remembered(session)
  local known = newer[session] or older[session]
  if known and core.now().sec < known.till then return known.user end
end

local function one(headers, name)
  local values = headers[name]
  return values and values[0]
end

core.register_action("usher", { "http-req" }, function(txn)
  local headers = txn.http:req_get_headers()
  local cookie, authorization = one(headers, "cookie"), one(headers, "authorization")
  local token = string.match("; " .. (cookie or ""), "; *usher_session=([^; ]*)") or ""
  local session = (authorization or "") .. "|" .. token

  local scheme = txn.sf:ssl_fc() == 1 and "https" or "http"
  local ask = { ["x-original-url"] = { scheme .. "://" .. (one(headers, "host") or "") .. txn.sf:pathq() } }
  -- Usher must see no other cookie than what is remembered: a fan could make it serve others.
  if token ~= "" then ask["cookie"] = { "usher_session=" .. token } end
  if authorization then ask["authorization"] = { authorization } end

  local answer = core.httpclient():get { url = check, headers = ask, timeout = 4000 }
  local status = answer and answer.status or 0
  if status == 200 then
    local user = one(answer.headers, "usher-user") or ""
    if stale > 0 then remember(session, user, one(answer.headers, "cache-control")) end
    txn:set_var("txn.usher", "in")
    txn:set_var("txn.usher_user", user)
  elseif status == 401 or status == 403 then
    forget(session)
    txn:set_var("txn.usher", "out")
    txn:set_var("txn.usher_location", one(answer.headers, "usher-location") or "/")
  else
    local user = stale > 0 and remembered(session)
    txn:set_var("txn.usher", user and "in" or "away")
    txn:set_var("txn.usher_user", user or "")
  end
end)
