package crowd

import (
	"slices"
	"time"
)

// samples are measured times, each in milliseconds.
type samples []float32

func (s *samples) add(d time.Duration) {
	*s = append(*s, float32(d.Seconds()*1000))
}

// Times are percentiles of measured times, in milliseconds; all 0 without any.
type Times struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func (s samples) times() Times {
	if len(s) == 0 {
		return Times{}
	}
	slices.Sort(s)
	at := func(share float64) float64 {
		ms := s[min(len(s)-1, int(share*float64(len(s))))]
		return float64(int64(ms*1000+0.5)) / 1000 // whole microseconds
	}
	return Times{at(0.50), at(0.95), at(0.99), at(1)}
}
