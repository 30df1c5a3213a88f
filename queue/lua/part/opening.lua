-- opening decides whether the line is open, and freezes a line whose order is
-- drawn.
--
-- @include part/clock
-- @include part/settings
-- @include part/state

-- opening is when admission begins: at opensAt, and after a lost line has
-- gathered.
local function opening()
  return math.max(rules and rules.opens or 0, line.gatherUntil)
end

local function is_open() return line.opened == 1 end

-- phase is the first phase that has not closed, and its place in the list; nil for a
-- season without phases, and after the last one.
local function phase()
  for i, p in ipairs(rules and rules.phases or {}) do
    if p.closes == 0 or now < p.closes then return p, i end
  end
  return nil
end

-- is_later_draw reports whether users gather, or are being drawn, for a phase behind
-- the first. Users with numbers up to gatherFrom waited before: the line stays open
-- for them.
local function is_later_draw()
  return line.drawNth > 1 and (line.draw == DRAW_GATHERING or line.draw == DRAW_FROZEN)
end

-- gathers reports whether a user in line with this number waits for an order.
local function gathers(number)
  return not is_open() or is_later_draw() and number > line.gatherFrom
end

-- spans are the numbers of the users who gathered for each draw: the last number in
-- front of them, the last of them, and the epoch of the draw.
local function spans()
  local text = call('HGET', LINE, 'drawSpans')
  if text then return text end
  -- A line of the program before has one draw, and no spans.
  if line.draw >= DRAW_FROZEN and line.drawNth == 0 then return '0 ' .. int(line.drawLast) .. ' ' .. int(line.drawEpoch) .. ';' end
  return ''
end

-- drawn_in is the epoch of the draw for which the user of a number gathered; nil for a
-- number that was in no draw.
local function drawn_in(number)
  for from, last, of in string.gmatch(spans(), '(%d+) (%d+) (%d+);') do
    if number > num(from) and number <= num(last) then return num(of) end
  end
  return nil
end

-- needs_code reports whether a user who is not in line yet needs a code to join.
-- Before a phase opens, users join for that phase.
local function needs_code()
  local p = phase()
  return p ~= nil and p.code
end

-- is_between_phases reports whether the next phase has yet to open. The line keeps its
-- order then, and no user is admitted.
local function is_between_phases()
  local p = phase()
  return p ~= nil and now < p.opens
end

-- freeze ends the gathering before a draw. It reserves the numbers behind the
-- last one given out for the users who have gathered; users who join from now on
-- get numbers behind the reserved ones.
local function freeze()
  local gathered, at = call('ZCARD', LIST), rules and rules.opens > 0 and rules.opens * 1000 or micros
  if line.drawNth > 1 then
    -- Numbers are given out once, so there are no more users than numbers.
    gathered = math.min(gathered, line.number - line.gatherFrom)
    local p = phase()
    at = math.max(line.gatherJoined, p and p.opens * 1000 or micros)
  else
    put('drawNth', 1)
    put('gatherFrom', 0)
  end
  call('HSET', LINE, 'drawSpans', spans() .. int(line.gatherFrom) .. ' ' .. int(line.number) .. ' ' .. epoch .. ';')
  put('draw', DRAW_FROZEN)
  put('drawn', 0)
  put('drawEpoch', num(epoch))
  put('drawLast', line.number)
  put('drawAt', at)
  put('number', line.number + gathered)
  put('joined', math.max(line.joined, line.drawAt + gathered))
  put('drawCut', line.joined)
  run.changed = true
end

-- is_promised reports whether the ledger has committed the season to a draw.
local function is_promised(nth) return math.floor(line.promised / 2 ^ nth) % 2 == 1 end

-- gather begins the gathering for the draw of the next phase, when the phase before has
-- closed. The draw has the number of its phase, or a higher one when the phases were
-- changed and that draw is over.
local function gather()
  if not epoch or line.draw == DRAW_GATHERING or line.draw == DRAW_FROZEN or not is_between_phases() then return end
  local _, i = phase()
  local nth = math.max(i, line.drawNth + 1)
  if i < 2 or not is_promised(nth) then return end
  local before = spans()
  if before ~= '' then call('HSET', LINE, 'drawSpans', before) end
  put('draw', DRAW_GATHERING)
  put('drawNth', nth)
  put('gatherFrom', line.number)
  put('gatherJoined', line.joined)
  run.changed = true
end

-- update_opening opens or closes the line when that is due. Opening is a change
-- of its own, so statuses before and after it never share a version.
local function update_opening()
  local due = epoch and now >= opening()
  local over = rules and rules.over -- no order is drawn any more
  if due and not over and line.draw == DRAW_GATHERING and (line.drawNth <= 1 or not is_between_phases()) then freeze() end
  if not over then gather() end
  local open = due and (line.draw ~= DRAW_FROZEN or line.drawNth > 1)
  if open ~= is_open() then
    put('opened', open and 1 or 0)
    run.changed, run.moved = true, true
  end
end
