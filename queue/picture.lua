-- picture reads what a mirror needs to count positions.
--
-- Extra  the segments in use
--
-- It may run twice: it changes nothing of its own.
sweep()
return finish({}, call('HKEYS', SEGMENTS))
