package queue

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/fault"
	"usher/internal/testkit"
)

// killedAt is a process that is killed while it sends a script: before Redis runs the script,
// or after that and before the reply comes.
type killedAt struct {
	script *script
	after  bool
	armed  bool // not armed: the process lives
}

func (*killedAt) DialHook(next redis.DialHook) redis.DialHook { return next }

func (*killedAt) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (d *killedAt) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		args := cmd.Args()
		isEval := cmd.Name() == "evalsha" || cmd.Name() == "eval"
		if !d.armed || !isEval || len(args) < 2 || args[1] != d.script.Hash() {
			return next(ctx, cmd)
		}
		if d.after {
			if err := next(ctx, cmd); err != nil {
				return err
			}
		}
		err := errors.New("the process was killed")
		cmd.SetErr(err)
		return err
	}
}

// TestAWishIsThereOrNotWhenItsNodeDies: a node is killed before or after the write, while a
// first wish is left, one replaced, and one removed. Another node has the wish from before
// or the new one, with the place, and the client's repeat there is safe.
func TestAWishIsThereOrNotWhenItsNodeDies(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h, doomed, death := newFixture(t, redisURL), newFixture(t, redisURL), &killedAt{script: wishScript}
		doomed.stores.Redis.AddHook(death)
		for name, c := range map[string]struct{ before, wish *Wish }{
			"a first wish": {nil, &balcony},
			"another wish": {&balcony, &twoBox},
			"none":         {&balcony, nil},
		} {
			for _, after := range []bool{false, true} {
				h.season = testkit.SeasonID()
				doomed.season = h.season
				n, other := h.node(), doomed.node(func(o *Options) { o.Node = "doomed" })
				n.house(3)
				n.tickOnce()
				n.join("first")
				ann := n.join("ann")
				_, err := n.Wish(t.Context(), h.season, "ann", c.before)
				n.must(err)
				_, err = other.Wish(t.Context(), h.season, "first", &twoBox) // its Redis has the script now
				n.must(err)

				death.after, death.armed = after, true
				if st, err := other.Wish(t.Context(), h.season, "ann", c.wish); err == nil {
					t.Fatalf("%s: the killed node answers %+v", name, st)
				} else if fault.Is(err, fault.Conflict) {
					t.Fatal(name, err)
				}
				want := c.before
				if after {
					want = c.wish
				}
				death.armed = false
				same := func(when string, st Status, want *Wish) {
					t.Helper()
					if st.Number != ann.Number || st.Position != 2 || (st.Wish == nil) != (want == nil) ||
						want != nil && (st.Wish.text() != want.text() || st.Wish.PassedOver) {
						t.Errorf("%s, killed after the write: %t, %s: %+v %+v, want %+v", name, after, when, st, st.Wish, want)
					}
				}
				same("the other node", n.status("ann"), want)
				n.wantClean()
				for range 2 {
					st, err := n.Wish(t.Context(), h.season, "ann", c.wish)
					n.must(err)
					same("repeated", st, c.wish)
				}
				n.wantClean()
			}
		}
	})
}

// TestWhoClosedThePageOnOneNodeIsPassedOverOnBoth, and keeps place and wish until forget.
// The turn for a seat that comes back after that goes to the next fan.
func TestWhoClosedThePageOnOneNodeIsPassedOverOnBoth(t *testing.T) {
	one, c, _ := still(t, 3)
	set := one.house(3)
	h := newFixture(t, "redis://"+c.redis.Addr())
	h.season = one.season
	two := h.node(func(o *Options) { o.Node = "two" })
	step := func(d time.Duration) { // both nodes stay alive
		for range int(d / time.Second) {
			c.advance(time.Second)
			one.tickOnce()
			two.tickOnce()
		}
	}
	step(time.Second)
	one.join("ann")
	conn, _ := one.open("ann")
	one.wishes("ann", balcony)
	for _, user := range []string{"bob", "cat"} {
		two.join(user)
		two.open(user)
		two.wishes(user, balcony)
	}
	one.Disconnect(one.season, "ann", conn)
	one.must(one.Queue.season(one.season).flushGone(t.Context()))
	two.returned(1)
	step(time.Second)
	if two.peek("bob") != Turn || two.peek("ann") != Waiting || two.peek("cat") != Waiting {
		t.Fatalf("the seat is for bob: he is %s, ann is %s, cat is %s", two.peek("bob"), two.peek("ann"), two.peek("cat"))
	}
	two.enterAs("bob")
	_, st := two.open("ann") // comes back on the other node, just in time
	if st.Number != 1 || st.Wish == nil || st.Wish.text() != balcony.text() || st.Wish.PassedOver {
		t.Fatalf("ann keeps the place and the wish: %+v %+v", st, st.Wish)
	}
	two.returned(2)
	step(time.Second)
	if one.peek("ann") != Turn || one.peek("cat") != Waiting {
		t.Fatalf("ann is back before cat: she is %s, cat is %s", one.peek("ann"), one.peek("cat"))
	}

	one.join("dan")
	conn, _ = one.open("dan")
	one.wishes("dan", twoBox)
	one.Disconnect(one.season, "dan", conn)
	one.must(one.Queue.season(one.season).flushGone(t.Context()))
	c.advance(set.Forget - time.Second)
	two.tickOnce()
	if got := two.lookAt("dan"); got.State != Waiting || got.Wish != twoBox.text() {
		t.Fatalf("a second before forget dan is %+v", got)
	}
	c.advance(2 * time.Second)
	two.tickOnce()
	if got := one.lookAt("dan"); got.State != None || got.Wish != "" {
		t.Fatalf("after forget dan is %+v", got)
	}
	two.wantClean()
}
