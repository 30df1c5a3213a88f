-- keep lets the holds that a purchase has pinned live on, while nobody can say how
-- it ends.
-- ARGV: 1 epoch, 2 user, 3 transaction, 4 ms to live, then pairs of seat number and
-- index.
-- Returns {'ok'}. It may run twice: it touches only what this transaction has pinned,
-- which ends with the purchase whatever time is left.
local refusal = epoch_refusal()
if refusal then return refusal end

for i = 5, #ARGV, 2 do
  if redis.call('GET', HOLD .. ARGV[i]) == ARGV[2] .. ' ' .. ARGV[3] then
    redis.call('PEXPIRE', HOLD .. ARGV[i], ARGV[4])
  end
end
return { 'ok' }
