package crowd

import (
	"math"
	"testing"
	"time"
)

const second = int64(time.Second)

func TestPositionsAgreeWithTheOrderOfArrival(t *testing.T) {
	c := newChecks(time.Second)
	c.position(0, 1, 11, 0, 2, 9)
	c.position(0, 0, 10, 0, 1, 9)
	c.position(3*second, 2, 12, 0, 1, 9) // may have been told a moment later than it is: it waits out grace
	c.position(3*second+1, 0, 10, 1, 1, 9)
	if c.broken() != 0 {
		t.Fatalf("an order that is right is found wrong: %v", c.notes)
	}
	c.position(5*second, 1, 11, 2, 1, 9) // 12 was at 1 two seconds ago
	if c.positionErrors != 1 {
		t.Errorf("%d errors: a fan shown a position that a later fan had before", c.positionErrors)
	}
	c.position(6*second, 3, 13, 0, 10, 9)
	if c.positionErrors != 2 {
		t.Errorf("%d errors: position 10 of 9", c.positionErrors)
	}
}

// TestALineThatMovesOnIsRight plays a right line, whose numbers have gaps and
// jump to another range after a loss.
func TestALineThatMovesOnIsRight(t *testing.T) {
	for _, base := range []int64{1, 1 << 20, 5 << 40} {
		c := newChecks(time.Second)
		const fans = 300
		last := [fans]int{}
		for gone := range fans {
			for i := gone; i < fans; i++ {
				c.position(int64(gone)*second, i, base+int64(i)*7, last[i], i-gone+1, fans-gone)
				last[i] = i - gone + 1
			}
		}
		if c.broken() != 0 {
			t.Errorf("from %d: %v", base, c.notes)
		}
		c.position(fans*second, 0, base, 0, 2, fans) // a later one was first
		if c.broken() != 1 {
			t.Errorf("from %d: the first is shown behind a later one, and that is not found", base)
		}
	}
}

func TestAnAdmissionPastOneWhoWaitsOn(t *testing.T) {
	waiting := func(number, since int64) func(func(waitingFan)) {
		return func(each func(waitingFan)) { each(waitingFan{7, number, since}) }
	}
	for _, c := range []struct {
		name          string
		number, since int64 // of who waits on
		now           int64
		want          int
	}{
		{"an earlier fan, there all the time", 4, 0, 12 * second, 1},
		{"a later fan", 6, 0, 12 * second, 0},
		{"an earlier fan who has just come back", 4, 10*second - 1, 12 * second, 0},
		{"it is too early to say", 4, 0, 10*second + 1, 0},
	} {
		checks := newChecks(time.Second)
		checks.admitted(admission{fan: 1, number: 5, at: 10 * second, server: 10_000, deadline: 70_000}, 0, 0)
		checks.waiting(c.now, waiting(c.number, c.since))
		checks.waiting(c.now+1, waiting(c.number, c.since)) // counted once
		if checks.outOfOrder != c.want {
			t.Errorf("%s: %d out of order, want %d: %v", c.name, checks.outOfOrder, c.want, checks.notes)
		}
	}
}

func TestAFanWithoutANumberGoesPastOneWhoWaitsOn(t *testing.T) {
	for asked, want := range map[int64]int{second: 0, 3 * second: 1} { // the other is in line since 2 s
		checks := newChecks(time.Second)
		checks.admitted(admission{fan: 1, number: math.MaxInt64, asked: asked, at: 10 * second, server: 10_000}, 0, 0)
		checks.waiting(12*second, func(each func(waitingFan)) { each(waitingFan{7, 4, 2 * second}) })
		checks.admitted(admission{fan: 2, number: math.MaxInt64, asked: asked, at: 20 * second, server: 20_000}, 0, 0)
		checks.waiting(22*second, func(func(waitingFan)) {}) // every fan was admitted
		if checks.outOfOrder != want {
			t.Errorf("asked after %v: %d out of order, want %d: %v", time.Duration(asked), checks.outOfOrder, want, checks.notes)
		}
	}
}

func TestTheOrderOfTwoAdmissions(t *testing.T) {
	for _, c := range []struct {
		name           string
		first          admission // of number 5
		second         int64     // ms: the server's clock at the admission of number 4
		presentServer  int64
		want           int
		secondDeadline bool
	}{
		{"past a fan who was there", admission{number: 5, server: 10_000, deadline: 70_000}, 10_001, 1000, 1, true},
		{"in one script", admission{number: 5, server: 10_000, deadline: 70_000}, 10_000, 1000, 0, true},
		{"past a fan who came back only then", admission{number: 5, server: 10_000, deadline: 70_000}, 10_500, 10_000, 0, true},
		{"straight in, past a fan in line", admission{number: math.MaxInt64, asked: 3 * second, server: 10_000}, 10_500, 1000, 1, true},
		{"straight in, asked before the other was in line", admission{number: math.MaxInt64, asked: second, server: 10_000}, 10_500, 1000, 0, true},
		{"straight in, too close to say", admission{number: math.MaxInt64, asked: 3 * second, server: 10_000}, 10_050, 1000, 0, true},
	} {
		checks := newChecks(time.Second)
		checks.admitted(admission{fan: 9, number: 1, at: second, server: 1000, deadline: 61_000}, 0, 0) // tells how long turns are
		c.first.fan, c.first.at = 5, 10*second
		checks.admitted(c.first, 0, 0)
		checks.admitted(admission{fan: 4, number: 4, at: 11 * second, server: c.second, deadline: c.second + 60_000}, 2*second, c.presentServer)
		if checks.outOfOrder != c.want {
			t.Errorf("%s: %d out of order, want %d: %v", c.name, checks.outOfOrder, c.want, checks.notes)
		}
	}
}

func TestTimersRingInOrder(t *testing.T) {
	var h timers
	for i := range 1000 {
		h.push(timer{at: int64(i*7919) % 1000, fan: int32(i)})
	}
	for last := int64(-1); len(h) > 0; {
		next := h.pop()
		if next.at < last {
			t.Fatalf("%d rings after %d", next.at, last)
		}
		last = next.at
	}
}

func TestAPositionIsReadByHand(t *testing.T) {
	for text, want := range map[string][2]int{
		`{"type":"position","position":123,"waiting":9876,"etaSeconds":{"p50":240,"p90":420}}`: {123, 9876},
		`{"type":"position","position":1,"waiting":1}`:                                         {1, 1},
		`{"type": "position", "waiting": 4, "position": 3}`:                                    {3, 4},
		`{"type":"position","position":12345678901,"waiting":1}`:                               {12345678901, 1},
	} {
		m, err := ParseMessage([]byte(text))
		if err != nil || m.Type != "position" || [2]int{m.Position, m.Waiting} != want {
			t.Errorf("%s is read as %+v, %v", text, m, err)
		}
	}
}
