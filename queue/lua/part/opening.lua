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
