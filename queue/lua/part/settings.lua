-- settings reads the season's settings. Times are in ms.
--
-- @include part/epoch

-- read_rules returns the settings, nil while Redis has none.
local function read_rules()
  local v = call('HMGET', SETTINGS, 'revision', 'opensAt', 'closesAt', 'activeLimit', 'admitPerMinute',
    'turnWindow', 'lease', 'session', 'absence', 'forget', 'paused', 'returns')
  if not v[1] then return nil end
  return {revision = num(v[1]), opens = num(v[2]), closes = num(v[3]), limit = num(v[4]), perMinute = num(v[5]),
    window = num(v[6]), lease = num(v[7]), session = num(v[8]), absence = num(v[9]), forget = num(v[10]),
    paused = v[11] == '1', returns = v[12] == '1'}
end
local rules = read_rules()
