package app_test

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"usher/internal/app"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// epoch is the epoch of the season's data in Redis.
func (s *sale) epoch() int {
	s.t.Helper()
	epoch, err := s.store.Redis.Get(s.ctx, "epoch:{"+s.o.Season+"}").Int()
	if err != nil {
		s.t.Fatal("reading the epoch:", err)
	}
	return epoch
}

// TestAKilledRedis: Redis dies by kill -9 under load and starts again with its
// append-only file.
func TestAKilledRedis(t *testing.T) {
	t.Parallel()
	s, _ := openSale(t, stage{})
	for range rounds(2, 12) {
		s.redis.Crash()
		if err := s.redis.Start(); err != nil {
			t.Fatal(err)
		}
		s.underway()
	}
	if epoch := s.epoch(); epoch != s.opened {
		t.Errorf("the append-only file has kept the line, but epoch %d became epoch %d", s.opened, epoch)
	}
	s.wantEnd()
}

// TestAFrozenRedis: under load, Redis stops answering without closing a connection.
// Then Redis continues, and runs the commands that were sent while it was frozen.
func TestAFrozenRedis(t *testing.T) {
	t.Parallel()
	frozen := 4 * time.Second
	if soaking() {
		frozen = 10 * time.Second
	}
	s, nodes := openSale(t, stage{})
	signal := func(signal syscall.Signal) {
		t.Helper()
		if err := s.redis.Process().Signal(signal); err != nil {
			t.Fatal(err)
		}
	}
	signal(syscall.SIGSTOP)
	thaw := time.After(frozen)
	for _, n := range nodes {
		anybody := node.Fan{URL: n.URL, Season: s.o.Season}
		if status, _, err := anybody.Request("GET", "/healthz", nil); status != 200 || err != nil {
			t.Errorf("while Redis does not answer, a node's liveness is %d %v", status, err)
		}
	}
	<-thaw
	signal(syscall.SIGCONT)
	s.underway()
	if epoch := s.epoch(); epoch != s.opened {
		t.Errorf("nothing was lost, but epoch %d became epoch %d", s.opened, epoch)
	}
	s.wantEnd()
}

// TestForgottenScripts: under load, Redis drops its cached scripts repeatedly.
func TestForgottenScripts(t *testing.T) {
	t.Parallel()
	s, _ := openSale(t, stage{})
	goal := s.entered.Load() + int64(rounds(2, 60))*chaosSockets
	testkit.Eventually(t, 5*time.Minute, "the line moves all the time", func() bool {
		if err := s.store.Redis.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		return s.entered.Load() >= goal
	})
	s.wantEnd()
}

// TestAnEmptiedRedis: under load, Redis loses all data. For fans with an open socket,
// their node restores the places from memory. Fans without a socket, and fans who
// reconnect, bring back their signed places. A place that has admitted its fan admits
// no second time.
func TestAnEmptiedRedis(t *testing.T) {
	t.Parallel()
	testAnEmptiedRedis(t, func(o *app.Options) { o.Gather = 3 * time.Second })
}

// TestAnEmptiedRedisOfProcesses is the same with processes of usher serve, whose
// lines gather for half a minute after a loss.
func TestAnEmptiedRedisOfProcesses(t *testing.T) {
	if !soaking() {
		t.Skip("takes minutes: make soak")
	}
	t.Parallel()
	testAnEmptiedRedis(t, nil)
}

func testAnEmptiedRedis(t *testing.T, inProcess func(*app.Options)) {
	s, _ := openSale(t, stage{lossy: true, steady: true, absences: true, inProcess: inProcess})
	lives := rounds(1, 3)
	for range lives {
		away := s.visitors[:6] // no node has their places in memory
		for _, v := range away {
			v.parked.Store(false)
			v.absent.Store(true)
		}
		testkit.Eventually(t, 20*time.Second, "some fans are away", func() bool {
			return !slices.ContainsFunc(away, func(v *visitor) bool { return !v.parked.Load() })
		})
		if err := s.store.Redis.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		clear(s.away) // from here on, no present fan may be passed over
		s.mu.Unlock()
		for _, v := range away {
			v.absent.Store(false)
		}
		s.underway()
	}
	if epoch := s.epoch(); epoch != s.opened+lives {
		t.Errorf("epoch %d after Redis was emptied %d times in epoch %d", epoch, lives, s.opened)
	}
	s.wantEnd()
}
