-- line.lua stands before every script of this package: the season's keys, the
-- clock, the settings, and the acts that every script ends with. Nothing here
-- returns to the caller but the refusal of a wrong epoch.
--
-- KEYS   as listed by keysOf in keys.go; the last three are prefixes of keys
--        in the same slot
-- ARGV   1 the epoch the caller knows ('-' for any), 2 the channel of news
-- Reply  {'epoch', the epoch there is or ''} when the caller's is another; else
--        {'ok', counts, records, news, tally, extra} by finish, every number a
--        string, because Lua's own forms lose digits.
--
-- It may run twice: each script says why of its own part; lapsing, forgetting
-- and admitting depend only on what is there.
local call = redis.call
local EPOCH, SETTINGS, LINE, LIST, NUMBERS, ORIGINS, READY, PRESENT, ABSENT = unpack(KEYS, 1, 9)
local ACTIVE, TURNS, LEASES, SESSIONS, PLACES, LAPSES, CONN, WHERE, NODES = unpack(KEYS, 10, 18)
local RATES, SEGMENTS, GIVEN_UP, OPENINGS, BITS, SOCKETS, MAIL = unpack(KEYS, 19, 25)

local SEGMENT = 1048576 -- numbers a bitmap segment holds
local SILENCE = 3000    -- ms after which a node that says nothing is dead
local AT_ONCE = 1000    -- users one run admits, forgets or marks absent at most
local REASONS = {'turn_missed', 'idle', 'session_ended', 'put_out', 'absent'}

local epoch = call('GET', EPOCH)
if ARGV[1] ~= '-' and epoch ~= ARGV[1] then return {'epoch', epoch or ''} end

local function int(n) return string.format('%d', n) end
local function num(v) return tonumber(v or '0') or 0 end

local clock = call('TIME')
local micros = num(clock[1]) * 1000000 + num(clock[2])
local now = math.floor(micros / 1000)

local rules -- the season's settings; nil while none are there
local function read_rules()
  local v = call('HMGET', SETTINGS, 'revision', 'opensAt', 'closesAt', 'activeLimit', 'admitPerMinute',
    'turnWindow', 'lease', 'session', 'absence', 'forget', 'paused')
  rules = nil
  if v[1] then
    rules = {revision = num(v[1]), opens = num(v[2]), closes = num(v[3]), limit = num(v[4]), perMinute = num(v[5]),
      window = num(v[6]), lease = num(v[7]), session = num(v[8]), absence = num(v[9]), forget = num(v[10]),
      paused = v[11] == '1'}
  end
end
read_rules()

local line, dirty = {}, {}
do
  local names = {'version', 'number', 'joined', 'ceiling', 'first', 'gatherUntil', 'connection', 'allowance',
    'allowanceAt', 'news', 'opened', 'tickAt', 'ratedAt', 'frees', 'used', 'turns',
    'rated', 'freesThen', 'usedThen', 'front', 'passed', 'taken',
    'draw', 'drawEpoch', 'drawLast', 'drawAt', 'drawCut', 'drawn'}
  local v = call('HMGET', LINE, unpack(names))
  for i, name in ipairs(names) do line[name] = num(v[i]) end
end
local function put(name, value)
  line[name] = value
  dirty[name] = true
end

local changed, moved = false, false         -- the line is another; somebody left it
local told, told_of, replaced = {}, {}, {}  -- whose standing changed; {user, conn} of newer sockets
local fresh, fresh_ones = {}, 0             -- of those this run put at the end of the line: user -> how many with this one
local fresh_number, fresh_rest = {}, {}     -- … and by that, what their records say before and after the position
local admitted, missed, waits = 0, 0, {}

local function tell(user)
  changed = true
  if not told_of[user] then
    told_of[user] = true
    told[#told + 1] = user
  end
end

-- is_open flips at opensAt and when a lost line has gathered long enough; the
-- flip itself is a change, so that statuses before and after never share a
-- version.
local function opening()
  return math.max(rules and rules.opens or 0, line.gatherUntil)
end
local function is_open() return line.opened == 1 end

-- freeze ends the gathering for a line whose order is drawn (draw: 0 by arrival,
-- 1 gathering, 2 frozen, 3 drawn). The numbers after the last one given out are
-- kept for the drawn; who comes now is behind them.
local function freeze()
  local gathered = call('ZCARD', LIST)
  put('draw', 2)
  put('drawn', 0)
  put('drawEpoch', num(epoch))
  put('drawLast', line.number)
  put('drawAt', rules and rules.opens > 0 and rules.opens * 1000 or micros)
  put('number', line.number + gathered)
  put('joined', math.max(line.joined, line.drawAt + gathered))
  put('drawCut', line.joined)
  changed = true
end
local function watch_opening()
  local due = epoch and now >= opening()
  if due and line.draw == 1 then freeze() end
  local open = due and line.draw ~= 2
  if open ~= is_open() then
    put('opened', open and 1 or 0)
    changed, moved = true, true
  end
end


local function clear_bit(number)
  local segment = int(math.floor(number / SEGMENT))
  call('SETBIT', BITS .. segment, int(number % SEGMENT), '0')
  if call('HINCRBY', SEGMENTS, segment, -1) <= 0 then
    call('HDEL', SEGMENTS, segment)
    call('DEL', BITS .. segment)
  end
end
local function set_bit(number)
  local segment = int(math.floor(number / SEGMENT))
  call('SETBIT', BITS .. segment, int(number % SEGMENT), '1')
  call('HINCRBY', SEGMENTS, segment, 1)
end

-- unline takes a user out of the line and returns number, joined and origin, or
-- nothing when the user is not in it.
local function unline(user)
  local number = call('HGET', NUMBERS, user)
  if not number then return nil end
  number = num(number)
  fresh[user] = nil
  local joined = num(call('ZSCORE', LIST, user))
  local origin = call('HGET', ORIGINS, user)
  if origin then call('HDEL', ORIGINS, user) else origin = epoch end
  call('ZREM', LIST, user)
  call('HDEL', NUMBERS, user)
  call('ZREM', READY, user)
  call('ZREM', PRESENT, user)
  call('ZREM', ABSENT, user)
  clear_bit(number)
  moved = true
  tell(user)
  return number, joined, origin
end

-- inline puts a user into the line.
local function inline(user, number, joined, origin)
  call('ZADD', LIST, int(joined), user)
  call('HSET', NUMBERS, user, int(number))
  if origin ~= epoch then call('HSET', ORIGINS, user, origin) end
  set_bit(number)
  call('ZREM', LAPSES, user)
  tell(user)
end

local function place_of(user)
  local place = call('HGET', PLACES, user)
  if not place then return nil end
  local number, joined, origin, turn = string.match(place, '^(%d+):(%d+):(%d+):(.*)$')
  return num(number), num(joined), origin, turn
end

-- give_up notes that a number may be brought back by nobody, for the ledger to
-- learn of soon.
local function give_up(user, number, origin)
  call('SADD', GIVEN_UP, origin .. '/' .. int(number) .. ' ' .. user)
end

-- vacate frees a place, in turn or active. Who is active has spent the number.
local function vacate(user)
  local number, _, origin = place_of(user)
  if not number then return false end
  call('HDEL', PLACES, user)
  call('SREM', ACTIVE, user)
  if call('ZREM', TURNS, user) == 1 then give_up(user, number, origin) end
  call('ZREM', LEASES, user)
  call('ZREM', SESSIONS, user)
  put('frees', line.frees + 1)
  tell(user)
  return true
end

local function note_lapse(user, reason)
  for code, name in ipairs(REASONS) do
    if name == reason then call('ZADD', LAPSES, int(now * 8 + code), user) end
  end
end

-- present and absent: ready holds who may be offered a place. A socket is proof
-- of presence without end; a request is for a while.
local function mark_absent(user)
  call('ZREM', PRESENT, user)
  if call('ZREM', READY, user) == 1 then
    call('ZADD', ABSENT, int(now + (rules and rules.forget or 900000)), user)
  end
end
local function mark_present(user, number, by_socket)
  if by_socket then
    call('ZREM', PRESENT, user)
  else
    call('ZADD', PRESENT, int(now + (rules and rules.absence or 120000)), user)
  end
  call('ZREM', ABSENT, user)
  call('ZADD', READY, int(number), user)
end

-- renew gives a lease its full time again, but never past the session's end.
local function renew(user)
  local session = call('ZSCORE', SESSIONS, user)
  if rules and session then call('ZADD', LEASES, 'XX', int(math.min(now + rules.lease, num(session))), user) end
end

-- alive takes a request or an opened socket as a sign of life.
local function alive(user)
  if call('ZSCORE', LEASES, user) then return renew(user) end
  local number = call('HGET', NUMBERS, user)
  if number then mark_present(user, num(number), call('HEXISTS', CONN, user) == 1) end
end

local function overdue(key)
  return call('ZRANGEBYSCORE', key, '-inf', int(now), 'LIMIT', '0', tostring(AT_ONCE))
end

-- sweep removes what has run out before anything is counted. Nobody with a
-- socket is idle: where none of its node's heartbeats was heard for a whole
-- lease, Redis itself was away. Nobody at all is idle after a time in which no
-- node was there to hear a fan. What a lost line left is nobody's: open removes
-- it.
local function sweep()
  watch_opening()
  if not epoch then return end
  local unheard = line.tickAt > 0 and now - line.tickAt > SILENCE
  local function lapse_all(key, reason)
    while true do
      local users = overdue(key)
      for _, user in ipairs(users) do
        if key == LEASES and rules and (unheard or call('HEXISTS', CONN, user) == 1) then
          renew(user)
        elseif vacate(user) then
          note_lapse(user, reason)
          if reason == 'turn_missed' then missed = missed + 1 end
        else
          call('ZREM', key, user)
        end
      end
      if #users < AT_ONCE then return end
    end
  end
  lapse_all(TURNS, 'turn_missed')
  lapse_all(SESSIONS, 'session_ended')
  lapse_all(LEASES, 'idle')
  for _, user in ipairs(overdue(PRESENT)) do
    if call('HEXISTS', CONN, user) == 1 then call('ZREM', PRESENT, user) else mark_absent(user) end
  end
  for _, user in ipairs(overdue(ABSENT)) do
    local number, _, origin = unline(user)
    if number then
      give_up(user, number, origin)
      note_lapse(user, 'absent')
    else
      call('ZREM', ABSENT, user)
    end
  end
end

-- allowance is how many the per-minute bucket lets in now. It holds two
-- seconds' worth, and always one.
local function allowance()
  if rules.perMinute <= 0 then return AT_ONCE end
  local full = math.max(1, rules.perMinute / 30)
  if now < line.allowanceAt then return full end -- the clock was put back
  return math.min(full, line.allowance + (now - line.allowanceAt) * rules.perMinute / 60000)
end

-- room is how many may be admitted now.
local function room()
  if not epoch or not rules or rules.paused or not is_open() then return 0 end
  return math.min(rules.limit - call('SCARD', ACTIVE), math.floor(allowance()), AT_ONCE)
end

-- admit gives a place: a turn, or, straight in, a lease and a session. The
-- turn's name is drawn from the version, so that no two turns share one.
local function activate(user)
  call('ZREM', TURNS, user)
  call('ZADD', LEASES, int(now + math.min(rules.lease, rules.session)), user)
  call('ZADD', SESSIONS, int(now + rules.session), user)
  tell(user)
end
local function admit(user, number, joined, origin, straight_in)
  if rules.perMinute > 0 then
    put('allowance', allowance() - 1)
    put('allowanceAt', now)
  end
  call('SADD', ACTIVE, user)
  call('HSET', PLACES, user, int(number) .. ':' .. int(joined) .. ':' .. origin .. ':' .. epoch .. '.' .. int(line.version + 1))
  call('ZREM', LAPSES, user)
  if straight_in then activate(user) else call('ZADD', TURNS, int(now + rules.window), user) end
  put('turns', line.turns + 1)
  call('HINCRBY', RATES, 'a' .. int(math.floor(now / 10000)), 1)
  admitted = admitted + 1
  waits[#waits + 1] = int(math.max(0, micros - joined))
  tell(user)
end

-- promote admits from those present, by number, while there is room.
local function promote()
  local free = room()
  if free <= 0 then return end
  local first = call('ZPOPMIN', READY, int(free))
  for i = 1, #first, 2 do
    local number, joined, origin = unline(first[i])
    if number then admit(first[i], number, joined, origin, false) end
  end
end

-- record is a user's standing: state, number, position, deadline (ms), session
-- end (ms), reason of the last lapse, joined (µs), origin epoch, turn, user. It
-- is one text, with spaces between: a list of ten costs Redis and its reader
-- several times as much.
local function standing(user, state, number, position, deadline, session, reason, joined, origin, turn)
  return state .. ' ' .. number .. ' ' .. position .. ' ' .. deadline .. ' ' .. session .. ' ' .. reason .. ' ' ..
    joined .. ' ' .. origin .. ' ' .. turn .. ' ' .. user
end
local listed -- how many are in line, while records are read
local function record(user)
  local nth = fresh[user]
  if nth then
    if not is_open() then return 'gathering ' .. fresh_number[nth] .. ' 0' .. fresh_rest[nth] end
    -- Who came behind in this run is behind in admission too, and still there.
    listed = listed or call('ZCARD', LIST)
    return 'waiting ' .. fresh_number[nth] .. ' ' .. listed - fresh_ones + nth .. fresh_rest[nth]
  end
  local number, joined, origin, turn = place_of(user)
  if number then
    local deadline = call('ZSCORE', TURNS, user)
    if deadline then
      return standing(user, 'turn', int(number), '0', int(num(deadline)), '0', '', int(joined), origin, turn)
    end
    return standing(user, 'active', int(number), '0', int(num(call('ZSCORE', LEASES, user))),
      int(num(call('ZSCORE', SESSIONS, user))), '', int(joined), origin, turn)
  end
  number = call('HGET', NUMBERS, user)
  if number then
    local state, position = 'gathering', '0'
    if is_open() then state, position = 'waiting', int(num(call('ZRANK', LIST, user)) + 1) end
    return standing(user, state, int(num(number)), position, '0', '0', '', int(num(call('ZSCORE', LIST, user))),
      call('HGET', ORIGINS, user) or epoch, '')
  end
  local lapse = call('ZSCORE', LAPSES, user)
  return standing(user, 'none', '0', '0', '0', '0', lapse and REASONS[num(lapse) % 8] or '', '0', '0', '')
end

-- used_now is the time spent in places since the line opened, all together. A
-- while in which nobody ticked counts as ten seconds at most.
local function used_now()
  if line.ratedAt == 0 then return 0 end
  return line.used + call('SCARD', ACTIVE) * math.max(0, math.min(now - line.ratedAt, 10000))
end

local function counts()
  return {epoch or '0', int(line.version), int(micros), int(call('ZCARD', LIST)), int(call('SCARD', ACTIVE)),
    int(rules and rules.limit or 0), rules and rules.paused and '1' or '0', int(opening()),
    is_open() and '1' or '0', int(line.rated > 0 and line.frees - line.freesThen or 0), int(used_now() - line.usedThen), int(line.news),
    int(rules and rules.perMinute or 0), int(line.front), int(line.passed), int(line.taken)}
end

-- finish admits, writes what changed, says it to every node, and answers with
-- the records of the users asked for.
local function finish(users, extra)
  promote()
  if changed then put('version', line.version + 1) end
  local news = {}
  listed = nil
  for _, user in ipairs(told) do
    if call('HEXISTS', CONN, user) == 1 then news[#news + 1] = record(user) end
  end
  local message = ''
  if #news > 0 or #replaced > 0 or moved then
    put('news', line.news + 1)
    message = {c = counts()}
    if #news > 0 then message.u = news end
    if #replaced > 0 then message.r = replaced end
    if moved then message.m = '1' end
    message = cjson.encode(message)
    call('PUBLISH', ARGV[2], message)
  end
  for name in pairs(dirty) do
    local value = line[name]
    if name == 'allowance' then value = string.format('%.6f', value) else value = int(value) end
    call('HSET', LINE, name, value)
  end
  local records = {}
  listed = nil
  for i, user in ipairs(users) do records[i] = record(user) end
  return {'ok', counts(), records, message, {int(admitted), int(missed), waits}, extra or {}}
end

