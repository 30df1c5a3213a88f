-- arguments reads lists from ARGV.

-- seats_from reads pairs of seat number and index, from one place in ARGV to its
-- end. It returns a list of each.
local function seats_from(first)
  local seats, indexes = {}, {}
  for i = first, #ARGV, 2 do
    seats[#seats + 1], indexes[#indexes + 1] = ARGV[i], ARGV[i + 1]
  end
  return seats, indexes
end
