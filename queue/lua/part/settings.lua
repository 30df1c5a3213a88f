-- settings reads the season's settings. Times are in ms.
--
-- @include part/epoch

-- read_phases returns the phases in order; none for a season without phases. A phase
-- that closes at 0 stays open.
local function read_phases(text)
  local phases = {}
  for opens, closes, code in string.gmatch(text or '', '(%d+) (%d+) ([01])') do
    phases[#phases + 1] = {opens = num(opens), closes = num(closes), code = code == '1'}
  end
  return phases
end

-- read_rules returns the settings, nil while Redis has none.
local function read_rules()
  local v = call('HMGET', SETTINGS, 'revision', 'opensAt', 'closesAt', 'activeLimit', 'admitPerMinute',
    'turnWindow', 'lease', 'session', 'absence', 'forget', 'paused', 'returns', 'phases', 'over')
  if not v[1] then return nil end
  return {revision = num(v[1]), opens = num(v[2]), closes = num(v[3]), limit = num(v[4]), perMinute = num(v[5]),
    window = num(v[6]), lease = num(v[7]), session = num(v[8]), absence = num(v[9]), forget = num(v[10]),
    paused = v[11] == '1', returns = v[12] == '1', phases = read_phases(v[13]), over = v[14] == '1'}
end
local rules = read_rules()
