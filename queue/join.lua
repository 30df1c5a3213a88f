-- join puts users in line, or straight in while there is room and nobody
-- present waits.
--
-- ARGV   from 3, by fours: user, number of a place brought back or 0, its time
--        of joining (µs), the epoch it was drawn in
-- Extra  a user each: 'ok', 'brought' (in line by the place brought back),
--        'closed' (the season has closed) or 'full' (the numbers the ledger
--        allows are used up)
--
-- It may run twice: whoever is in line or has a place keeps what is there,
-- unless the place brought back is an earlier one.
sweep()
promote()
local users, verdicts = {}, {}
local closed = rules and rules.closes > 0 and now >= rules.closes
for i = 3, #ARGV, 4 do
  local user, number, joined, origin = ARGV[i], num(ARGV[i + 1]), num(ARGV[i + 2]), ARGV[i + 3]
  local verdict = 'ok'
  local brought = number > 0 and number < line.first and
    call('GETBIT', BITS .. int(math.floor(number / SEGMENT)), int(number % SEGMENT)) == 0
  local has = call('HGET', NUMBERS, user)
  if has and brought and not closed and number < num(has) then
    -- Who joined before bringing the place back stands where it says.
    unline(user)
    has = nil
  end
  if call('HEXISTS', PLACES, user) == 1 or has then
    alive(user)
  elseif closed then
    verdict = 'closed'
  elseif brought then
    -- A place brought back never goes straight in: its turn must first be
    -- entered in the ledger as spent.
    inline(user, number, joined, origin)
    alive(user)
    put('joined', math.max(line.joined, joined)) -- the clock may be another than then
    moved, verdict = true, 'brought'
  elseif line.number >= line.ceiling then
    verdict = 'full'
  else
    put('number', line.number + 1)
    put('joined', math.max(line.joined + 1, micros))
    if call('ZCARD', READY) == 0 and room() > 0 then
      admit(user, line.number, line.joined, epoch, true)
    else
      inline(user, line.number, line.joined, epoch)
      alive(user)
    end
  end
  users[#users + 1] = user
  verdicts[#verdicts + 1] = verdict
end
return finish(users, verdicts)
