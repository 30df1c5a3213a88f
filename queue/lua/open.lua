-- open opens an epoch: it removes what a lost Redis has left of the line, and
-- sets the epoch's key last.
--
-- ARGV   3 the epoch, 4 its first number, 5 the highest number the ledger
--        allows, 6 how long a lost line gathers (ms), 7 the state of the
--        season's draw, 8 the draws that the ledger has committed the season to,
--        as in configure.lua, 9 the number of the draw; for the last draw that is
--        over 10 its epoch, 11 the last number of the users who gathered, 12 the
--        time of joining of the last user drawn (µs); 13 the last number in front
--        of the users who gather ('': not recorded, so every earlier number is),
--        14 their latest time of joining (µs), 15 the spans of the draws held
-- Reply  {'ok', the current epoch; '' when the opening must be tried again, since
--        Redis has lost something after begin}
--
-- It may run twice, and on two nodes: an open season stays as it is.
--
-- @include keys_of_epoch
-- @include part/server
-- @include part/settings
-- @include part/clock
if epoch then return {'ok', epoch} end
if call('HGET', OPENINGS, ARGV[3]) ~= server_run() then return {'ok', ''} end
-- UNLINK, because DEL of a line of a million users would stop Redis for a while.
for segment = 0, math.floor(num(ARGV[4]) / SEGMENT) do call('UNLINK', BITS .. int(segment)) end
for _, node in ipairs(call('ZRANGE', NODES, '0', '-1')) do call('UNLINK', SOCKETS .. node, MAIL .. node) end
-- The keys of groups go before the list that names them.
for _, group in ipairs(call('ZRANGE', WISH_HEADS, '0', '-1')) do call('UNLINK', WISHERS .. group) end
for _, key in ipairs(KEYS_OF_EPOCH) do call('UNLINK', key) end
local gather = num(ARGV[6])
call('HSET', LINE, 'first', ARGV[4], 'number', int(num(ARGV[4]) - 1), 'ceiling', ARGV[5],
  'gatherUntil', gather > 0 and int(now + gather) or '0', 'opened', '0',
  'draw', ARGV[7] or '0', 'promised', ARGV[8] or '0', 'drawNth', ARGV[9] or '0', 'drawEpoch', ARGV[10] or '0',
  'drawLast', ARGV[11] or '0', 'joined', ARGV[12] or '0',
  'gatherFrom', (ARGV[13] or '') ~= '' and ARGV[13] or int(num(ARGV[4]) - 1), 'gatherJoined', ARGV[14] or '0', 'drawSpans', ARGV[15] or '',
  'most', int(rules and rules.limit or 0))
call('SET', EPOCH, ARGV[3])
call('DEL', OPENINGS)
return {'ok', ARGV[3]}
