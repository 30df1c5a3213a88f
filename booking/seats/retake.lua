-- retake marks seats that MongoDB knows as claimed, when a season's Redis data is
-- made anew. It only adds; taking a mark away is never its business.
-- ARGV: 1 epoch (ignored: it runs before the epoch is set), then per seat: seat
-- number, index, transaction, user, '1' when the purchase is captured.
-- Returns {'ok', how many marks of another transaction stood in the way}. It may
-- run twice: a mark that lies there is left.
local others = 0
for i = 2, #ARGV, 5 do
  local seat, index, transaction, user = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  if redis.call('ZSCORE', ENDED, transaction) then
    -- Cancelled while this caller was reading, and cleared already.
  elseif take(index, transaction, user) == 'other' then
    others = others + 1
  elseif ARGV[i + 4] == '1' then
    book(seat, index, transaction, user)
  end
end
announce()
return { 'ok', others }
