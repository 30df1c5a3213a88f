package queue

import (
	"slices"
	"testing"

	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"
)

func z(member string, score float64) redis.Z { return redis.Z{Member: member, Score: score} }

func TestPositionsAreThoseOfBruteForce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		numbers := rapid.SliceOfNDistinct(rapid.OneOf(
			rapid.Int64Range(1, 200), rapid.Int64Range(segmentSize-70, segmentSize+70), rapid.Int64Range(5*segmentSize, 5*segmentSize+1000),
		), 0, 80, rapid.ID[int64]).Draw(rt, "numbers")
		slices.Sort(numbers)
		bitmaps := map[int64]string{}
		for _, n := range numbers {
			segment, bit := n/segmentSize, n%segmentSize
			bytes := []byte(bitmaps[segment])
			for int64(len(bytes)) <= bit/8 {
				bytes = append(bytes, 0)
			}
			bytes[bit/8] |= 128 >> (bit % 8)
			bitmaps[segment] = string(bytes)
		}
		p := countPositions(bitmaps)
		for i, n := range numbers {
			if got, in := p.of(n); !in || got != i+1 {
				rt.Fatalf("number %d: position %d (%v), want %d", n, got, in, i+1)
			}
		}
		other := rapid.Int64Range(0, 6*segmentSize).Draw(rt, "other")
		if _, in := p.of(other); in != slices.Contains(numbers, other) {
			rt.Fatalf("number %d in line: %v", other, in)
		}
	})
}

func TestWorthTelling(t *testing.T) {
	for name, c := range map[string]struct {
		shown, now int
		want       bool
	}{
		"no change":                           {50, 50, false},
		"one within the first hundred":        {100, 99, true},
		"into the first hundred":              {101, 100, true},
		"beyond, off by less than a per cent": {5000, 4960, false},
		"beyond, off by a per cent":           {5050, 5000, true},
		"just beyond, one is a per cent less": {102, 101, false},
		"just beyond, two are over":           {103, 101, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := worthSending(c.shown, c.now); got != c.want {
				t.Errorf("%d shown, %d now: %v", c.shown, c.now, got)
			}
		})
	}
}
