-- wishes keeps what users in line wish for: a number of seats, their categories, and the
-- most that each may cost. A user with a wish gets a turn only when the wish can be met.
--
-- A wish is the text "seats;most;categories": most is in minor units, 0 for any price;
-- categories are query-escaped, sorted, with commas between, '' for all. WISHES has
-- "since;wish": since is how many turns had been given when the wish was left, or 'p' for
-- a user who has been passed over.
--
-- A class is the seats of one category and one normal price. Users who are present and
-- whose wishes name the same number of seats of the same classes are a group. So the cost
-- of an admission grows with the groups, not with the users who wait.
--
-- While no user has a wish, line.wishes is 0, and no command of this file runs.
--
-- @include part/state

local wishes = {}

local plan_classes -- what classes has read in this run

-- wishes.classes returns the wishes.classes of the plan in force: a tag that differs between plans with
-- different classes, and by class the name, the highest price, the category and how many
-- seats there are.
function wishes.classes()
  if plan_classes then return plan_classes end
  local text = call('HGET', SALE, 'classes') or ''
  local of = {tag = string.match(text, '^%S*'), names = {}, prices = {}, categories = {}, seats = {}}
  for name, price, category, seats in string.gmatch(text, ' ((%d+)/([^/%s]+))/(%d+)') do
    local i = #of.names + 1
    of.names[i], of.prices[i], of.categories[i], of.seats[i] = name, num(price), category, num(seats)
  end
  plan_classes = of
  return of
end

function wishes.has_category(categories, category)
  return categories == '' or string.find(',' .. categories .. ',', ',' .. category .. ',', 1, true) ~= nil
end

-- wishes.group_of names the group of a wish. Wishes between the same two prices of classes are
-- the same group; -1 stands for a price below all of them.
function wishes.group_of(wish)
  local seats, most, categories = string.match(wish, '^(%d+);(%d+);(.*)$')
  local of, highest = wishes.classes(), -1
  for i, price in ipairs(of.prices) do
    if (most == '0' or price <= num(most)) and wishes.has_category(categories, of.categories[i]) then highest = math.max(highest, price) end
  end
  return of.tag .. ';' .. seats .. ';' .. int(highest) .. ';' .. categories
end

-- wishes.kind_of is what the number of wishes of several categories is bounded by; nil for other
-- wishes, whose groups the plan bounds.
function wishes.kind_of(wish)
  local seats, categories = string.match(wish, '^(%d+);%d+;(.*)$')
  return string.find(categories, ',', 1, true) and seats .. ';' .. categories or nil
end

-- wishes.of returns a user's wish, and since; nil for none.
function wishes.of(user)
  if line.wishes == 0 then return nil end
  local text = call('HGET', WISHES, user)
  if not text then return nil end
  local since, wish = string.match(text, '^([^;]*);(.*)$')
  return wish, since
end

-- wishes.passes lists the turns given that a user with a wish may have missed: "turn:number " by
-- turn, of each only when no later turn went to a higher number.
local passes_read
function wishes.passes()
  if line.wishes == 0 then return '' end
  passes_read = passes_read or call('HGET', LINE, 'passes') or ''
  return passes_read
end

-- wishes.note_pass notes that the newest turn went to a number. Of very many that are listed the
-- two oldest become one, which may be told to a user who came between them.
function wishes.note_pass(number)
  local kept = {}
  for turn, of in string.gmatch(wishes.passes(), '(%d+):(%d+)') do
    if num(of) > number then kept[#kept + 1] = {turn, of} end
  end
  kept[#kept + 1] = {int(line.turns), int(number)}
  if #kept > PASSES_MOST then
    kept[2][2] = kept[1][2]
    table.remove(kept, 1)
  end
  local text = ''
  for _, one in ipairs(kept) do text = text .. one[1] .. ':' .. one[2] .. ' ' end
  passes_read = text
  call('HSET', LINE, 'passes', text)
end

-- wishes.is_passed reports whether a later number has got a turn since the wish was left.
function wishes.is_passed(since, number)
  if since == 'p' then return true end
  for turn, of in string.gmatch(wishes.passes(), '(%d+):(%d+)') do
    if num(turn) > num(since) and num(of) > number then return true end
  end
  return false
end

-- wishes.unsettle makes the next run look again whether a user can be admitted.
function wishes.unsettle()
  if line.settled ~= 0 then put('settled', 0) end
end

-- wishes.index puts a present user into the group of the wish.
function wishes.index(user, number, wish)
  local group = wishes.group_of(wish)
  call('HSET', WISH_GROUPS, user, group)
  call('ZADD', WISHERS .. group, int(number), user)
  local head = call('ZSCORE', WISH_HEADS, group)
  if not head or number < num(head) then call('ZADD', WISH_HEADS, int(number), group) end
  wishes.unsettle()
end

-- wishes.next_head writes who is the first of a group now.
function wishes.next_head(group)
  local first = call('ZRANGE', WISHERS .. group, '0', '0', 'WITHSCORES')
  if first[1] then call('ZADD', WISH_HEADS, int(num(first[2])), group) else call('ZREM', WISH_HEADS, group) end
end

-- wishes.unindex takes a user out of the group and returns whether the user was in one,
-- which means present with a wish.
function wishes.unindex(user)
  local group = call('HGET', WISH_GROUPS, user)
  if not group then return false end
  call('HDEL', WISH_GROUPS, user)
  call('ZREM', WISHERS .. group, user)
  wishes.next_head(group)
  return true
end

function wishes.count_kind(wish, by)
  local kind = wishes.kind_of(wish)
  if kind and call('HINCRBY', WISH_KINDS, kind, by) <= 0 then call('HDEL', WISH_KINDS, kind) end
end

-- wishes.drop removes the wish of a user who leaves the line.
function wishes.drop(user)
  local wish = wishes.of(user)
  if not wish then return end
  wishes.unindex(user)
  call('HDEL', WISHES, user)
  wishes.count_kind(wish, -1)
  put('wishes', line.wishes - 1)
end

-- wishes.refusal_of returns why a user in line may not leave a wish now; nil when the user
-- may: 'off' (the season takes no users for returned seats), 'drawn' (a draw is about to
-- give the user a number), 'plan' (there is no seat plan), 'limit' (more seats than one
-- user may have), 'category' (the plan has no such category) or 'many' (too many different
-- lists of categories).
function wishes.refusal_of(number, wish, returns)
  local seats, categories = string.match(wish, '^(%d+);%d+;(.*)$')
  if not returns then return 'off' end
  if (line.draw == DRAW_GATHERING or line.draw == DRAW_FROZEN) and number > line.gatherFrom then return 'drawn' end
  local of, known = wishes.classes(), {}
  if #of.names == 0 then return 'plan' end
  if num(seats) > num(call('HGET', SALE, 'maxSeats')) then return 'limit' end
  for _, category in ipairs(of.categories) do known[category] = true end
  for category in string.gmatch(categories, '[^,]+') do
    if not known[category] then return 'category' end
  end
  local kind = wishes.kind_of(wish)
  if kind and call('HLEN', WISH_KINDS) >= WISH_KINDS_MOST and call('HEXISTS', WISH_KINDS, kind) == 0 then return 'many' end
  return nil
end

-- wishes.set gives a user in line a wish, or removes it ('').
function wishes.set(user, number, wish)
  local had = wishes.of(user)
  if had == wish or not had and wish == '' then return end
  local present
  if had then
    present = wishes.unindex(user)
    call('HDEL', WISHES, user)
    wishes.count_kind(had, -1)
    put('wishes', line.wishes - 1)
  else
    present = call('ZREM', READY, user) == 1
  end
  if wish ~= '' then
    call('HSET', WISHES, user, int(line.turns) .. ';' .. wish)
    wishes.count_kind(wish, 1)
    put('wishes', line.wishes + 1)
    if present then wishes.index(user, number, wish) end
  elseif present then
    call('ZADD', READY, int(number), user)
  end
  tail.nth[user] = nil
  wishes.unsettle()
  notify(user)
end

-- wishes.leaves takes a user with a wish who becomes absent out of the group, and returns
-- whether the user was present. Turns that an absent user misses are not missed for the
-- wish: so what happened until now is kept.
function wishes.leaves(user)
  if not wishes.unindex(user) then return false end
  local wish, since = wishes.of(user)
  if wishes.is_passed(since, num(call('HGET', NUMBERS, user))) then call('HSET', WISHES, user, 'p;' .. wish) end
  return true
end

-- wishes.comes puts a user with a wish into the group and returns true; false for a user
-- without one.
function wishes.comes(user, number, was_absent)
  local wish, since = wishes.of(user)
  if not wish then return false end
  if call('HEXISTS', WISH_GROUPS, user) == 1 then return true end
  if was_absent and since ~= 'p' then call('HSET', WISHES, user, int(line.turns) .. ';' .. wish) end
  wishes.index(user, number, wish)
  return true
end

-- wishes.regroup moves users whose groups are of another plan's classes, a portion a run, and
-- returns whether every group is of the plan in force.
function wishes.regroup()
  local tag, moved = wishes.classes().tag .. ';', 0
  for _, group in ipairs(call('ZRANGE', WISH_HEADS, '0', '-1')) do
    if string.sub(group, 1, #tag) ~= tag then
      for _, user in ipairs(call('ZRANGE', WISHERS .. group, '0', int(AT_ONCE - 1 - moved))) do
        local wish = wishes.of(user)
        wishes.unindex(user)
        if wish then wishes.index(user, num(call('HGET', NUMBERS, user)), wish) end
        moved = moved + 1
      end
      if moved >= AT_ONCE then return false end
    end
  end
  return true
end
