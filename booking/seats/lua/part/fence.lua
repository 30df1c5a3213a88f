-- fence reads the tombstones of cancelled transactions and of refunded seats. They
-- fence late scripts: a script of a stalled node must not pin or mark for them.
--
-- @include part/redis

-- is_ended returns whether a transaction was cancelled.
local function is_ended(transaction) return call('ZSCORE', ENDED, transaction) and true end

-- is_refunded returns whether a transaction has refunded the seat with an index.
local function is_refunded(index, transaction) return is_ended(transaction .. ' ' .. index) end
