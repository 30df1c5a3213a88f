package queue

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/fault"
	"usher/internal/testkit"
)

// before calls act before a script is sent for the first time.
type before struct {
	script *script
	act    func()
	done   *atomic.Bool
}

func justBefore(script *script, act func()) before { return before{script, act, new(atomic.Bool)} }

func (before) DialHook(next redis.DialHook) redis.DialHook { return next }

func (before) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (b before) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if args := cmd.Args(); len(args) > 1 && args[1] == b.script.Hash() && b.done.CompareAndSwap(false, true) {
			b.act()
		}
		return next(ctx, cmd)
	}
}

// TestAPlaceIsSpentOnceAndOnlyByAnEntry loses everything at each moment around
// an entry, and then brings the place back.
func TestAPlaceIsSpentOnceAndOnlyByAnEntry(t *testing.T) {
	type stage struct {
		h    *fixture
		n    *node
		turn userState
	}
	enter := func(t *testing.T, s stage) {
		if _, err := s.n.Enter(t.Context(), s.n.season, "bob"); err != nil && !fault.Is(err, fault.Conflict) {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		act   func(t *testing.T, s stage)
		spent bool
	}{
		"before the note": {func(t *testing.T, s stage) { s.h.loseEverything(); enter(t, s) }, false},
		"between the note and the entry": {func(t *testing.T, s stage) {
			s.h.stores.Redis.AddHook(justBefore(enterScript, s.h.loseEverything))
			enter(t, s)
		}, false},
		"there, and the fan gives up": {func(t *testing.T, s stage) {
			ctx, cancel := context.WithCancel(t.Context())
			s.h.stores.Redis.AddHook(justBefore(enterScript, func() { s.h.loseEverything(); cancel() }))
			_, _ = s.n.Enter(ctx, s.n.season, "bob")
		}, false},
		"there, twice": {func(t *testing.T, s stage) {
			s.h.stores.Redis.AddHook(justBefore(enterScript, s.h.loseEverything))
			enter(t, s)
			s.h.stores.Redis.AddHook(justBefore(enterScript, s.h.loseEverything))
			testkit.Eventually(t, 5*time.Second, "bob has a turn again", func() bool { return s.n.state("bob") == Turn })
			enter(t, s)
		}, false},
		"after the entry": {func(t *testing.T, s stage) { enter(t, s); s.h.loseEverything() }, true},
		"the node died after the note": {func(t *testing.T, s stage) {
			_, err := s.n.ledger.spend(t.Context(), s.n.season, s.turn)
			s.n.must(err)
			s.h.loseEverything()
		}, true},
		"another node entered with the same admission": {func(t *testing.T, s stage) {
			other := s.h.node()
			s.h.stores.Redis.AddHook(justBefore(enterScript, func() {
				other.enterAs("bob")
				s.h.loseEverything()
			}))
			enter(t, s)
		}, true},
		"another node is late with the same note": {func(t *testing.T, s stage) {
			note, err := s.n.ledger.spend(t.Context(), s.n.season, s.turn)
			s.n.must(err)
			s.h.loseEverything()
			free, err := s.n.ledger.void(t.Context(), note)
			if err != nil || !free {
				t.Fatal(free, err)
			}
			s.n.status("bob") // opens
			_, err = s.h.node().Queue.season(s.n.season).enterTurn(t.Context(), 1, s.turn)
			s.n.must(err)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			lossy(t, func(t *testing.T, h *fixture) {
				n := h.node(func(o *Options) {
					o.Gather = time.Millisecond
					o.Settings = func(context.Context, string) (Settings, error) { return plain(1), nil }
				})
				n.join("ann")
				bob := n.join("bob")
				n.leaveAs("ann")
				turn := n.lookAt("bob")
				if turn.State != Turn {
					t.Fatalf("%+v", turn)
				}
				c.act(t, stage{h, n, turn})
				h.loseEverything()
				n.status("bob") // opens
				spent, err := n.ledger.spent(t.Context(), h.season, turn)
				if err != nil || spent != c.spent {
					t.Fatalf("spent: %v, want %v: %v", spent, c.spent, err)
				}
				if _, err := n.Join(t.Context(), h.season, "bob", bob.Place()); err != nil {
					t.Fatal(err)
				}
				if got := n.lookAt("bob"); (got.Number == bob.Number) == c.spent {
					t.Fatalf("bob had %d and has %+v", bob.Number, got)
				}
				if c.spent {
					return
				}
				// However it got free, it admits once.
				testkit.Eventually(t, 5*time.Second, "bob is in", func() bool {
					_, err := n.Enter(t.Context(), h.season, "bob")
					return err == nil
				})
				n.leaveAs("bob")
				h.loseEverything()
				if st, err := n.Join(t.Context(), h.season, "bob", bob.Place()); err != nil || st.Number == bob.Number {
					t.Fatalf("twice by one place: %+v %v", st, err)
				}
			})
		})
	}
}

// TestAnEntryWhoseReplyWasLostStaysSpent: the turn was entered, the reply was lost, and
// when it is repeated Redis has lost everything.
func TestAnEntryWhoseReplyWasLostStaysSpent(t *testing.T) {
	lossy(t, func(t *testing.T, h *fixture) {
		proxy := testkit.StartProxy(t, "redis://"+h.stores.Redis.(*redis.Client).Options().Addr)
		by := *h
		by.stores = testkit.OpenAt(t, proxy.URL, testkit.Stores(t).MongoURL, h.stores.Mongo.Name())
		n := by.node(func(o *Options) {
			o.Settings = func(context.Context, string) (Settings, error) { return plain(1), nil }
		})
		n.join("ann")
		n.join("bob")
		n.leaveAs("ann")
		turn := n.lookAt("bob")
		entries := 0
		proxy.Lose(func(request []byte) bool {
			if !bytes.Contains(request, []byte(enterScript.Hash())) && !bytes.Contains(request, []byte("enter makes users with a turn active")) {
				return false
			}
			entries++
			if entries > 2 { // the reply to the first is that Redis does not know the script
				h.loseEverything()
			}
			return entries == 2
		})
		if _, err := n.Enter(t.Context(), h.season, "bob"); err == nil || entries < 3 {
			t.Fatalf("%d entries: %v", entries, err)
		}
		if spent, err := n.ledger.spent(t.Context(), h.season, turn); err != nil || !spent {
			t.Fatalf("bob has been in by it: spent %v, %v", spent, err)
		}
	})
}

func TestAPlaceGivenUpAfterAVoidEntryStaysGivenUp(t *testing.T) {
	n := newFixture(t, "").node()
	bob := userState{User: "bob", Origin: 1, Number: 7, Turn: "1.4"}
	note, err := n.ledger.spend(t.Context(), n.season, bob)
	n.must(err)
	if free, err := n.ledger.void(t.Context(), note); !free || err != nil {
		t.Fatal(free, err)
	}
	for range 2 {
		n.must(n.ledger.giveUp(t.Context(), n.season, []userState{bob}))
		if spent, err := n.ledger.spent(t.Context(), n.season, bob); err != nil || !spent {
			t.Fatalf("spent %v, %v", spent, err)
		}
	}
}
