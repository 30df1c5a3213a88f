-- begin notes that an opening begins. What is laid into Redis from here on is
-- there at open if this note still is, and the server is the same: a Redis that
-- was emptied has lost the note, and one that lost only its latest has been
-- started anew since, or is another. Beside an open season nothing begins: by the
-- time that is over, its numbers may have been raised past those of this epoch.
--
-- ARGV   3 the epoch that is to be opened
-- Reply  {'ok', the epoch there is or ''}
--
-- It may run twice: an epoch is opened by one attempt.
if not epoch then call('HSET', OPENINGS, ARGV[3], server_life()) end
return {'ok', epoch or ''}

