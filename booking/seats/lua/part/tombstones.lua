-- tombstones writes what part/fence reads.
--
-- @include part/clock

-- forget_tombstones removes the tombstones that are older than MEMORY.
local function forget_tombstones() call('ZREMRANGEBYSCORE', ENDED, '-inf', int(now - MEMORY)) end

-- bury keeps a tombstone for MEMORY: "<transaction>" for a cancelled transaction,
-- "<transaction> <index>" for a refunded seat. It returns whether there was none.
local function bury(ended) return call('ZADD', ENDED, int(now), ended) == 1 end
