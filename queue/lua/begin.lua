-- begin notes that a node begins to open an epoch. The opening counts only if
-- this note is still there at open, and the server is in the same run: a Redis
-- that was emptied in between has lost the note, and a Redis that lost only its
-- latest writes has restarted or is another server. While a season is open
-- nothing begins: until that epoch ends, its numbers may rise above the first
-- number of the new one.
--
-- ARGV   3 the epoch to be opened
-- Reply  {'ok', the current epoch or ''}
--
-- It may run twice: one attempt opens an epoch.
--
-- @include part/server
if not epoch then call('HSET', OPENINGS, ARGV[3], server_run()) end
return {'ok', epoch or ''}
