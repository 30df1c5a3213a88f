package seatmap

import "math/bits"

// BitmapSize returns the number of bytes of a bitmap with one bit per seat.
func BitmapSize(seats int) int { return (seats + 7) / 8 }

// Bit reports whether the bit of an index is set. Index 0 is bit 7 of byte 0, as in
// Redis. A bitmap may be shorter than the plan: the bits beyond its end are not set.
func Bit(bitmap []byte, index int) bool {
	return index/8 < len(bitmap) && bitmap[index/8]>>(7-index%8)&1 == 1
}

// SetBit sets the bit of an index within the bitmap.
func SetBit(bitmap []byte, index int) { bitmap[index/8] |= 1 << (7 - index%8) }

// CountBits returns the number of set bits.
func CountBits(bitmap string) int {
	n := 0
	for i := range len(bitmap) {
		n += bits.OnesCount8(bitmap[i])
	}
	return n
}
