-- open starts a life of the season's data: what a lost Redis left of the line
-- is removed, and the epoch's key is set last.
--
-- ARGV   3 the epoch, 4 its first number, 5 the highest number the ledger
--        allows, 6 how long a lost line gathers (ms), 7 the state of the
--        season's draw (as freeze in line.lua has it), and once it was held: 8
--        the epoch of it, 9 the last number of those who gathered, 10 the time
--        of joining of the last one drawn (µs)
-- Reply  {'ok', the epoch there is; '' when it must be tried again, because Redis
--        has lost something since begin}
--
-- It may run twice, and on two nodes: an open season stays as it is.
if not epoch and call('HGET', OPENINGS, ARGV[3]) ~= server_life() then return {'ok', ''} end
if not epoch then
  -- UNLINK, because Redis would stand still while it frees a line of a million.
  for segment = 0, math.floor(num(ARGV[4]) / SEGMENT) do call('UNLINK', BITS .. int(segment)) end
  for _, node in ipairs(call('ZRANGE', NODES, '0', '-1')) do call('UNLINK', SOCKETS .. node, MAIL .. node) end
  -- Every key but the epoch's, the settings' and what was given up.
  for i = 3, 20 do call('UNLINK', KEYS[i]) end
  local gather = num(ARGV[6])
  call('HSET', LINE, 'first', ARGV[4], 'number', int(num(ARGV[4]) - 1), 'ceiling', ARGV[5],
    'gatherUntil', gather > 0 and int(now + gather) or '0', 'opened', '0',
    'draw', ARGV[7] or '0', 'drawEpoch', ARGV[8] or '0', 'drawLast', ARGV[9] or '0', 'joined', ARGV[10] or '0',
    'most', int(rules and rules.limit or 0))
  call('SET', EPOCH, ARGV[3])
  call('DEL', OPENINGS)
  return {'ok', ARGV[3]}
end
return {'ok', epoch}
