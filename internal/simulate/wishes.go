package simulate

import (
	"math/rand/v2"
	"slices"
	"time"

	"usher/internal/fault"
	"usher/queue"
)

// wisher is what a fan does while waiting for returned seats, and what the checker knows
// of the fan's wish.
type wisher struct {
	// What the fan will do, after joining.
	plans    []wishPlan
	awayAt   time.Duration // closes the page after this time; 0: never …
	away     time.Duration // … and opens it again after this one
	takesAny bool          // takes other seats than the wish was for

	// What the fan has.
	met     *queue.Wish // what the fan got the turn for
	holding []int       // seats

	// What the checker knows.
	wish    *queue.Wish // in line with this one
	left    time.Time   // when it was left, or Redis restored it
	passed  bool        // certainly passed over for it, while present
	maybe   bool        // perhaps: a later number has got a turn
	told    bool        // the fan was told
	toldBy  time.Time   // until when the fan must be; zero: nothing to tell, or the fan is not certainly there
	aside   byClass     // set aside for the fan, who has a place
	waiting bool        // in the checker's list of fans to tell
}

// wishPlan is a wish that a fan leaves; nil takes back the one before.
type wishPlan struct {
	after time.Duration // from joining
	wish  *queue.Wish
}

// drawWishes draws what every fan will do about returned seats.
func (s *simulation) drawWishes() {
	r := rand.New(rand.NewPCG(s.plan.Seed, 5)) // of its own, so that a sale without returns stays as it is
	after := func(mean time.Duration) time.Duration {
		return time.Duration(r.ExpFloat64() * float64(mean)).Round(time.Microsecond)
	}
	for _, f := range s.fans {
		if r.Float64() < s.plan.Wishes {
			at := after(2 * time.Second)
			for range 1 + r.IntN(2) {
				wish := someWishes[r.IntN(len(someWishes))]
				f.plans = append(f.plans, wishPlan{at, &wish})
				at += after(20 * time.Second)
			}
			// In the end the fan takes any seat, so that every sale ends.
			f.plans = append(f.plans, wishPlan{at + after(time.Minute), nil})
		}
		if r.Float64() < s.plan.Away {
			f.awayAt, f.away = after(10*time.Second), after(s.plan.Settings.Forget)
			if len(s.plan.LoseRedis) > 0 {
				// A place that is brought back later than the lost line gathers moves every fan behind.
				f.away = min(f.away, gather/2)
			}
		}
		f.takesAny = r.IntN(8) == 0
	}
}

// planWishes schedules what the fan does in line, after the first join.
func (f *fan) planWishes() {
	for _, plan := range f.plans {
		f.in(plan.after, func() { f.leaveWish(plan.wish) })
	}
	if f.awayAt > 0 {
		f.in(f.awayAt, f.closePage)
	}
}

// leaveWish leaves a wish or takes the one before back, as soon as a node answers. One
// fan in four repeats the request on any node, as after a lost answer.
func (f *fan) leaveWish(w *queue.Wish) {
	if f.over || f.placed || f.inside {
		return
	}
	n := f.via()
	if f.lost || f.number == 0 || n == nil || !n.answers() || !f.requests && !f.connected {
		f.in(5*time.Second, func() { f.leaveWish(w) })
		return
	}
	for range 1 + f.s.chance.IntN(4)/3 {
		before := f.wisher
		f.wishes(w)
		st, err := n.queue.Wish(f.s.ctx, season, f.user, w)
		n.planTasks()
		if fault.CodeOf(err) == fault.Conflict { // no longer in line
			f.wish, f.left, f.passed, f.maybe, f.told, f.toldBy = before.wish, before.left, before.passed, before.maybe, before.told, before.toldBy
			return
		}
		if err != nil {
			f.s.fail("leaving a wish", err)
			return
		}
		f.s.tally.wishes++
		f.s.check.answered(f, st)
		f.learn(st)
		if n = f.s.reachable(); n == nil {
			return
		}
	}
}

// wishes records a wish that the fan has left. The same one again changes nothing.
func (f *fan) wishes(w *queue.Wish) {
	if sameWish(f.wish, w) {
		return
	}
	f.wish, f.left = w, f.s.now
	f.passed, f.maybe, f.told, f.toldBy = false, false, false, time.Time{}
}

// closePage closes the page of a fan in line, who comes back later: some only after the
// place is forgotten.
func (f *fan) closePage() {
	if f.over || f.placed || f.lost || f.number == 0 || !f.requests && !f.connected {
		return
	}
	f.s.tally.away++
	if f.requests {
		f.silentUntil = f.s.now.Add(f.away)
		return
	}
	n, sock := f.node, socket{f.conn, f.link}
	f.connected, f.sure, f.pressed, f.seen = false, false, false, f.s.now
	f.in(0, func() { n.close(f, sock) })
	f.in(f.away+latency, f.connect)
}

// sameWish compares wishes without what was told about them.
func sameWish(a, b *queue.Wish) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Seats == b.Seats && a.UpTo == b.UpTo && slices.Equal(a.Categories, b.Categories)
}
