package queue

import (
	"math"
	"time"
)

// eta is the expected wait of whoever is at a position in line, pauses aside;
// number 0 is one who has not joined.
//
// How many have to be admitted first: those in line before, or fewer, when of
// the numbers that the front passed lately only a part was admitted, because
// the others had walked away; and the number says how many were drawn before
// it. How many places must come free for that: fewer by those that are free, or
// more by those that a lowered limit has still to lose.
//
// How long that takes: a place comes free at the rate at which places came free
// lately for the time spent in them, which counts those who are still in as
// well (the occurrence-exposure rate). With k places to come free after f were
// seen to, the time is that of k events of a Poisson process whose rate is known
// by f events: a ratio of two gamma variates, so distributed as F with 2k and 2f
// degrees of freedom (Nelson, Applied Life Data Analysis, 1982; Hahn and Meeker,
// Statistical Intervals, 1991). Here its median is that of two gamma variates, k-1/3
// over f-1/3, and its upper tail that of the normal law of its logarithm. That
// the wait in a line is the time of so many departures is Whitt's (Predicting
// Queueing Delays, Management Science 45, 1999).
func eta(c counts, position int, number int64) *ETA {
	ahead, doubt := float64(position), 0.0 // and the variance of its logarithm
	if passed := float64(c.Passed); number > 0 && c.Taken > 0 && c.Passed > c.Taken {
		share := float64(c.Taken) / passed
		ahead = min(ahead, max(1, float64(number-c.Front+1)*share))
		doubt = (1 - share) * (1/float64(c.Taken) + 1/ahead)
	}
	var p50, p90 float64 // seconds
	if k := ahead + float64(c.Active-c.Limit); k > 0 {
		if c.Freed <= 0 || c.FreedOver <= 0 || c.Limit <= 0 {
			return nil
		}
		k = max(1, k)
		f := float64(c.Freed)
		expected, skew := k/f*float64(c.FreedOver)/1000/float64(c.Limit), 1/f-1/k
		p50 = expected * math.Exp(skew/3)
		p90 = expected * math.Exp(skew/2+1.2816*math.Sqrt(1/f+1/k+doubt))
	} else if c.PerMinute <= 0 {
		return nil // it moves up as soon as it is there
	}
	if c.PerMinute > 0 {
		capped := ahead * 60 / float64(c.PerMinute)
		p50, p90 = max(p50, capped), max(p90, capped*math.Exp(1.2816*math.Sqrt(doubt)))
	}
	return &ETA{P50: int(math.Ceil(p50)), P90: int(math.Ceil(p90))}
}

// notePause counts how long the line is paused: nobody can expect that, so the
// expected waits leave it out, and so does their score.
func (s *season) notePause(paused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.q.o.Now()
	if !s.pausedAt.IsZero() {
		s.paused += now.Sub(s.pausedAt)
	}
	s.pausedAt = time.Time{}
	if paused {
		s.pausedAt = now
	}
}

// unpaused is a clock that stood still while the line was paused; s.mu is held.
func (s *season) unpaused(now time.Time) time.Time { return now.Add(-s.paused) }
