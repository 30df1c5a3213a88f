package queue

import (
	"fmt"
	"testing"
	"time"

	"usher/internal/fault"
	"usher/internal/testkit"
)

// still makes a node on a Redis whose time stands still, with
// a season's default settings.
func still(t *testing.T, limit int) (*node, *clock, Settings) {
	t.Helper()
	c := newClock(t)
	n := newFixture(t, "redis://"+c.redis.Addr()).node()
	set := Settings{
		Revision: 1, ActiveLimit: limit, TurnWindow: time.Minute, Lease: 90 * time.Second, Session: 15 * time.Minute,
		Absence: 2 * time.Minute, Forget: 15 * time.Minute,
	}
	n.configure(set)
	return n, c, set
}

func TestBeforeTheOpeningFansGather(t *testing.T) {
	n, c, set := still(t, 1)
	set.Revision, set.OpensAt = 2, c.now.Add(time.Minute)
	n.configure(set)
	if st := n.join("ann"); st.State != Gathering || st.Position != 0 || st.Number != 1 || st.Place() == "" || !st.OpensAt.Equal(set.OpensAt) {
		t.Fatalf("ann: %+v", st)
	}
	n.open("bob")
	n.join("bob")
	n.tickOnce()
	c.advance(time.Minute)
	n.tickOnce()
	ann, bob := n.status("ann"), n.status("bob")
	if !ann.OpensAt.IsZero() || ann.State == bob.State || ann.State != Turn && bob.State != Turn || ann.Position+bob.Position != 1 {
		t.Fatalf("at the opening the user who drew the first place has the turn: %+v %+v", ann, bob)
	}
	if bob.State == Turn {
		n.wantEvent("bob", TurnCame, time.Second)
	} else if e := n.wantEvent("bob", Changed, time.Second); e.Status.State != Waiting || e.Status.Position != 1 {
		t.Fatalf("bob is sent that the line opened: %+v", e)
	}
	n.wantClean()
}

func TestAfterTheCloseNoUserJoins(t *testing.T) {
	n, c, set := still(t, 1)
	n.join("ann")
	n.join("bob")
	set.Revision, set.ClosesAt = 2, c.now
	n.configure(set)
	if _, err := n.Join(t.Context(), n.season, "cat", ""); !fault.Is(err, fault.SeasonClosed) {
		t.Fatalf("cat: %v", err)
	}
	if st := n.join("bob"); st.State != Waiting {
		t.Fatalf("who is in line stays: %+v", st)
	}
}

func TestAPauseStopsAdmissionOnly(t *testing.T) {
	n, _, set := still(t, 1)
	n.join("ann")
	n.join("bob")
	set.Revision, set.Paused = 2, true
	n.configure(set)
	n.leaveAs("ann")
	if st := n.status("bob"); st.State != Waiting || !st.Paused {
		t.Fatalf("bob: %+v", st)
	}
	if st := n.join("cat"); st.State != Waiting {
		t.Fatalf("cat: %+v", st)
	}
	set.Revision, set.Paused = 3, false
	n.configure(set)
	if st := n.status("bob"); st.State != Turn {
		t.Fatalf("resumed: %+v", st)
	}
}

func TestAnOlderRevisionChangesNothing(t *testing.T) {
	n, _, set := still(t, 1)
	set.Revision, set.ActiveLimit = 7, 3
	n.configure(set)
	set.Revision, set.ActiveLimit = 6, 9
	n.configure(set)
	if st := n.status(""); st.Limit != 3 {
		t.Fatalf("limit %d", st.Limit)
	}
}

func TestWithoutSettingsNoUserIsAdmitted(t *testing.T) {
	c := newClock(t)
	n := newFixture(t, "redis://"+c.redis.Addr()).node()
	if st := n.join("ann"); st.State != Waiting {
		t.Fatalf("ann: %+v", st)
	}
	n.tickOnce()
	if st := n.status("ann"); st.State != Waiting || st.Limit != 0 {
		t.Fatalf("ann: %+v", st)
	}
	n.configure(plain(1))
	if st := n.status("ann"); st.State != Turn {
		t.Fatalf("ann, with settings: %+v", st)
	}
}

func TestLoweringTheLimitRemovesNoUser(t *testing.T) {
	n, _, set := still(t, 3)
	for _, user := range []string{"ann", "bob", "cat", "dan"} {
		n.join(user)
	}
	set.Revision, set.ActiveLimit = 2, 1
	n.configure(set)
	if st := n.status(""); st.Active != 3 {
		t.Fatalf("active %d", st.Active)
	}
	n.wantClean()
	n.leaveAs("ann")
	n.leaveAs("bob")
	if n.state("dan") != Waiting {
		t.Error("dan must wait until fewer than one have a place")
	}
	n.leaveAs("cat")
	if n.state("dan") != Turn {
		t.Error("dan's turn")
	}
}

func TestThePerMinuteBucketHoldsAdmissionBack(t *testing.T) {
	n, c, set := still(t, 1000)
	set.Revision, set.AdmitPerMinute = 2, 60
	n.configure(set)
	for i := range 200 {
		n.join(fmt.Sprintf("fan-%03d", i))
	}
	before := n.status("").Active
	if before > 2 {
		t.Fatalf("%d at once, two seconds' worth is 2", before)
	}
	for range 60 {
		c.advance(time.Second)
		n.tickOnce()
	}
	if got := n.status("").Active - before; got < 58 || got > 61 {
		t.Fatalf("%d in a minute, the setting says 60", got)
	}
}

func TestRepeatingALeaveCostsNoNewPlace(t *testing.T) {
	n, _, _ := still(t, 1)
	n.join("ann")
	old := n.join("bob").Number
	n.leaveAs("bob")
	number := n.join("bob").Number
	// The first leave, executed late: its reply had been lost.
	s := n.Queue.season(n.season)
	if _, err := s.call(t.Context(), leaveScript, "bob", old, ""); err != nil {
		t.Fatal(err)
	}
	if st := n.status("bob"); st.State != Waiting || st.Number != number {
		t.Fatalf("bob: %+v", st)
	}
}

func TestALateEnterDoesNotTakeALaterTurn(t *testing.T) {
	n, c, _ := still(t, 1)
	n.join("ann")
	n.join("bob")
	n.leaveAs("ann")
	s := n.Queue.season(n.season)
	a, err := s.look.Do(t.Context(), question{user: "bob"})
	n.must(err)
	c.advance(time.Minute) // missed
	n.join("cat")
	n.join("bob")
	n.leaveAs("cat")
	if n.state("bob") != Turn {
		t.Fatal("bob's second turn")
	}
	if _, err := s.call(t.Context(), enterScript, "bob", a.state.Turn); err != nil {
		t.Fatal(err)
	}
	if got := n.state("bob"); got != Turn {
		t.Fatalf("the first turn's enter took the second: %s", got)
	}
	n.enterAs("bob")
}

func TestEnteringWithoutATurnIsAConflict(t *testing.T) {
	n, _, _ := still(t, 1)
	n.join("ann")
	n.join("bob")
	for _, user := range []string{"bob", "stranger"} {
		if _, err := n.Enter(t.Context(), n.season, user); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: %v", user, err)
		}
	}
}

func TestNumbersGoOnPastTheCeilingOnceTheLedgerKnows(t *testing.T) {
	n, _, _ := still(t, 1)
	n.join("ann")
	s := n.Queue.season(n.season)
	n.must(s.q.o.Redis.HSet(t.Context(), s.keys[keyLine], "number", segmentSize-1).Err())
	n.join("cat") // the first segment is used up: the ceiling rises before a number is drawn
	st := n.join("dan")
	if st.Number != segmentSize+1 || st.Position != 2 {
		t.Fatalf("dan: %+v", st)
	}
	next, err := n.ledger.nextEpoch(t.Context(), n.season)
	if err != nil || next.FirstNumber != 2*segmentSize {
		t.Fatalf("a later epoch begins above every number that could be drawn: %+v %v", next, err)
	}
	n.wantClean()
}

func TestTheAuditFindsWhatIsWrong(t *testing.T) {
	testkit.Once(t)
	n, _, _ := still(t, 1)
	s := n.Queue.season(n.season)
	redis := s.q.o.Redis
	n.join("ann")
	n.join("bob")
	n.wantClean()
	for name, harm := range map[string]func(undo bool) error{
		"a bit is missing": func(undo bool) error {
			bit := 0
			if undo {
				bit = 1
			}
			return redis.SetBit(t.Context(), s.keys[keyBits]+"0", 2, bit).Err()
		},
		"a part of the bitmap that is not in use": func(undo bool) error {
			if undo {
				return redis.HSet(t.Context(), s.keys[keySegments], "0", 2).Err()
			}
			return redis.HDel(t.Context(), s.keys[keySegments], "0").Err()
		},
		"a stranger is ready": func(undo bool) error {
			if undo {
				return redis.ZRem(t.Context(), s.keys[keyReady], "eve").Err()
			}
			return redis.ZAdd(t.Context(), s.keys[keyReady], z("eve", 9)).Err()
		},
		"a number without a place in line": func(undo bool) error {
			if undo {
				return redis.HDel(t.Context(), s.keys[keyNumbers], "eve").Err()
			}
			return redis.HSet(t.Context(), s.keys[keyNumbers], "eve", 9).Err()
		},
		"more active than the limit": func(undo bool) error {
			if undo {
				return redis.SRem(t.Context(), s.keys[keyActive], "eve").Err()
			}
			return redis.SAdd(t.Context(), s.keys[keyActive], "eve").Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			n.must(harm(false))
			found, err := n.Audit(t.Context(), n.season)
			if err != nil || len(found) == 0 {
				t.Errorf("found %v, %v", found, err)
			}
			n.must(harm(true))
			n.wantClean()
		})
	}
}

func TestTheExpectedWaitComesFromPlacesThatCameFree(t *testing.T) {
	n, c, _ := still(t, 1)
	n.join("fan-00")
	if st := n.join("fan-01"); st.ETA != nil {
		t.Fatalf("nothing is known yet: %+v", st.ETA)
	}
	for i := 2; i < 40; i++ {
		n.join(fmt.Sprintf("fan-%02d", i))
	}
	for i := range 10 {
		user := fmt.Sprintf("fan-%02d", i)
		n.enterAs(user)
		c.advance(10 * time.Second)
		n.leaveAs(user)
		n.tickOnce()
	}
	st := n.status("fan-39")
	if st.ETA == nil || st.Position != 29 {
		t.Fatalf("%+v", st)
	}
	if st.ETA.P50 < 230 || st.ETA.P50 > 350 || st.ETA.P90 <= st.ETA.P50 {
		t.Fatalf("one place in ten seconds, position 29: %+v", *st.ETA)
	}
}
