-- cart reads what a user holds.
-- ARGV: 1 epoch, 2 user.
-- Returns {'ok', version, deadline, {seat…}}. It only reads.
local refusal = epoch_refusal()
if refusal then return refusal end
local seats, deadline = cart_of(ARGV[2])
return { 'ok', redis.call('GET', SEATVER) or '0', text(deadline), seats }
