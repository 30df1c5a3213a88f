package queue

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// positions is the line as bits, one for each number. It gives any user's
// position without a call to Redis.
type positions struct {
	segments map[int64]*positionSegment
}

// positionSegment holds the numbers of one bitmap segment in the bit order of
// Redis: the first number is the top bit of the first word.
type positionSegment struct {
	words  []uint64
	before []uint32 // bits set in this segment before each word
	ahead  int      // bits set in all earlier segments
}

// countPositions counts the bitmaps of the segments into prefix sums.
func countPositions(bitmaps map[int64]string) positions {
	order := make([]int64, 0, len(bitmaps))
	for segment := range bitmaps {
		order = append(order, segment)
	}
	slices.Sort(order)
	p := positions{segments: make(map[int64]*positionSegment, len(bitmaps))}
	ahead := 0
	for _, segment := range order {
		seg := countSegment(bitmaps[segment])
		seg.ahead = ahead
		if n := len(seg.words); n > 0 {
			ahead += int(seg.before[n-1]) + bits.OnesCount64(seg.words[n-1])
		}
		p.segments[segment] = seg
	}
	return p
}

func countSegment(bitmap string) *positionSegment {
	n := (len(bitmap) + 7) / 8
	seg := &positionSegment{words: make([]uint64, n), before: make([]uint32, n)}
	var sum uint32
	var last [8]byte
	for i := range n {
		eight := bitmap[i*8 : min(i*8+8, len(bitmap))]
		copy(last[:], eight)
		clear(last[len(eight):])
		word := binary.BigEndian.Uint64(last[:])
		seg.words[i], seg.before[i] = word, sum
		sum += uint32(bits.OnesCount64(word))
	}
	return seg
}

// of returns the position of a number: how many numbers up to it are in line. It
// returns false when the number is not in line.
func (p positions) of(number int64) (int, bool) {
	seg := p.segments[number/segmentSize]
	if seg == nil {
		return 0, false
	}
	bit := number % segmentSize
	word := bit / 64
	if word >= int64(len(seg.words)) {
		return 0, false
	}
	upTo := seg.words[word] >> (63 - bit%64)
	if upTo&1 == 0 {
		return 0, false
	}
	return seg.ahead + int(seg.before[word]) + bits.OnesCount64(upTo), true
}
