-- Asks Usher whether the browser of a request may pass, and sets
--   txn.usher           in, out or away
--   txn.usher_user      the user's id, of one who is in
--   txn.usher_location  the waiting page, for one who is out
--
-- The environment of HAProxy names the address of the check, GATEWAY_CHECK, and for how many
-- seconds one who was in stays in while Usher is away, GATEWAY_STALE.

local check = os.getenv("GATEWAY_CHECK")
local stale = tonumber(os.getenv("GATEWAY_STALE")) or 0

-- Who was in when: by session token. Both tables change places every stale seconds, so
-- that old tokens are forgotten.
local newer, older, turned = {}, {}, 0

local function remember(token, user)
  local now = core.now().sec
  if now - turned > stale then newer, older, turned = {}, newer, now end
  newer[token] = { user = user, at = now }
end

local function remembered(token)
  local known = newer[token] or older[token]
  if known and core.now().sec - known.at <= stale then return known.user end
end

local function one(headers, name)
  local values = headers[name]
  return values and values[0]
end

core.register_action("usher", { "http-req" }, function(txn)
  local headers = txn.http:req_get_headers()
  local cookie, authorization = one(headers, "cookie"), one(headers, "authorization")
  local token = (authorization or "") .. "|" .. (string.match("; " .. (cookie or ""), "; [^;=]*usher_session=([^;]*)") or "")

  local scheme = txn.sf:ssl_fc() == 1 and "https" or "http"
  local ask = { ["x-original-url"] = { scheme .. "://" .. (one(headers, "host") or "") .. txn.sf:pathq() } }
  if cookie then ask["cookie"] = { cookie } end
  if authorization then ask["authorization"] = { authorization } end

  local answer = core.httpclient():get { url = check, headers = ask, timeout = 4000 }
  local status = answer and answer.status or 0
  if status == 200 then
    local user = one(answer.headers, "usher-user") or ""
    if stale > 0 then remember(token, user) end
    txn:set_var("txn.usher", "in")
    txn:set_var("txn.usher_user", user)
  elseif status == 401 or status == 403 then
    txn:set_var("txn.usher", "out")
    txn:set_var("txn.usher_location", one(answer.headers, "usher-location") or "/")
  else
    local user = stale > 0 and remembered(token)
    txn:set_var("txn.usher", user and "in" or "away")
    txn:set_var("txn.usher_user", user or "")
  end
end)
