-- marks writes which transaction has taken a seat. A mark is compared with the
-- transaction before it is changed, so a late or repeated script never touches the
-- mark of another transaction.
--
-- A seat in an allotment has a mark, too: its transaction is the change that put the
-- seat there, and its user is ALLOTMENT.
--
-- @include part/fence
-- @include part/report

-- foreign are the marks of other transactions that this run met.
local foreign = { indexes = {}, marks = {} }

-- is_allotment returns whether a mark is that of a change of allotments.
local function is_allotment(mark) return string.sub(mark, -1 - #ALLOTMENT) == ' ' .. ALLOTMENT end

-- is_marked returns whether a seat has the mark of a transaction.
local function is_marked(index, transaction, user)
  return call('HGET', MARKS, index) == transaction .. ' ' .. user
end

-- take marks a seat as taken by a transaction of a user. The hold stays: the user
-- sees the seat in the cart until the order is decided. It returns whether the seat
-- has the mark of the transaction now, and changes nothing where another
-- transaction has marked the seat, or where the transaction has refunded it.
local function take(index, transaction, user)
  if is_refunded(index, transaction) then return false end
  local mark, own = call('HGET', MARKS, index), transaction .. ' ' .. user
  if mark and mark ~= own then
    foreign.indexes[#foreign.indexes + 1] = index
    foreign.marks[#foreign.marks + 1] = mark
    return false
  end
  if not mark then
    call('HSET', MARKS, index, own)
    call('SETBIT', TAKEN, index, 1)
    call('HINCRBY', BOUGHT, user, 1)
    if user == ALLOTMENT then call('SETBIT', ALLOTTED, index, 1) end
    changes.seats = true
  end
  return true
end

-- unmark removes the mark of a transaction from a seat. It returns whether the mark
-- was there.
local function unmark(index, transaction, user)
  if not is_marked(index, transaction, user) then return false end
  call('HDEL', MARKS, index)
  call('SETBIT', TAKEN, index, 0)
  call('SETBIT', BOOKED, index, 0)
  call('SETBIT', ALLOTTED, index, 0)
  if call('HINCRBY', BOUGHT, user, -1) <= 0 then call('HDEL', BOUGHT, user) end
  changes.seats = true
  return true
end

-- marks_reply returns the reply of a script that marks seats: {'ok'}, or {'other',
-- {index…}, {mark…}} with the marks of other transactions.
local function marks_reply()
  if #foreign.indexes > 0 then return {OUTCOME_OTHER, foreign.indexes, foreign.marks} end
  return {OUTCOME_OK}
end
