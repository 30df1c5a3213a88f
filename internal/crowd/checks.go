package crowd

import (
	"fmt"
	"math"
	"time"
)

// checks judges the server's messages to all fans together. The rules hold on any
// network on which a frame arrives at most grace later than a frame that the server
// sent after it:
//
//   - A position never gets worse, and never exceeds the number of waiting fans.
//   - An earlier fan is further ahead: no fan is shown a position at or behind one
//     that a later fan had been shown before.
//   - Of two admitted fans the earlier one was admitted first, and no fan is admitted
//     while an earlier, present fan goes on waiting.
//   - A seat is sold once.
type checks struct {
	grace time.Duration

	ahead aheadTree // by number: the best position shown, of those older than grace
	shown []shown   // the positions newer than grace, oldest first

	turns  []admission // in the order in which their messages arrived
	judged int         // how many of turns are older than grace
	window int64       // ms: a turn's length, as the largest seen

	sold map[string]string // seat → transaction

	positionErrors, outOfOrder, soldTwice int
	notes                                 []string
}

// shown is a position that a fan was shown.
type shown struct {
	at       int64 // ns, the crowd's clock
	number   int64
	position int
}

// admission is a turn or a place given to a fan.
type admission struct {
	fan      int
	number   int64 // in line; math.MaxInt64: the fan was shown none and went straight in
	asked    int64 // ns of the crowd's clock at which the fan first asked for a place
	at       int64 // ns of the crowd's clock at which the message arrived
	server   int64 // ms of the server's clock at which the admission happened, or a little later
	deadline int64 // ms, of a turn; 0: not a turn
	passed   bool  // the admission was found to be out of order
}

const (
	maxNotes = 20
	// clockMargin is how far two times of the server's clock must be apart to order
	// admissions that have no turn's deadline.
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

// broken counts the violations.
func (c *checks) broken() int { return c.positionErrors + c.outOfOrder + c.soldTwice }

// position judges a position shown to a fan. before is the last one shown, 0 if there
// is none to compare with; waiting is 0 if the message had no such number.
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

// ripen adds the positions older than grace to the tree.
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

// stalled drops the positions newer than grace. The crowd did not read for a while, so
// the time of reading a frame says nothing about the time of its arrival.
func (c *checks) stalled() {
	c.shown = c.shown[:0]
	c.judged = len(c.turns)
}

// admitted compares an admission with the earlier ones. present is since when the fan
// has been in line on this socket, by both clocks; zero for a fan who was not.
func (c *checks) admitted(a admission, presentAt, presentServer int64) {
	if a.deadline > 0 {
		c.window = max(c.window, a.deadline-a.server)
		a.server = a.deadline - c.window
	}
	if presentServer > 0 && a.number != math.MaxInt64 {
		for i := len(c.turns) - 1; i >= 0 && c.turns[i].at > presentAt; i-- {
			b := &c.turns[i]
			if !b.passed && b.later(a.number, presentAt) && c.before(b, &a) && b.server > presentServer+clockMargin {
				c.pass(b, a.fan, a.number)
			}
		}
	}
	c.turns = append(c.turns, a)
}

// later reports whether an admitted fan certainly came later than a fan who has a number
// and is in line since a time of the crowd's clock. A fan without a number came later
// only if the request was sent after that time: the server may have put this fan in line
// first, and the message that says so can be the slower one.
func (b *admission) later(number, since int64) bool {
	if b.number == math.MaxInt64 {
		return b.asked > since
	}
	return b.number > number
}

// before reports whether b was certainly admitted before a. All turns have the same
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

// waiting compares the admissions older than grace with the fans who still wait; all
// calls its argument for each of these fans.
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
	if earliest.number == math.MaxInt64 {
		return // every fan was admitted
	}
	for i := first; i < c.judged; i++ {
		if b := &c.turns[i]; !b.passed && b.later(earliest.number, earliest.since) {
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

// aheadTree finds, for a number, the best position shown to any later number. It is a
// Fenwick tree of minima over a window of numbers.
type aheadTree struct {
	base  int64   // the number before the window; meaningful with best
	best  []int32 // 1-based; 0: none
	upper int64   // the largest number added
}

const aheadSize = 1 << 20 // numbers in the window: as many fans as one epoch can have here

// add adds a position. A number outside of the window moves the window, because after
// a loss of Redis the numbers begin elsewhere.
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

// behind returns the best position shown to a later number, or a position beyond all
// if there was none.
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
