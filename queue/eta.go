package queue

import (
	"math"
	"time"
)

// eta is the expected wait of a user at a position in line, without pauses. It is
// unknown while no seat is free: when one comes back cannot be predicted.
// Number 0: a user who has not joined.
//
// First: how many users must be admitted before. These are the users ahead in
// line. They are fewer when only a part of the numbers that the front of the line
// passed lately was admitted, because the other users had left; the user's number
// says how many numbers are ahead. From this follows how many places must come
// free: fewer by the places that are free now, or more by the places above a
// lowered limit.
//
// Second: how long that takes. Places come free at the rate measured lately:
// places that came free, divided by the time all users spent in places, including
// those who are still active (the occurrence-exposure rate). When k places must
// come free and f were observed, the time is that of k events of a Poisson
// process whose rate is estimated from f events: a ratio of two gamma variates,
// with an F distribution of 2k and 2f degrees of freedom (Nelson, Applied Life
// Data Analysis, 1982; Hahn and Meeker, Statistical Intervals, 1991). The median
// used here is the ratio of the medians of the two gamma variates, k-1/3 over
// f-1/3; the upper tail is that of a normal distribution of the logarithm. Whitt
// shows that the wait in a line is the time of so many departures (Predicting
// Queueing Delays, Management Science 45, 1999).
func eta(c counts, position int, number int64) *ETA {
	if c.NoSeat {
		return nil
	}
	ahead, doubt := float64(position), 0.0 // doubt: the variance of the logarithm of ahead
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
		return nil // a place is free: the next script admits the user
	}
	if c.PerMinute > 0 {
		capped := ahead * 60 / float64(c.PerMinute)
		p50, p90 = max(p50, capped), max(p90, capped*math.Exp(1.2816*math.Sqrt(doubt)))
	}
	return &ETA{P50: int(math.Ceil(p50)), P90: int(math.Ceil(p90))}
}

// notePause adds up how long the line is paused, or stands because no seat is free. A pause cannot be predicted, so
// the expected waits and their score leave it out.
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

// unpaused is a clock that stands still while the line is paused. The caller
// holds s.mu.
func (s *season) unpaused(now time.Time) time.Time { return now.Add(-s.paused) }
