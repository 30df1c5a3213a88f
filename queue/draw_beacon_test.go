package queue

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"usher/internal/draw"
	"usher/internal/fault"
	"usher/internal/testkit"
)

// coin is a beacon of a test's own, with a round every three seconds by the
// test's clock.
type coin struct {
	c      *clock
	ahead  time.Duration // by how much its clock differs
	silent atomic.Bool
	stuck  atomic.Bool // its rounds do not come
	early  bool        // it gives away rounds before they are due
	hang   bool        // it never answers about the newest
	asked  atomic.Int64
}

func (*coin) Source() string { return "https://beacon.test" }

var (
	errSilent = errors.New("no answer")
	rounds    = draw.Schedule{Genesis: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), Period: 3}
)

func (b *coin) Schedule(context.Context) (draw.Schedule, error) {
	if b.silent.Load() {
		return draw.Schedule{}, errSilent
	}
	return rounds, nil
}

func (b *coin) Latest(ctx context.Context) (uint64, error) {
	if b.hang {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	if b.silent.Load() {
		return 0, errSilent
	}
	return uint64(b.c.now.Add(b.ahead).Unix()-rounds.Genesis)/3 + 1, nil
}

func (b *coin) Value(_ context.Context, round uint64) ([]byte, error) {
	b.asked.Add(1)
	switch {
	case b.silent.Load():
		return nil, errSilent
	case !b.early && (b.stuck.Load() || b.c.now.Add(b.ahead).Before(rounds.Due(round))):
		return nil, draw.ErrNoRound
	}
	return valueOf(round), nil
}

// unborn is a beacon whose first round is far ahead.
type unborn struct{ *coin }

func (b unborn) Schedule(context.Context) (draw.Schedule, error) {
	return draw.Schedule{Genesis: b.c.now.Add(100 * 365 * 24 * time.Hour).Unix(), Period: 3}, nil
}

func (unborn) Latest(context.Context) (uint64, error) { return 0, errSilent }

func valueOf(round uint64) []byte { return bytes.Repeat([]byte{byte(round)}, 32) }

// gatheredBy has five fans gather on a clock of the test's own, and the opening
// come.
func gatheredBy(t *testing.T, beacon func(*clock) Beacon) (*clock, *fixture, *node, []string) {
	c := newClock(t)
	h := newFixture(t, "redis://"+c.redis.Addr())
	n := h.clocked(c, beacon(c))
	set := paused(opening(c.now.Add(time.Minute)))
	n.configure(set)
	users := ids(5)
	n.joinAll(users)
	c.advance(time.Minute)
	n.tickOnce() // the line is frozen, and who had gathered recorded
	return c, h, n, users
}

// clocked is a node by the test's clock.
func (h *fixture) clocked(c *clock, beacon Beacon) *node {
	return h.node(func(o *Options) {
		o.Beacon = beacon
		o.Now = func() time.Time { return c.now }
	})
}

// TestTheRoundIsFixedBeforeAnybodyCanKnowIt: who had gathered, and which round
// counts, is public for five seconds or more before that round is, and until
// then the seed stays secret, even when a beacon publishes too early.
func TestTheRoundIsFixedBeforeAnybodyCanKnowIt(t *testing.T) {
	for name, early := range map[string]bool{"a beacon on time": false, "one that gives away rounds": true} {
		t.Run(name, func(t *testing.T) {
			c, _, n, users := gatheredBy(t, func(c *clock) Beacon { return &coin{c: c, early: early} })
			opened := c.now
			d := n.committed()
			if d.Beacon != "https://beacon.test" || d.Frozen == nil || d.Held {
				t.Fatalf("%+v", d)
			}
			f := *d.Frozen
			if f.Gathered != draw.Hash(users) || f.Count != 5 || !f.At.Equal(opened) || f.Round != rounds.RoundFor(opened) {
				t.Errorf("%+v", f)
			}
			if lead := f.Due().Sub(f.At); lead < draw.Lead || lead >= draw.Lead+3*time.Second {
				t.Errorf("the round comes %v after the record", lead)
			}
			for c.now.Before(f.Due()) {
				n.tickOnce()
				if h, err := n.HeldDraw(t.Context(), n.season, 1); err != nil || h != nil {
					t.Fatalf("%v before the round is due: %+v %v", f.Due().Sub(c.now), h, err)
				}
				if st := n.state(users[0]); st != Gathering {
					t.Fatalf("before the order is drawn: %s", st)
				}
				c.advance(500 * time.Millisecond)
			}
			n.tickOnce()
			if h := n.held(); !bytes.Equal(h.Value, valueOf(f.Round)) || h.Note != "" || *h.Frozen != f {
				t.Errorf("%+v", h)
			}
			n.wantDrawn(users, nil, opened)
		})
	}
}

func TestADrawIsHeldWithoutABeaconThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		beacon func(*clock) Beacon
		later  func(Beacon) // once the season is committed
		note   string
		value  bool
	}{
		"none":                             {func(*clock) Beacon { return nil }, nil, noBeacon, false},
		"silent from the first":            {func(c *clock) Beacon { b := &coin{c: c}; b.silent.Store(true); return b }, nil, noRound, false},
		"silent at the commitment":         {func(c *clock) Beacon { b := &coin{c: c}; b.silent.Store(true); return b }, func(b Beacon) { b.(*coin).silent.Store(false) }, "", true},
		"silent from the opening on":       {func(c *clock) Beacon { return &coin{c: c} }, func(b Beacon) { b.(*coin).silent.Store(true) }, noValueSoon, false},
		"stuck at a round":                 {func(c *clock) Beacon { return &coin{c: c} }, func(b Beacon) { b.(*coin).stuck.Store(true) }, noValueSoon, false},
		"our clock is behind":              {func(c *clock) Beacon { return &coin{c: c, ahead: 20 * time.Second} }, nil, "", true},
		"our clock is before":              {func(c *clock) Beacon { return &coin{c: c, ahead: -8 * time.Second} }, nil, "", true},
		"it has not begun":                 {func(c *clock) Beacon { return unborn{&coin{c: c}} }, nil, otherClock, false},
		"its clock has nothing to do with": {func(c *clock) Beacon { return &coin{c: c, ahead: time.Hour} }, nil, otherClock, false},
	} {
		t.Run(name, func(t *testing.T) {
			cl := newClock(t)
			h := newFixture(t, "redis://"+cl.redis.Addr())
			beacon := c.beacon(cl)
			n := h.clocked(cl, beacon)
			set := paused(opening(cl.now.Add(time.Minute)))
			n.configure(set)
			users := ids(5)
			n.joinAll(users)
			if c.later != nil {
				c.later(beacon)
			}
			cl.advance(time.Minute)
			for i := range 60 {
				n.tickOnce()
				if i == 0 && c.value {
					newest, err := beacon.Latest(t.Context())
					n.must(err)
					if f := n.committed().Frozen; f.Round <= newest {
						t.Fatalf("round %d is chosen when %d is out", f.Round, newest)
					}
				}
				if n.committed().Held {
					break
				}
				cl.advance(time.Second)
			}
			got := h.node().held()
			if got.Note != c.note || (len(got.Value) > 0) != c.value {
				t.Errorf("%+v", got)
			}
			if f := got.Frozen; c.value && (f.Round != rounds.RoundFor(f.At) || !f.Due().After(f.At) || !bytes.Equal(got.Value, valueOf(f.Round))) {
				t.Errorf("%+v", f)
			}
			n.wantDrawn(users, nil, set.OpensAt)
		})
	}
}

// TestANodeWithAnotherBeaconLeavesTheRoundToOthers: a node that was started
// without the beacon of the commitment must not be why the draw is held without.
func TestANodeWithAnotherBeaconLeavesTheRoundToOthers(t *testing.T) {
	c, h, n, users := gatheredBy(t, func(c *clock) Beacon { return &coin{c: c} })
	opened := c.now
	wrong := h.clocked(c, nil)
	c.advance(10 * time.Second)
	wrong.tickOnce()
	if wrong.committed().Held {
		t.Fatal("a node without the beacon held the draw")
	}
	n.tickOnce()
	if got := wrong.held(); len(got.Value) == 0 {
		t.Errorf("%+v", got)
	}
	n.wantDrawn(users, nil, opened)
}

// TestALineLostBeforeTheRoundIsOutComesBackAsDrawn: no user joins before the
// order is known, and trying uses up no numbers.
func TestALineLostBeforeTheRoundIsOutComesBackAsDrawn(t *testing.T) {
	var beacon *coin
	c, h, n, users := gatheredBy(t, func(c *clock) Beacon { beacon = &coin{c: c}; return beacon })
	opened := c.now
	places := map[string]string{}
	for _, user := range users {
		places[user] = n.status(user).Place()
	}
	set := paused(opening(opened))
	n.o.Settings = func(context.Context, string) (Settings, error) { return set, nil }
	h.loseEverything()
	for range 4 {
		if _, err := n.Join(t.Context(), h.season, users[0], places[users[0]]); !fault.Is(err, fault.Unavailable) {
			t.Fatalf("before the order is known: %v", err)
		}
		c.advance(time.Second)
	}
	c.advance(10 * time.Second)
	for _, user := range users {
		if _, err := n.Join(t.Context(), h.season, user, places[user]); err != nil {
			t.Fatal(err)
		}
	}
	c.advance(time.Second)
	n.tickOnce()
	if st := n.status(users[0]); st.Epoch != 2 {
		t.Errorf("epoch %d", st.Epoch)
	}
	n.wantDrawn(users, nil, opened)
}

// TestALongDrawKeepsItsLock: others wait as long as a node is at it, and follow
// it when it is gone.
func TestALongDrawKeepsItsLock(t *testing.T) {
	c := newClock(t)
	h := newFixture(t, "redis://"+c.redis.Addr())
	n := h.clocked(c, &coin{c: c, hang: true})
	n.configure(opening(c.now.Add(time.Minute)))
	n.joinAll(ids(3))
	c.advance(time.Minute)
	done := make(chan error, 1)
	key := drawingKey(h.season)
	n.must(n.Mirror(h.season).s.tick(t.Context()))
	go func() { done <- n.Queue.season(h.season).holdDraw(context.Background()) }()
	testkit.Eventually(t, 5*time.Second, "the lock is taken", func() bool { return c.redis.TTL(key) > 0 })
	c.redis.FastForward(drawingLock - 500*time.Millisecond)
	testkit.Eventually(t, 5*time.Second, "the lock is kept", func() bool { return c.redis.TTL(key) > drawingLock-500*time.Millisecond })
	n.must(<-done)
	if c.redis.Exists(key) {
		t.Error("the lock outlives the work")
	}
}
