-- report ends a script: it admits, writes and publishes what changed, and makes
-- the reply.
--
-- Reply  {'ok', counts, states, news, tally, extra}. Every number is a text,
--        because Lua's own conversion loses digits.
--        counts  as in counts.lua
--        states  as in user_state, one for each user the script was asked for
--        news    the message that was published, '' for none
--        tally   {users admitted, turns missed, {how long each admitted user waited, µs}}
--        extra   what the script adds, see its header
--
-- It may run twice: admitting depends only on the data.
--
-- @include part/admission
-- @include part/counts
-- @include part/places

local listed -- how many users are in line; nil until user_state needs it

-- state_text joins the parts of a user's state. One text costs Redis and its
-- reader a fraction of what a list of ten costs.
local function state_text(user, state, number, position, deadline, session, reason, joined, origin, turn)
  return state .. ' ' .. number .. ' ' .. position .. ' ' .. deadline .. ' ' .. session .. ' ' .. reason .. ' ' ..
    joined .. ' ' .. origin .. ' ' .. turn .. ' ' .. user
end

local function outsider_text(user)
  local lapse = call('ZSCORE', LAPSES, user)
  return state_text(user, STATE_NONE, '0', '0', '0', '0', lapse and REASONS[num(lapse) % 8] or '', '0', '0', '')
end

-- user_state describes a user: state, number, position, deadline (ms), end of the
-- session (ms), reason of the last lapse, time of joining (µs), epoch of the
-- number, turn (of a user in line: since and wish, as in part/wishes.lua), user.
local function user_state(user)
  local nth = tail.nth[user]
  if nth then
    if gathers(num(tail.numbers[nth])) then return STATE_GATHERING .. ' ' .. tail.numbers[nth] .. ' 0' .. tail.rest[nth] end
    -- The users appended behind this one are still in line, since admission takes
    -- those before them first.
    listed = listed or call('ZCARD', LIST)
    return STATE_WAITING .. ' ' .. tail.numbers[nth] .. ' ' .. listed - tail.count + nth .. tail.rest[nth]
  end
  if outside[user] and not run.is_notified[user] then return outsider_text(user) end
  local number, joined, origin, turn = place_of(user)
  if number then
    local deadline = call('ZSCORE', TURNS, user)
    if deadline then
      return state_text(user, STATE_TURN, int(number), '0', int(num(deadline)), '0', '', int(joined), origin, turn)
    end
    return state_text(user, STATE_ACTIVE, int(number), '0', int(num(call('ZSCORE', LEASES, user))),
      int(num(call('ZSCORE', SESSIONS, user))), '', int(joined), origin, turn)
  end
  number = call('HGET', NUMBERS, user)
  if number then
    local state, position = STATE_GATHERING, '0'
    if not gathers(num(number)) then state, position = STATE_WAITING, int(num(call('ZRANK', LIST, user)) + 1) end
    return state_text(user, state, int(num(number)), position, '0', '0', '', int(num(call('ZSCORE', LIST, user))),
      call('HGET', ORIGINS, user) or epoch, line.wishes > 0 and call('HGET', WISHES, user) or '')
  end
  return outsider_text(user)
end

-- publish sends the states of the users who have a socket, to every node. It
-- returns the message, '' when there was nothing to send.
local function publish()
  local states = {}
  listed = nil
  for _, user in ipairs(run.notified) do
    if call('HEXISTS', CONN, user) == 1 then states[#states + 1] = user_state(user) end
  end
  if #states == 0 and #run.replaced == 0 and not run.moved then return '' end
  put('news', line.news + 1)
  local message = {c = counts()}
  if #states > 0 then message.u = states end
  if #run.replaced > 0 then message.r = run.replaced end
  if run.moved then message.m = '1' end
  message = cjson.encode(message)
  call('PUBLISH', ARGV[2], message)
  return message
end

-- finish ends the script and returns its reply.
local function finish(users, extra)
  promote()
  if run.changed then put('version', line.version + 1) end
  local message = publish()
  for name in pairs(unsaved) do
    local value = line[name]
    if name == 'allowance' then value = string.format('%.6f', value) else value = int(value) end
    call('HSET', LINE, name, value)
  end
  local states = {}
  listed = nil
  for i, user in ipairs(users) do states[i] = user_state(user) end
  return {'ok', counts(), states, message, {int(run.admitted), int(run.missed), run.waits}, extra or {}}
end
