package queue

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"usher/internal/draw"
	"usher/internal/testkit"
)

// dying fails every call after some, as for a node that has died there.
type dying struct{ left atomic.Int64 }

func (d *dying) DialHook(next redis.DialHook) redis.DialHook { return next }

func (d *dying) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (d *dying) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if d.left.Add(-1) < 0 {
			return errCrash
		}
		err := next(ctx, cmd)
		if err == nil && d.left.Load()%2 == 0 && strings.HasPrefix(cmd.Name(), "evalsha") {
			err = next(ctx, cmd) // a reply that was lost on the way
		}
		return err
	}
}

// TestWhereverANodeDiesTheDrawIsTheSame lets any set gather, some leave, some
// come late, and nodes die at any call of the draw.
func TestWhereverANodeDiesTheDrawIsTheSame(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		rapid.Check(t, func(rt *rapid.T) {
			h := newFixture(t, redisURL)
			n := h.node()
			opens := time.Now().Add(time.Hour).Truncate(time.Millisecond)
			set := paused(opening(opens))
			n.configure(set)
			everyone := ids(rapid.IntRange(0, 30).Draw(rt, "fans"))
			var gathered []string
			for _, user := range everyone {
				n.join(user)
			}
			for _, user := range everyone {
				if rapid.IntRange(0, 4).Draw(rt, "leaves") == 0 {
					n.leaveAs(user)
				} else {
					gathered = append(gathered, user)
				}
			}
			set.Revision, set.OpensAt = 2, time.Now().Add(-time.Second).Truncate(time.Millisecond)
			n.configure(set)
			late := []string{"late-1", "late-2"}
			n.join(late[0])
			if st := n.status(late[0]); st.State != Gathering {
				rt.Fatalf("until the order is written: %+v", st)
			}
			for range rapid.IntRange(0, 3).Draw(rt, "deaths") {
				mortal := h.node(func(o *Options) {
					d := &dying{}
					d.left.Store(int64(rapid.IntRange(1, 9).Draw(rt, "calls")))
					client := redis.NewClient(h.stores.Redis.(*redis.Client).Options())
					client.AddHook(d)
					t.Cleanup(func() { _ = client.Close() })
					o.Redis = client
				})
				_ = mortal.Queue.season(h.season).holdDrawNow(context.Background())
			}
			n.join(late[1])
			n.must(n.Queue.season(h.season).holdDrawNow(context.Background()))
			n.wantDrawn(gathered, late, set.OpensAt)
		})
	})
}

func TestTwoNodesHoldOneDraw(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		n := h.node()
		set := paused(opening(time.Now().Add(time.Hour)))
		n.configure(set)
		gathered := ids(2*drawPortions + 17)
		n.joinAll(gathered)
		set.Revision, set.OpensAt = 2, time.Now().Truncate(time.Millisecond)
		n.configure(set)
		var all sync.WaitGroup
		for range 4 {
			other := h.node()
			all.Go(func() {
				if err := other.Queue.season(h.season).holdDrawNow(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		rows := n.line()
		want, _ := draw.Order(n.held().key, gathered)
		for i, row := range rows {
			if row.User != want[i] || row.Position != i+1 || row.Number != int64(len(gathered)+i+1) {
				t.Fatalf("row %d: %+v, want %s", i, row, want[i])
			}
		}
		n.wantClean()
	})
}

// TestWhatWasDrawnOutlivesRedis empties Redis at each step of a draw.
func TestWhatWasDrawnOutlivesRedis(t *testing.T) {
	steps := map[string]func(t *testing.T, n *node){
		"before the opening": func(*testing.T, *node) {},
		"frozen":             func(t *testing.T, n *node) { n.openSale(t) },
		"recorded": func(t *testing.T, n *node) {
			n.openSale(t)
			n.recordDraw(t)
		},
		"drawn": func(t *testing.T, n *node) {
			n.openSale(t)
			n.must(n.Queue.season(n.season).holdDrawNow(t.Context()))
		},
	}
	for name, lead := range steps {
		t.Run(name, func(t *testing.T) {
			lossy(t, func(t *testing.T, h *fixture) {
				set := paused(opening(time.Now().Add(time.Hour)))
				options := func(o *Options) {
					o.Gather = time.Minute
					o.Settings = func(context.Context, string) (Settings, error) { return set, nil }
				}
				n := h.node(options)
				n.configure(set)
				gathered := ids(12)
				places := map[string]string{}
				for _, user := range gathered {
					places[user] = n.join(user).Place()
				}
				n.open(gathered[0]) // this one the node itself brings back
				set.Revision, set.OpensAt = 2, time.Now().Truncate(time.Millisecond)
				lead(t, n)
				late := "late"
				if name == "drawn" {
					places[late] = n.join(late).Place()
					for _, user := range gathered[6:] {
						places[user] = n.join(user).Place() // as drawn; the others bring the place from before
					}
				}
				h.loseEverything()
				for _, user := range slices.Backward(gathered[1:]) {
					for range 2 {
						if _, err := n.Join(t.Context(), h.season, user, places[user]); err != nil {
							t.Fatal(err)
						}
					}
				}
				if name == "drawn" {
					if _, err := n.Join(t.Context(), h.season, late, places[late]); err != nil {
						t.Fatal(err)
					}
				}
				testkit.Eventually(t, 10*time.Second, "the node brings back whom it knows", func() bool {
					n.tickOnce()
					return n.state(gathered[0]) != None
				})
				h.endGathering()
				testkit.Eventually(t, 10*time.Second, "the line stands", func() bool {
					n.tickOnce()
					return n.state(gathered[0]) == Waiting
				})
				var rest []string
				if name == "drawn" {
					rest = []string{late}
				}
				n.wantDrawn(gathered, rest, set.OpensAt)
			})
		})
	}
}

// openSale opens the sale, with the draw still to be held.
func (n *node) openSale(t *testing.T) {
	t.Helper()
	set, err := n.o.Settings(t.Context(), n.season)
	n.must(err)
	n.configure(set)
}

// between does something before the next script of a client.
type between struct {
	dying
	do func()
}

func (b *between) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if do := b.do; do != nil && strings.HasPrefix(cmd.Name(), "evalsha") && b.left.Add(-1) < 0 {
			b.do = nil
			do()
		}
		return next(ctx, cmd)
	}
}

// TestWhoLeavesWhileTheOrderIsWrittenHasLeft: between reading the number that is
// given up and giving it up, the draw makes it another.
func TestWhoLeavesWhileTheOrderIsWrittenHasLeft(t *testing.T) {
	for name, leave := range map[string]func(*node, string) error{
		"by their own will": func(n *node, user string) error { _, err := n.Leave(context.Background(), n.season, user); return err },
		"removed":           func(n *node, user string) error { _, err := n.Remove(context.Background(), n.season, user); return err },
	} {
		t.Run(name, func(t *testing.T) {
			testkit.EachRedis(t, func(t *testing.T, redisURL string) {
				h := newFixture(t, redisURL)
				n := h.node()
				set := paused(opening(time.Now().Add(time.Hour)))
				n.configure(set)
				n.joinAll(ids(3))
				set.Revision, set.OpensAt = 2, time.Now().Truncate(time.Millisecond)
				n.configure(set)
				b := &between{do: func() { n.must(n.Queue.season(h.season).holdDrawNow(context.Background())) }}
				b.left.Store(1) // after the look
				other := h.node(func(o *Options) {
					client := redis.NewClient(h.stores.Redis.(*redis.Client).Options())
					t.Cleanup(func() { _ = client.Close() })
					client.AddHook(b)
					o.Redis = client
				})
				other.Queue.season(h.season).epoch.Store(1)
				n.must(leave(other, ids(3)[1]))
				if b.do != nil {
					t.Fatal("the draw did not come between")
				}
				if st := n.state(ids(3)[1]); st != None {
					t.Errorf("who left is %s", st)
				}
				if rows := n.line(); len(rows) != 2 {
					t.Errorf("%+v", rows)
				}
				n.wantClean()
			})
		})
	}
}
