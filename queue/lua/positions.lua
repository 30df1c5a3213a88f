-- positions lists the bitmap segments from which a node counts positions.
--
-- Extra  the segments in use
--
-- It may run twice: it changes nothing of its own.
--
-- @include part/sweep
-- @include part/report
sweep()
return finish({}, call('HKEYS', SEGMENTS))
