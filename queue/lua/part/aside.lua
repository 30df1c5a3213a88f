-- aside counts the seats that are left for users in line: the free seats of each class,
-- less those set aside for users who have been admitted. So two users get no turn for one
-- returned seat.
--
-- A season sets seats aside while it has wishes: for a user with a wish as many as
-- wished for, for other users one. Those stay set aside until the user holds a seat
-- (hold.lua of the seats removes them from PROMISES) or loses the place. Setting aside
-- stops admissions only: every active user may hold every free seat.
--
-- It may run twice: it writes only SCRATCH and CLASS_SCRATCH besides PROMISES.
--
-- @include part/stock
-- @include part/wishes

local aside = {}

-- aside.matters reports whether admission has to look at wishes and at seats set aside.
function aside.matters() return line.wishes > 0 or line.aside > 0 end

local left_now -- by class, what aside.left_by_class has counted in this run

-- aside.left_by_class returns for each class of the plan how many seats are left; less than 0
-- when other users hold seats that were set aside. It is empty without a plan.
function aside.left_by_class()
  if left_now then return left_now end
  left_now = {}
  local of = wishes.classes()
  if #of.names == 0 or stock() == STOCK_NONE then return left_now end
  local index = {}
  count_any(OFF_SALE, HELD, TAKEN)
  for i, name in ipairs(of.names) do
    call('BITOP', 'AND', CLASS_SCRATCH, CLASS .. i, SCRATCH)
    index[name], left_now[i] = i, of.seats[i] - call('BITCOUNT', CLASS_SCRATCH)
  end
  for _, promise in ipairs(call('HVALS', PROMISES)) do
    for name, seats in string.gmatch(promise, '([^=%s]+)=(%d+)') do
      local i = index[name]
      if i then left_now[i] = left_now[i] - num(seats) end
    end
  end
  return left_now
end

-- aside.wanted returns how many seats a group of wishes wants, and which classes fit. nil
-- stands for users without a wish, who want one seat of any class.
function aside.wanted(group)
  local of, fits = wishes.classes(), {}
  local seats, highest, categories = '1', nil, ''
  if group then
    seats, highest, categories = string.match(group, '^[^;]*;(%d+);(%-?%d+);(.*)$')
  end
  for i, price in ipairs(of.prices) do
    if (not highest or price <= num(highest)) and wishes.has_category(categories, of.categories[i]) then fits[#fits + 1] = i end
  end
  return num(seats), fits
end

-- aside.can_meet reports whether a user of a group can be admitted now. Without a plan nothing
-- stops users who have no wish.
function aside.can_meet(group)
  local by_class = aside.left_by_class()
  if #by_class == 0 then return not group end
  local seats, fits = aside.wanted(group)
  local sum = 0
  for _, i in ipairs(fits) do sum = sum + math.max(0, by_class[i]) end
  return sum >= seats
end

-- aside.keep sets seats aside for a user who is being admitted, one after the other from
-- the class that has most left.
function aside.keep(user, group)
  local by_class, of = aside.left_by_class(), wishes.classes()
  if #by_class == 0 then return end
  local seats, fits = aside.wanted(group)
  local taken, text = {}, ''
  for _ = 1, seats do
    local most
    for _, i in ipairs(fits) do
      if not most or by_class[i] > by_class[most] then most = i end
    end
    by_class[most] = by_class[most] - 1
    taken[most] = (taken[most] or 0) + 1
  end
  for _, i in ipairs(fits) do
    if taken[i] then text = text .. of.names[i] .. '=' .. int(taken[i]) .. ' ' end
  end
  call('HSET', PROMISES, user, text)
  put('aside', 1)
end

-- aside.is_settled reports whether a run has found that no more user in line can be admitted,
-- and no seat, wish or presence has changed since.
function aside.is_settled() return line.settled == num(call('GET', SEAT_VERSION)) + 1 end

function aside.settle()
  put('settled', num(call('GET', SEAT_VERSION)) + 1)
  if line.wishes == 0 and call('HLEN', PROMISES) == 0 then put('aside', 0) end
end
