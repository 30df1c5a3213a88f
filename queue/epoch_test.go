package queue

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"usher/internal/fault"
	"usher/internal/testkit"
)

// lossy runs a test on Redises of its own, which it may empty.
func lossy(t *testing.T, test func(t *testing.T, h *fixture)) {
	t.Run("embedded redis", func(t *testing.T) {
		t.Parallel()
		test(t, newFixture(t, "redis://"+miniredis.RunT(t).Addr()))
	})
	t.Run("redis-server", func(t *testing.T) {
		t.Parallel()
		server := testkit.StartRedis(t, t.TempDir())
		t.Cleanup(server.Kill)
		test(t, newFixture(t, server.URL))
	})
}

func (h *fixture) loseEverything() {
	h.t.Helper()
	if err := h.stores.Redis.FlushAll(h.t.Context()).Err(); err != nil {
		h.t.Fatal(err)
	}
}

// endGathering lets a line that gathers after a loss stand from now on. Until then
// it gathers as long as the node's options say: a minute, where a test must know
// that everybody is back first.
func (h *fixture) endGathering() {
	h.t.Helper()
	if err := h.stores.Redis.HSet(h.t.Context(), "line:{"+h.season+"}", "gatherUntil", 1).Err(); err != nil {
		h.t.Fatal(err)
	}
}

func TestManyNodesOpenOneEpoch(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		states := make(chan Status, 12)
		for range 12 {
			n := h.node()
			go func() {
				st, err := n.Join(context.Background(), h.season, n.o.Node, "")
				if err != nil {
					t.Error(err)
				}
				states <- st
			}()
		}
		seen := map[int64]bool{}
		for range 12 {
			st := <-states
			if st.Epoch != 1 || seen[st.Number] {
				t.Errorf("epoch %d, number %d", st.Epoch, st.Number)
			}
			seen[st.Number] = true
		}
	})
}

func TestAnOpeningThatFailsIsTriedAgain(t *testing.T) {
	h := newFixture(t, "")
	broken := true
	n := h.node(func(o *Options) {
		o.BeforeEpoch = func(context.Context, string, int64) error {
			if broken {
				return fault.Wrap(fault.Unavailable, errors.New("no"), "not now")
			}
			return nil
		}
	})
	if _, err := n.Join(t.Context(), h.season, "ann", ""); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("%v", err)
	}
	if h.stores.Redis.Exists(t.Context(), key("epoch", h.season)).Val() != 0 {
		t.Fatal("the epoch key is set last")
	}
	broken = false
	n.join("ann")
}

func TestOpeningAnOpenSeasonChangesNothing(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		n := h.node()
		n.join("ann")
		s := n.Queue.season(h.season)
		for range 2 {
			raw, err := openScript.Run(t.Context(), h.stores.Redis, s.keys, anyEpoch, newsChannel(h.season), 9, 99, 999, 0).Slice()
			if err != nil || whole(raw[1]) != 1 {
				t.Fatalf("%v %v", raw, err)
			}
		}
		if st := n.status("ann"); st.Number != 1 || st.Epoch != 1 {
			t.Fatalf("%+v", st)
		}
	})
}

func TestARedisThatLostItsLatestStartsANewEpoch(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		n := h.node(func(o *Options) {
			o.Gather = time.Millisecond
			o.Settings = func(context.Context, string) (Settings, error) { return plain(1), nil }
		})
		n.join("ann")
		number := n.join("bob").Number
		n.open("bob")
		n.tickOnce()
		n.tickOnce()
		// Redis comes back without its last second.
		if err := h.stores.Redis.HIncrBy(t.Context(), key("line", h.season), "version", -1).Err(); err != nil {
			t.Fatal(err)
		}
		n.tickOnce() // notices, and opens
		n.tickOnce() // brings back
		st := n.status("bob")
		if st.Epoch != 2 || st.Number != number && st.State != Turn {
			t.Fatalf("bob: %+v", st)
		}
		n.wantClean()
	})
}

func TestALossIsNoticedBeforeTheLineHasGoneOnPastIt(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		n := h.node(func(o *Options) { o.Gather = time.Millisecond })
		n.configure(plain(1))
		n.join("ann")
		n.join("bob")
		if err := h.stores.Redis.HIncrBy(t.Context(), key("line", h.season), "version", -2).Err(); err != nil {
			t.Fatal(err)
		}
		if st := n.join("cat"); st.Epoch != 2 { // no tick between the loss and the next change
			t.Fatalf("cat: %+v", st)
		}
	})
}

func TestARedisThatCameBackFromAnEarlierEpochStartsANewOne(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		n := h.node(func(o *Options) { o.Gather = time.Millisecond })
		n.configure(plain(1))
		n.join("ann")
		n.must(h.stores.Redis.Del(t.Context(), key("epoch", h.season)).Err())
		n.join("ann")
		// An old replica takes over: what was sent in epoch 2 is not in it.
		n.must(h.stores.Redis.Set(t.Context(), key("epoch", h.season), 1, 0).Err())
		if st := n.join("bob"); st.Epoch != 3 {
			t.Fatalf("bob: %+v", st)
		}
	})
}

// TestAnOpeningDuringWhichRedisLosesDataIsTriedAgain: what the hook laid down
// must be there when the season is open.
func TestAnOpeningDuringWhichRedisLosesDataIsTriedAgain(t *testing.T) {
	open := func(t *testing.T, h *fixture, lose func(mark string)) {
		hooks := 0
		n := h.node(func(o *Options) {
			o.Settings = func(context.Context, string) (Settings, error) { return plain(1), nil }
			o.BeforeEpoch = func(ctx context.Context, season string, _ int64) error {
				hooks++
				err := h.stores.Redis.Set(ctx, key("mark", season), 1, 0).Err()
				if hooks == 1 {
					lose(key("mark", season))
				}
				return err
			}
		})
		if st := n.join("ann"); st.State != Active && st.State != Gathering {
			t.Errorf("%+v", st)
		}
		if h.stores.Redis.Exists(t.Context(), key("mark", h.season)).Val() != 1 || hooks != 2 {
			t.Errorf("the season is open after %d calls of the hook, and what it laid down is gone", hooks)
		}
		if h.stores.Redis.Exists(t.Context(), key("openings", h.season)).Val() != 0 {
			t.Error("the notes of openings are still there")
		}
	}
	t.Run("everything", func(t *testing.T) {
		lossy(t, func(t *testing.T, h *fixture) { open(t, h, func(string) { h.loseEverything() }) })
	})
	t.Run("its latest, by a restart", func(t *testing.T) {
		server := testkit.StartRedis(t, t.TempDir())
		t.Cleanup(server.Kill)
		h := newFixture(t, server.URL)
		open(t, h, func(mark string) {
			server.Crash()
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			_ = h.stores.Redis.Del(t.Context(), mark).Err()
		})
	})
}

// TestAnEpochIsOpenedOnce repeats an opening after its epoch is over: its numbers
// have been drawn.
func TestAnEpochIsOpenedOnce(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		n := h.node()
		n.join("ann")
		n.must(h.stores.Redis.Del(t.Context(), key("epoch", h.season)).Err())
		s := n.Queue.season(h.season)
		raw, err := openScript.Run(t.Context(), h.stores.Redis, s.keys, anyEpoch, newsChannel(h.season), 1, 1, segmentSize-1, 0).Slice()
		if err != nil || text(raw[1]) != "" {
			t.Fatalf("opened again: %v %v", raw, err)
		}
	})
}
