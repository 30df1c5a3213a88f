package crowd

import (
	"fmt"
	"math"
	"time"
)

// checks judges what the server says to all fans together. Every rule holds
// whatever the network does, as long as a frame arrives at most grace later than
// one that the server sent after it:
//
//   - A position never gets worse, and is never beyond the number waiting.
//   - Who came earlier is further ahead: a fan is not shown a position at or
//     behind one that a later fan had been shown before.
//   - Of two admitted fans the earlier one was admitted first, and nobody is
//     admitted while an earlier fan who is there goes on waiting.
//   - A seat is sold once.
type checks struct {
	grace time.Duration

	ahead aheadTree // by number: the best position shown, grace ago
	shown []shown   // newer than that, oldest first

	turns  []admission // in the order in which they were heard of
	judged int         // of them, those that waited out grace
	window int64       // ms: a turn's length, as the largest seen

	sold map[string]string // seat → transaction

	positionErrors, outOfOrder, soldTwice int
	notes                                 []string
}

// shown is a position told to a fan.
type shown struct {
	at       int64 // ns, the crowd's clock
	number   int64
	position int
}

// admission is a turn or a place given to a fan.
type admission struct {
	fan      int
	number   int64 // math.MaxInt64: drew none that was told, so came last
	at       int64 // ns of the crowd's clock at which it was heard of
	server   int64 // ms of the server's clock at which it was made, or a little later
	deadline int64 // ms, of a turn; 0: not a turn
	passed   bool  // it was found to be out of order
}

const (
	maxNotes = 20
	// clockMargin is how far two times of the server's clock must lie apart to
	// decide between admissions that no turn's deadline orders.
	clockMargin = 100 // ms
)

func newChecks(grace time.Duration) *checks {
	return &checks{grace: grace, sold: map[string]string{}}
}

func (c *checks) note(format string, args ...any) {
	if len(c.notes) < maxNotes {
		c.notes = append(c.notes, fmt.Sprintf(format, args...))
	}
}

// broken counts the promises found broken.
func (c *checks) broken() int { return c.positionErrors + c.outOfOrder + c.soldTwice }

// position judges a position shown to a fan. before is the last one shown, 0 if
// none binds; waiting is 0 where it was not told.
func (c *checks) position(now int64, fan int, number int64, before, position, waiting int) {
	c.ripen(now)
	switch {
	case position < 1 || waiting > 0 && position > waiting:
		c.positionErrors++
		c.note("fan %d was shown position %d of %d", fan, position, waiting)
		return
	case before > 0 && position > before:
		c.positionErrors++
		c.note("fan %d, number %d, went back from position %d to %d", fan, number, before, position)
		return
	}
	if best := c.ahead.behind(number); position >= best {
		c.positionErrors++
		c.note("fan %d, number %d, is at position %d, and a later number had been shown %d before", fan, number, position, best)
	}
	c.shown = append(c.shown, shown{now, number, position})
}

// ripen takes positions in that every fan's newer frames have passed by now.
func (c *checks) ripen(now int64) {
	i := 0
	for i < len(c.shown) && c.shown[i].at+int64(c.grace) < now {
		c.ahead.add(c.shown[i].number, c.shown[i].position)
		i++
	}
	if i > 0 {
		c.shown = append(c.shown[:0], c.shown[i:]...)
	}
}

// stalled forgets what is not ripe: the crowd itself was not reading, so the
// times at which frames were read say nothing of those at which they came.
func (c *checks) stalled() {
	c.shown = c.shown[:0]
	c.judged = len(c.turns)
}

// admitted judges an admission against those before. present is since when the
// fan has been in line on the socket on which this was told, by both clocks; zero
// for a fan who was not.
func (c *checks) admitted(a admission, presentAt, presentServer int64) {
	if a.deadline > 0 {
		c.window = max(c.window, a.deadline-a.server)
		a.server = a.deadline - c.window
	}
	if presentServer > 0 && a.number != math.MaxInt64 {
		for i := len(c.turns) - 1; i >= 0 && c.turns[i].at > presentAt; i-- {
			b := &c.turns[i]
			if !b.passed && b.number > a.number && c.before(b, &a) && b.server > presentServer+clockMargin {
				c.pass(b, a.fan, a.number)
			}
		}
	}
	c.turns = append(c.turns, a)
}

// before reports whether b was certainly admitted before a. Turns are all of one
// length, so their deadlines are in the order of admission.
func (c *checks) before(b, a *admission) bool {
	if b.deadline > 0 && a.deadline > 0 {
		return b.deadline < a.deadline
	}
	return b.server+clockMargin < a.server
}

func (c *checks) pass(b *admission, fan int, number int64) {
	b.passed = true
	c.outOfOrder++
	c.note("fan %d was admitted past fan %d, who came earlier with number %d and was there", b.fan, fan, number)
}

// waitingFan is a fan in line with a live socket.
type waitingFan struct {
	fan    int
	number int64
	since  int64 // ns, the crowd's clock
}

// waiting judges admissions that have waited out grace by the fans who still
// wait; all calls each of them.
func (c *checks) waiting(now int64, all func(func(waitingFan))) {
	first := c.judged
	for c.judged < len(c.turns) && c.turns[c.judged].at+int64(c.grace) < now {
		c.judged++
	}
	if first == c.judged {
		return
	}
	earliest := waitingFan{number: math.MaxInt64}
	since := c.turns[first].at - int64(c.grace)
	all(func(w waitingFan) {
		if w.since < since && w.number < earliest.number {
			earliest = w
		}
	})
	for i := first; i < c.judged; i++ {
		if b := &c.turns[i]; !b.passed && earliest.number < b.number {
			c.pass(b, earliest.fan, earliest.number)
		}
	}
}

// sale judges a completed transaction.
func (c *checks) sale(transaction string, seats []string) {
	for _, seat := range seats {
		if other, found := c.sold[seat]; found && other != transaction {
			c.soldTwice++
			c.note("seat %s was sold in transaction %s and in %s", seat, other, transaction)
			continue
		}
		c.sold[seat] = transaction
	}
}

// aheadTree knows, for each number, the best position shown to any later one. It
// is a Fenwick tree of minima over a window of numbers.
type aheadTree struct {
	base  int64   // the number before the window; meaningful with best
	best  []int32 // 1-based; 0: none
	upper int64   // the largest number taken in
}

const aheadSize = 1 << 20 // numbers in the window: as many fans as one epoch can have here

// add takes in a position. A number outside of the window moves it: after a loss
// of Redis the line counts from elsewhere.
func (t *aheadTree) add(number int64, position int) {
	if i := number - t.base; t.best == nil || i < 1 || i > aheadSize {
		t.best, t.base, t.upper = make([]int32, aheadSize+1), max(0, number-aheadSize/4), 0
	}
	t.upper = max(t.upper, number)
	for i := number - t.base; i > 0; i -= i & -i {
		if best := t.best[i]; best == 0 || int32(position) < best {
			t.best[i] = int32(position)
		}
	}
}

// behind returns the best position shown to a number after this one, and a
// position beyond all where none was.
func (t *aheadTree) behind(number int64) int {
	best := int32(math.MaxInt32)
	if t.best == nil || number < t.base || number >= t.upper {
		return int(best)
	}
	for i := number - t.base + 1; i <= aheadSize; i += i & -i {
		if b := t.best[i]; b != 0 && b < best {
			best = b
		}
	}
	return int(best)
}
