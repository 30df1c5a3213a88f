-- cart reads what a user holds.
--
-- ARGV   2 user
-- Reply  {'ok', version, deadline, {seat…}}
--
-- It may run twice: it only reads.
--
-- @include part/epoch
-- @include part/report
local user = ARGV[2]
return cart_reply(user)
