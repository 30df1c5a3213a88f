-- bitmap reads bitmaps as Redis stores them: index 0 is the highest bit of the
-- first byte.

-- has_bit returns whether the bit of an index is set. Beyond the end of the bitmap
-- no bit is set.
local function has_bit(bitmap, index)
  local byte = string.byte(bitmap, math.floor(index / 8) + 1)
  return byte ~= nil and math.floor(byte / 2 ^ (7 - index % 8)) % 2 == 1
end
