-- settle shows a captured purchase: its seats are sold, the holds they were bought
-- from end, and the buyer is told on whichever node.
-- ARGV: 1 epoch, 2 user, 3 transaction, 4 the transaction as JSON, to be announced,
-- then pairs of seat number and index.
-- Returns {'ok'}, or {'other', {index…}, {"<transaction> <user>"…}} with the marks
-- of other transactions that lie there, and then announces no transaction. It may
-- run twice: what is booked is booked, and the buyer hears the same again. A seat
-- given back since stays as it is, and then nothing is announced: the buyer has
-- heard of that, which is the newer news.
local refusal = epoch_refusal()
if refusal then return refusal end

local user, transaction = ARGV[2], ARGV[3]
local indexes, marks, returned = {}, {}, false
for i = 5, #ARGV, 2 do
  local seat, index = ARGV[i], ARGV[i + 1]
  -- The mark is missing when Redis has lost it; MongoDB has said whose the seat is.
  local given = take(index, transaction, user) == 'given'
  returned = returned or given
  if not given and book(seat, index, transaction, user) == 'other' then
    indexes[#indexes + 1] = index
    marks[#marks + 1] = redis.call('HGET', TAKENBY, index)
  end
end
local version = announce()
if #indexes > 0 then return { 'other', indexes, marks } end
if not returned then
  redis.call('PUBLISH', CHANNEL, string.format('{"v":%.0f,"x":%s}', version, ARGV[4]))
end
return { 'ok' }
