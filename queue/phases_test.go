package queue

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"usher/internal/draw"
	"usher/internal/fault"
)

// twoPhases are a phase with codes of an hour, half an hour between, and a phase for all.
func twoPhases(limit int, opens time.Time) Settings {
	set := plain(limit)
	set.TurnWindow, set.Lease, set.Session, set.Absence, set.Forget = 20*time.Hour, 20*time.Hour, 20*time.Hour, 20*time.Hour, 20*time.Hour
	set.Phases = []Phase{
		{Name: "Presale", OpensAt: opens, ClosesAt: opens.Add(time.Hour), Code: true},
		{Name: "General sale", OpensAt: opens.Add(90 * time.Minute)},
	}
	set.OpensAt = opens
	return set
}

func (n *node) joinCleared(user string) Status {
	n.t.Helper()
	st, err := n.JoinCleared(n.t.Context(), n.season, user, "")
	n.must(err)
	return st
}

func (n *node) wantCodeRequired(user string) {
	n.t.Helper()
	if st, err := n.Join(n.t.Context(), n.season, user, ""); !fault.Is(err, fault.CodeRequired) {
		n.t.Fatalf("%s joins without a code: %+v %v", user, st, err)
	}
	if st := n.state(user); st != None {
		n.t.Fatalf("%s was refused and is %s", user, st)
	}
}

func TestAPhaseWithCodesTakesOnlyUsersWhoUsedOne(t *testing.T) {
	c := newClock(t)
	h := newFixture(t, "redis://"+c.redis.Addr())
	one, two := h.clocked(c, nil), h.clocked(c, nil)
	set := twoPhases(2, c.now.Add(time.Hour))
	one.configure(set)
	one.wantCodeRequired("no-code") // before the opening too: users gather for the first phase
	early := []string{"early-1", "early-2"}
	for _, user := range early {
		if st := two.joinCleared(user); st.State != Gathering {
			t.Fatalf("%+v", st)
		}
	}
	c.advance(time.Hour)
	one.tickOnce()
	two.wantCodeRequired("no-code")
	for _, user := range early {
		if st := one.state(user); st != Turn {
			t.Errorf("%s: %s", user, st)
		}
	}
	for _, user := range []string{"first", "second"} {
		if st := two.joinCleared(user); st.State != Waiting {
			t.Fatalf("%+v", st)
		}
	}
	if st := one.join("second"); st.State != Waiting {
		t.Errorf("in line, no code is asked for again: %+v", st)
	}

	c.advance(time.Hour) // between the phases
	one.leaveAs(early[0])
	one.tickOnce()
	if st := one.state("first"); st != Waiting {
		t.Fatalf("between the phases no user is admitted: %s", st)
	}
	wantBetween := func(want bool) { // the gauge of open lines, and so the alert about a line that stands still
		t.Helper()
		a, err := one.Queue.season(h.season).look.Do(t.Context(), question{})
		one.must(err)
		if a.counts.Between != want {
			t.Errorf("between two phases: %v", a.counts.Between)
		}
	}
	wantBetween(true)
	if st := two.join("third"); st.State != Gathering || st.Position != 0 || !st.OpensAt.Equal(set.Phases[1].OpensAt) {
		t.Fatalf("who joins for the next phase gathers for it: %+v", st)
	}

	c.advance(30 * time.Minute)
	two.tickOnce()
	wantBetween(false)
	if st := one.state("first"); st != Turn {
		t.Errorf("at the opening of the next phase the first of the earlier one is next: %s", st)
	}
	if st := one.join("fourth"); st.Position != 3 {
		t.Errorf("%+v", st)
	}
	one.leaveAs(early[1])
	if a, b := one.state("second"), one.state("third"); a != Turn || b != Waiting {
		t.Errorf("second %s, third %s", a, b)
	}
	one.wantClean()
}

func TestAPlaceBroughtBackNeedsNoCode(t *testing.T) {
	c := newClock(t)
	h := newFixture(t, "redis://"+c.redis.Addr())
	n := h.clocked(c, nil)
	set := twoPhases(1, c.now.Add(-time.Minute))
	n.configure(set)
	n.joinCleared("ann")
	place := n.joinCleared("bob").Place()
	h.loseEverything()
	n = h.clocked(c, nil)
	n.configure(set)
	if st, err := n.Join(t.Context(), h.season, "bob", place); err != nil || st.Number == 0 {
		t.Errorf("bob brings the place back: %+v %v", st, err)
	}
	n.wantCodeRequired("cat")
}

func TestADrawCommitsToThePhases(t *testing.T) {
	c := newClock(t)
	h := newFixture(t, "redis://"+c.redis.Addr())
	n := h.clocked(c, nil)
	set := twoPhases(1, c.now.Add(time.Minute))
	n.configure(set)
	users := ids(5)
	for _, user := range users {
		n.joinCleared(user)
	}
	c.advance(time.Minute)
	n.tickOnce()
	d, err := n.HeldDraw(t.Context(), h.season, 1)
	n.must(err)
	if d == nil {
		t.Fatal("the draw was not held")
	}
	want := []draw.Phase{
		{Name: "Presale", OpensAt: "2027-03-01T10:01:00.000Z", ClosesAt: "2027-03-01T11:01:00.000Z", Access: "code"},
		{Name: "General sale", OpensAt: "2027-03-01T11:31:00.000Z", Access: "open"},
	}
	if !slices.Equal(d.Phases, want) || draw.Commit(d.Seed, want...) != d.Commitment {
		t.Errorf("%+v", d.Phases)
	}
	want[1].Access = "code"
	if draw.Commit(d.Seed, want...) == d.Commitment || draw.Commit(d.Seed) == d.Commitment {
		t.Error("the commitment does not cover the phases")
	}
	if found, err := n.AuditDraw(t.Context(), h.season); err != nil || len(found) > 0 {
		t.Errorf("%q %v", found, err)
	}
}

// TestPhasesInRandomSales plays sales over two nodes: in a phase with codes no user
// without one gets in or into the line, no user is admitted between two phases, and
// users are admitted in the order in which they joined or were drawn, over all phases.
func TestPhasesInRandomSales(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := newClock(t)
		h := newFixture(t, "redis://"+c.redis.Addr())
		nodes := []*node{h.clocked(c, nil), h.clocked(c, nil)}
		set := plain(rapid.IntRange(1, 3).Draw(rt, "limit"))
		set.TurnWindow, set.Lease, set.Session, set.Absence, set.Forget = 90*time.Hour, 90*time.Hour, 90*time.Hour, 90*time.Hour, 90*time.Hour
		at := c.now
		for i := range rapid.IntRange(1, 4).Draw(rt, "phases") {
			p := Phase{Name: fmt.Sprint("Phase ", i+1), OpensAt: at, Code: rapid.Bool().Draw(rt, "code")}
			p.ClosesAt = at.Add(time.Duration(rapid.IntRange(1, 4).Draw(rt, "length")) * time.Minute)
			at = p.ClosesAt.Add(time.Duration(rapid.IntRange(0, 2).Draw(rt, "gap")) * time.Minute)
			set.Phases = append(set.Phases, p)
		}
		set.OpensAt, set.ClosesAt = set.Phases[0].OpensAt, set.Phases[len(set.Phases)-1].ClosesAt
		nodes[0].configure(set)
		var inLine, inside, gathered []string // in order; those who gather for the next phase have none
		var drawn []int                       // the numbers of the draws held
		for step := range rapid.IntRange(5, 30).Draw(rt, "steps") {
			n := nodes[rapid.IntRange(0, 1).Draw(rt, "node")]
			var current *Phase
			for i := range set.Phases {
				if c.now.Before(set.Phases[i].ClosesAt) {
					current = &set.Phases[i]
					break
				}
			}
			mayAdmit := current == nil || !c.now.Before(current.OpensAt)
			settle := func() { // what the line must have done after each act
				for mayAdmit && len(inside) < set.ActiveLimit && len(inLine) > 0 {
					inside, inLine = append(inside, inLine[0]), inLine[1:]
				}
			}
			settle()
			// What the first script after an opening does: it freezes those who gathered.
			var frozen, late []string
			nth := 0
			for i, p := range set.Phases {
				if i > 0 && !c.now.Before(p.OpensAt) && p.OpensAt.After(set.Phases[i-1].ClosesAt) && !slices.Contains(drawn, i+1) {
					drawn, nth, frozen, gathered = append(drawn, i+1), i+1, gathered, nil
				}
			}
			joins := func(user string) {
				switch {
				case !mayAdmit:
					gathered = append(gathered, user)
				case nth > 0:
					late = append(late, user)
				default:
					inLine = append(inLine, user)
				}
			}
			var advance time.Duration
			switch rapid.IntRange(0, 3).Draw(rt, "act") {
			case 0:
				user := fmt.Sprintf("open-%d", step)
				_, err := n.Join(t.Context(), h.season, user, "")
				switch {
				case current == nil:
					if !fault.Is(err, fault.SeasonClosed) {
						rt.Fatalf("after the last phase: %v", err)
					}
				case current.Code:
					if !fault.Is(err, fault.CodeRequired) {
						rt.Fatalf("%s joins without a code: %v", user, err)
					}
				case err != nil:
					rt.Fatal(err)
				default:
					joins(user)
				}
			case 1:
				user := fmt.Sprintf("code-%d", step)
				_, err := n.JoinCleared(t.Context(), h.season, user, "")
				if current == nil && fault.Is(err, fault.SeasonClosed) {
					break
				}
				if current == nil || err != nil {
					rt.Fatalf("%s: %v", user, err)
				}
				joins(user)
			case 2:
				advance = time.Duration(rapid.IntRange(1, 60).Draw(rt, "seconds")) * time.Second
			case 3:
				if len(inside) > 0 {
					n.leaveAs(inside[0])
					inside = inside[1:]
				}
			}
			n.tickOnce()
			if nth > 0 {
				order, err := n.HeldDraw(t.Context(), h.season, nth)
				if err != nil || order == nil {
					rt.Fatalf("step %d: draw %d was not held: %v", step, nth, err)
				}
				users, _ := draw.Order(order.key, frozen)
				inLine = append(append(inLine, users...), late...)
			}
			settle()
			for _, user := range gathered {
				if st := n.status(user); st.State != Gathering || st.Position != 0 {
					rt.Fatalf("step %d: %s is %s at %d, and should gather", step, user, st.State, st.Position)
				}
			}
			for _, user := range inside {
				if st := n.state(user); st != Turn && st != Active {
					rt.Fatalf("step %d: %s is %s, and should be in", step, user, st)
				}
			}
			for i, user := range inLine {
				if st := n.status(user); st.State != Waiting || st.Position != i+1 {
					rt.Fatalf("step %d: %s is %s at %d, and should wait at %d", step, user, st.State, st.Position, i+1)
				}
			}
			if found, err := n.AuditDraw(t.Context(), h.season); err != nil || len(found) > 0 {
				rt.Fatalf("step %d: audit of the draws: %q %v", step, found, err)
			}
			c.advance(advance)
		}
	})
}
