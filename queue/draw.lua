-- draw gives fans of a frozen line the places they drew, a portion at a time,
-- and with the last one opens the line.
--
-- ARGV   3 the epoch and 4 the last number of those who gathered, as the ledger
--        has them; 5 how many were given theirs before this portion, 6 how many
--        drew; from 7 users in the order drawn
-- Extra  {the state of the draw, last number of the gathered, opening (µs), how
--        many have theirs, '1' when the ledger allows every number drawn, latest
--        time of joining (µs) of the gathered}
--
-- It may run twice, and late, on many nodes: a portion counts once, and only
-- where it follows the one before. Whoever has left meanwhile has no place.
sweep()
local from, enough = num(ARGV[5]), line.number <= line.ceiling
if line.draw == 2 and enough and ARGV[3] == epoch and num(ARGV[4]) == line.drawLast and from == line.drawn then
  for i = 7, #ARGV do
    local user, rank = ARGV[i], from + i - 6
    local has = num(call('HGET', NUMBERS, user))
    if has > 0 and has <= line.drawLast then
      clear_bit(has)
      local number = line.drawLast + rank
      call('ZADD', LIST, int(line.drawAt + rank), user)
      call('HSET', NUMBERS, user, int(number))
      call('HDEL', ORIGINS, user)
      call('ZADD', READY, 'XX', int(number), user)
      set_bit(number)
    end
  end
  put('drawn', from + #ARGV - 6)
  changed = true
  if line.drawn >= num(ARGV[6]) then
    put('draw', 3)
    watch_opening()
  end
end
return finish({}, {int(line.draw), int(line.drawLast), int(line.drawAt), int(line.drawn), enough and '1' or '0', int(line.drawCut)})
