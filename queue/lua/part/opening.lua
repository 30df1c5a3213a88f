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

-- phase is the first phase that has not closed; nil for a season without phases, and
-- after the last one.
local function phase()
  for _, p in ipairs(rules and rules.phases or {}) do
    if p.closes == 0 or now < p.closes then return p end
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
  local gathered = call('ZCARD', LIST)
  put('draw', DRAW_FROZEN)
  put('drawn', 0)
  put('drawEpoch', num(epoch))
  put('drawLast', line.number)
  put('drawAt', rules and rules.opens > 0 and rules.opens * 1000 or micros)
  put('number', line.number + gathered)
  put('joined', math.max(line.joined, line.drawAt + gathered))
  put('drawCut', line.joined)
  run.changed = true
end

-- update_opening opens or closes the line when that is due. Opening is a change
-- of its own, so statuses before and after it never share a version.
local function update_opening()
  local due = epoch and now >= opening()
  if due and line.draw == DRAW_GATHERING then freeze() end
  local open = due and line.draw ~= DRAW_FROZEN
  if open ~= is_open() then
    put('opened', open and 1 or 0)
    run.changed, run.moved = true, true
  end
end
