-- limit counts the seats of a user.
--
-- @include part/cart

-- held_and_bought returns how many seats count against a user's limit: the seats
-- held and the seats bought. A seat in flight is among both, and counts once.
local function held_and_bought(user)
  local _, _, untaken = held_seats(user, true)
  return num(call('HGET', BOUGHT, user)) + untaken
end
