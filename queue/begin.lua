-- begin notes that an opening begins. What is laid into Redis from here on is
-- there at open if this note still is, and the server is the same: a Redis that
-- was emptied has lost the note, and one that lost only its latest has been
-- started anew since, or is another.
--
-- ARGV   3 the epoch that is to be opened
-- Reply  {'ok', the epoch there is or ''}
--
-- It may run twice: an epoch is opened by one attempt.
call('HSET', OPENINGS, ARGV[3], server_life())
return {'ok', epoch or ''}

