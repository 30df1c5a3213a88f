-- snapshot reads all seats at one version, for the mirror of a node.
--
-- ARGV   1 is ignored: a node shows what is there
--        2 the version of the node's snapshot
--        3 the version up to which the node knows all changes of carts; -1: it wants
--        none of them
-- Reply  {'closed'} while the season's data is not opened; {'same', epoch, version,
--        plan, revision, described} when nothing has changed; or {'ok', epoch, version,
--        plan, revision, described, held, taken, booked, {message…}, allotted} with the
--        bitmaps,
--        and a message as in part/report for each cart that changed after 3. described
--        is the version of the plan that the description for the queue is about
--
-- It may run twice: it only reads.
--
-- @include part/redis
-- @include part/report
local known, notified = ARGV[2], ARGV[3]

local epoch = call('GET', EPOCH)
if not epoch then return {OUTCOME_CLOSED} end
local version = call('GET', VERSION) or '0'
local plan = call('GET', PLAN) or '0'
local settings = call('HMGET', SETTINGS, 'revision', 'describes', 'classesOf')
local revision, described = settings[1] or '0', settings[2] or '0'
if settings[3] ~= settings[2] then described = '0' end -- a node of an older program describes no classes
if version == known and (notified == '-1' or notified == version) then
  return {OUTCOME_SAME, epoch, version, plan, revision, described}
end
local carts = {}
if notified ~= '-1' then
  for i, member in ipairs(call('ZRANGEBYSCORE', CART_CHANGES, '(' .. notified, '+inf')) do
    local user, reason = string.match(member, '^(%S+) (%S+)$')
    carts[i] = cart_message(num(version), user or member, reason or '')
  end
end
return {OUTCOME_OK, epoch, version, plan, revision, described, call('GET', HELD) or '', call('GET', TAKEN) or '',
  call('GET', BOOKED) or '', carts, call('GET', ALLOTTED) or ''}
