package queue

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// TestTheExpectedWaitFollowsTheLine holds eta against what a pencil says: 60
// places came free for 6,000 s spent in places, so ten places give one in 10 s.
func TestTheExpectedWaitFollowsTheLine(t *testing.T) {
	known := counts{Open: true, Active: 10, Limit: 10, Freed: 60, FreedOver: 6_000_000, Front: 101}
	with := func(change func(*counts)) counts { c := known; change(&c); return c }
	for name, one := range map[string]struct {
		counts           counts
		position, number int
		p50              int // seconds; 0: no wait can be shown
		exact            bool
	}{
		"as many as wait before":       {known, 50, 150, 500, false},
		"a user who has not joined":    {known, 50, 0, 500, false},
		"no place came free yet":       {with(func(c *counts) { c.Freed = 0 }), 50, 150, 0, true},
		"no settings":                  {with(func(c *counts) { c.Limit = 0 }), 50, 150, 0, true},
		"a limit twice as high":        {with(func(c *counts) { c.Limit, c.Active = 20, 20 }), 50, 150, 250, false},
		"raised, and not yet filled":   {with(func(c *counts) { c.Limit = 20 }), 50, 150, 200, false},
		"lowered, with too many in":    {with(func(c *counts) { c.Limit = 5 }), 50, 150, 1100, false},
		"half of those before are off": {with(func(c *counts) { c.Passed, c.Taken = 400, 200 }), 50, 150, 250, false},
		"half had gone, and do not":    {with(func(c *counts) { c.Passed, c.Taken = 400, 200 }), 50, 250, 500, false},
		"back, and the first of all":   {known, 50, 90, 500, false},
		"a cap that is lower":          {with(func(c *counts) { c.PerMinute = 3 }), 50, 150, 1000, true},
		"a cap that is higher":         {with(func(c *counts) { c.PerMinute = 60 }), 50, 150, 500, false},
		"room for all under a cap":     {with(func(c *counts) { c.PerMinute, c.Active, c.Limit, c.Freed = 30, 10, 100, 0 }), 50, 150, 100, true},
		"more than have room":          {with(func(c *counts) { c.PerMinute, c.Active, c.Limit, c.Freed = 30, 10, 40, 0 }), 50, 150, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := eta(one.counts, one.position, int64(one.number))
			if got == nil || one.p50 == 0 {
				if (got == nil) != (one.p50 == 0) {
					t.Fatalf("got %+v, want a median of %d s", got, one.p50)
				}
				return
			}
			if off := math.Abs(float64(got.P50-one.p50)) / float64(one.p50); off > 0.02 || one.exact && off > 0 {
				t.Errorf("half are in after %d s, want %d", got.P50, one.p50)
			}
			if got.P90 < got.P50 || !one.exact && got.P90 == got.P50 {
				t.Errorf("nine of ten are in after %d s, half after %d s", got.P90, got.P50)
			}
		})
	}
}

// TestTheExpectedWaitIsRightAboutChance draws a rate's evidence and a wait from
// the same Poisson process, again and again.
func TestTheExpectedWaitIsRightAboutChance(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	after := func(n int) (s float64) {
		for range n {
			s += r.ExpFloat64()
		}
		return s
	}
	const draws = 4000
	for _, n := range []struct{ freed, ahead int }{{3, 5}, {3, 60}, {20, 1}, {20, 20}, {60, 200}} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			within50, within90 := 0, 0
			for range draws {
				seen := 1000 * after(n.freed) // so that a second more or less is nothing
				e := eta(counts{Active: 10, Limit: 10, Freed: int64(n.freed), FreedOver: int64(10_000 * seen)}, n.ahead, 0)
				wait := 1000 * after(n.ahead)
				if wait <= float64(e.P50) {
					within50++
				}
				if wait <= float64(e.P90) {
					within90++
				}
			}
			if share := float64(within50) / draws; share < 0.44 || share > 0.60 {
				t.Errorf("%.3f within the median", share)
			}
			if share := float64(within90) / draws; share < 0.86 || share > 0.95 {
				t.Errorf("%.3f within the p90", share)
			}
		})
	}
}

// TestTheRateIsKnownOnceMostOfTheFirstHaveGone: at first everybody has just come
// in, and places come free too seldom.
func TestTheRateIsKnownOnceMostOfTheFirstHaveGone(t *testing.T) {
	n, c, _ := still(t, 12)
	for i := range 40 {
		n.join(fmt.Sprintf("fan-%02d", i))
	}
	for i := range 12 {
		if i >= 1 {
			st := n.status("fan-39")
			if known := i >= 9; (st.ETA != nil) != known {
				t.Fatalf("%d of the first 12 have gone, and the expected wait is %+v", i, st.ETA)
			}
		}
		user := fmt.Sprintf("fan-%02d", i)
		c.advance(2 * time.Second)
		n.leaveAs(user)
		n.enterAs(fmt.Sprintf("fan-%02d", 12+i))
		n.tickOnce()
	}
}

// TestAPauseBreaksNoForecast: a pause cannot be predicted, so the score leaves it out.
func TestAPauseBreaksNoForecast(t *testing.T) {
	n, s, _ := mirrored(t)
	now := time.Now()
	n.o.Now = func() time.Time { return now }
	s.mu.Lock()
	committed := s.unpaused(now).Add(time.Minute)
	s.mu.Unlock()
	for range 10 {
		s.notePause(true)
		now = now.Add(10 * time.Second)
	}
	s.notePause(false)
	now = now.Add(59 * time.Second)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unpaused(now).After(committed) {
		t.Error("100 s of pause and 59 s of waiting are more than a minute")
	}
	now = now.Add(2 * time.Second)
	if !s.unpaused(now).After(committed) {
		t.Error("61 s of waiting are within a minute")
	}
}
