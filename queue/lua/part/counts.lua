-- counts gives the figures of the season that every reply and every message
-- carries.
--
-- @include part/opening
-- @include part/wishes

-- used_now is the time that all users together have spent in places since the
-- line opened, ms. A time without ticks counts as ten seconds at most.
local function used_now()
  if line.ratedAt == 0 then return 0 end
  return line.used + call('SCARD', ACTIVE) * math.max(0, math.min(now - line.ratedAt, 10000))
end

-- counts lists the figures in the order of countsOf in reply.go.
local function counts()
  return {epoch or '0', int(line.version), int(micros), int(call('ZCARD', LIST)), int(call('SCARD', ACTIVE)),
    int(rules and rules.limit or 0), rules and rules.paused and '1' or '0', int(is_between_phases() and math.max(opening(), (phase()).opens) or opening()),
    is_open() and '1' or '0', int(line.rated > 0 and line.frees - line.freesThen or 0), int(used_now() - line.usedThen), int(line.news),
    int(rules and rules.perMinute or 0), int(line.front), int(line.passed), int(line.taken), run.no_seat and '1' or '0',
    is_between_phases() and '1' or '0', int(is_later_draw() and line.gatherFrom + 1 or 0), wishes.passes()}
end
