package seats

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/booking/seatmap"
	"usher/internal/testkit"
)

// commands counts the commands that Redis receives.
type commands struct{ n atomic.Int64 }

func (c *commands) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *commands) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.n.Add(1)
		return next(ctx, cmd)
	}
}

func (c *commands) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// A node reads its own writes, also without a loop that reads. Callers at the same time
// share one reading.
func TestASnapshotContainsTheChangesOfItsNode(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newHall(t, redisURL, Settings{}, "vvvv")
		h.admit(time.Minute, "ann")
		var asked commands
		h.redis.AddHook(&asked)
		want := func(after, status string) {
			t.Helper()
			asked.n.Store(0)
			var readers sync.WaitGroup
			for range 50 {
				readers.Go(func() {
					s, err := h.Snapshot(h.ctx, h.season)
					if err != nil || s.Status(0) != status {
						t.Errorf("after %s: %v, %v", after, s, err)
					}
				})
			}
			readers.Wait()
			if n := asked.n.Load(); n > 1 {
				t.Errorf("after %s Redis was asked %d times for 50 readers", after, n)
			}
		}
		if _, err := h.Snapshot(h.ctx, h.season); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			h.hold("ann", "A-1")
			want("a hold", seatmap.InTransaction)
			want("nothing new", seatmap.InTransaction)
			if _, err := h.Release(h.ctx, h.season, "ann", nil); err != nil {
				t.Fatal(err)
			}
			want("a release", seatmap.Available)
		}
		h.hold("ann", "A-1")
		h.dismiss("ann")
		if err := h.ReleaseInactive(h.ctx, h.season, "ann"); err != nil {
			t.Fatal(err)
		}
		want("losing the place", seatmap.Available)
	})
}

// While Redis does not answer, the last snapshot stays.
func TestTheLastSnapshotStaysWhileRedisDoesNotAnswer(t *testing.T) {
	t.Parallel()
	h := newHall(t, "", Settings{}, "vvvv")
	broken := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1})
	t.Cleanup(func() { _ = broken.Close() })
	before, err := h.Snapshot(h.ctx, h.season)
	if err != nil {
		t.Fatal(err)
	}
	h.Redis = broken
	h.MirrorOf(h.season).made.Add(1) // as after a hold whose reply was lost
	for range 3 {
		if got, err := h.Snapshot(h.ctx, h.season); err != nil || got != before {
			t.Fatalf("got %v, %v", got, err)
		}
	}
	h.Redis = h.redis
}
