package seatmap

import "math/bits"

// BitmapSize is how many bytes a bit per seat takes.
func BitmapSize(seats int) int { return (seats + 7) / 8 }

// Bit reports the bit of an index; index 0 is bit 7 of byte 0.
func Bit(bitmap []byte, index int) bool {
	return index/8 < len(bitmap) && bitmap[index/8]>>(7-index%8)&1 == 1
}

// SetBit sets the bit of an index.
func SetBit(bitmap []byte, index int) { bitmap[index/8] |= 1 << (7 - index%8) }

// CountBits returns how many bits of a bitmap are set.
func CountBits(bitmap string) int {
	n := 0
	for i := range len(bitmap) {
		n += bits.OnesCount8(bitmap[i])
	}
	return n
}
