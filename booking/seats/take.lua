-- take marks seats as claimed by a transaction: from here on it no longer matters
-- when the hold ends.
-- ARGV: 1 epoch, 2 user, 3 transaction, then pairs of seat number and index.
-- Returns {'ok'}, or {'other', {index…}, {"<transaction> <user>"…}} with the marks
-- of other transactions that lie there; the seats without one are marked all the
-- same. {'ended'}, and nothing changed, when this call comes late: the transaction
-- is cancelled already. It may run twice: one's own mark is success.
local refusal = epoch_refusal()
if refusal then return refusal end

local user, transaction = ARGV[2], ARGV[3]
if redis.call('ZSCORE', ENDED, transaction) then return { 'ended' } end
local indexes, marks = {}, {}
for i = 4, #ARGV, 2 do
  local index = ARGV[i + 1]
  if take(index, transaction, user) == 'other' then
    indexes[#indexes + 1] = index
    marks[#marks + 1] = redis.call('HGET', TAKENBY, index)
  end
end
announce()
if #indexes > 0 then return { 'other', indexes, marks } end
return { 'ok' }
