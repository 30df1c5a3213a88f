package queue

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/fault"
	"usher/internal/testkit"
)

func TestTwoHundredArriveAtTwoNodesAndTheLimitHolds(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		const fans, limit = 200, 5
		h := newFixture(t, redisURL)
		nodes := []*node{h.running(), h.running()}
		nodes[0].configure(plain(limit))

		// A reader counts all the time.
		ctx, cancel := context.WithCancel(t.Context())
		var watcher sync.WaitGroup
		watcher.Go(func() {
			for ctx.Err() == nil {
				n, err := h.stores.Redis.SCard(ctx, key("active_users", h.season)).Result()
				if err == nil && n > limit {
					t.Errorf("%d have a place, the limit is %d", n, limit)
					return
				}
			}
		})

		// All arrive, each on one of the nodes, and open a socket there.
		var arrive sync.WaitGroup
		var mu sync.Mutex
		var straightIn []string
		for i := range fans {
			arrive.Go(func() {
				n, user := nodes[i%2], fmt.Sprintf("fan-%03d", i)
				st, err := n.Join(ctx, h.season, user, "")
				if err != nil {
					t.Error(err)
					return
				}
				if st.State == Active {
					mu.Lock()
					straightIn = append(straightIn, user)
					mu.Unlock()
				}
				conn, _, err := n.Connect(ctx, h.season, user)
				if err != nil {
					t.Error(err)
					return
				}
				n.Follow(h.season, user, conn)
			})
		}
		arrive.Wait()
		if len(straightIn) != limit {
			t.Fatalf("%d went straight in, want %d", len(straightIn), limit)
		}
		line, err := h.stores.Redis.ZRange(ctx, key("waiting_list", h.season), 0, -1).Result()
		if err != nil || len(line) != fans-limit {
			t.Fatalf("%d in line, %v", len(line), err)
		}
		nodes[1].wantClean()

		// Each who has a place gives it back; the next is the first in line.
		inside, admitted := straightIn, []string(nil)
		for len(admitted) < 25 {
			nodes[len(admitted)%2].leaveAs(inside[0])
			inside = inside[1:]
			next := line[len(admitted)]
			n := nodes[0]
			if strings.IndexByte("13579", next[len(next)-1]) >= 0 {
				n = nodes[1]
			}
			n.wantEvent(next, TurnCame, 3*time.Second)
			n.enterAs(next)
			admitted = append(admitted, next)
			inside = append(inside, next)
		}
		if !slices.Equal(admitted, line[:len(admitted)]) {
			t.Fatal("admitted in another order than that of arrival")
		}
		cancel()
		watcher.Wait()
		nodes[0].wantClean()
	})
}

func TestThePositionMovesOnTheSocketAndNeverGetsWorse(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		n := newFixture(t, redisURL).running()
		n.configure(plain(1))
		n.join("ann")
		var last string
		for i := range 12 {
			last = fmt.Sprintf("fan-%02d", i)
			n.join(last)
		}
		_, st := n.open(last)
		if st.Position != 12 {
			t.Fatalf("welcome: %+v", st)
		}
		for i := range 3 {
			n.leaveAs(fmt.Sprintf("fan-%02d", i))
		}
		testkit.Eventually(t, 5*time.Second, "the last fan sees place 9", func() bool {
			events := n.eventsOf(last, Moved)
			return len(events) > 0 && events[len(events)-1].Position == 9
		})
		shown := 12
		for _, e := range n.eventsOf(last, Moved) {
			if e.Position > shown {
				t.Errorf("place %d after %d", e.Position, shown)
			}
			shown = e.Position
		}
	})
}

// linkToRedis is a client that keeps the newest connection for messages, so that a
// test can take channels from the connection.
type linkToRedis struct {
	redis.UniversalClient

	mu     sync.Mutex
	newest *redis.PubSub
}

func (l *linkToRedis) Subscribe(ctx context.Context, channels ...string) *redis.PubSub {
	opened := l.UniversalClient.Subscribe(ctx, channels...)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.newest = opened
	return opened
}

func (l *linkToRedis) subscription() *redis.PubSub {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.newest
}

func TestALostMessageIsMadeUpForByTheTick(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		t.Parallel()
		h := newFixture(t, redisURL)
		link := &linkToRedis{UniversalClient: h.stores.Redis}
		one, deaf := h.running(), h.running(func(o *Options) { o.Redis = link })
		one.configure(plain(1))
		one.join("ann")
		one.join("bob")
		deaf.open("bob")
		deaf.open("eve")
		deaf.Queue.season(h.season)
		testkit.Eventually(t, 5*time.Second, "the node counts the news", func() bool {
			s := deaf.Queue.season(h.season)
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.newsCount >= 0 && s.resumed > 0
		})
		// From here the node's subscription is up and brings its heartbeat, but no
		// news of the season.
		deaf.must(link.subscription().Unsubscribe(t.Context(), newsChannel(h.season)))
		one.leaveAs("ann")
		one.join("eve")
		deaf.wantEvent("bob", TurnCame, 4*time.Second)
		if e := deaf.wantEvent("eve", Changed, 4*time.Second); e.Status.State != Waiting {
			t.Fatalf("eve: %+v", e)
		}
		if _, err := one.Remove(t.Context(), h.season, "bob"); err != nil {
			t.Fatal(err)
		}
		if e := deaf.wantEvent("bob", Lapsed, 4*time.Second); e.Reason != Removed {
			t.Fatalf("bob: %+v", e)
		}
	})
}

func TestADeadNodesUsersArePassedOver(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		t.Parallel()
		h := newFixture(t, redisURL)
		alive := h.running()
		alive.configure(plain(1))
		alive.join("ann")
		alive.join("bob")
		alive.join("cat")
		alive.open("cat")
		// A node that dies: its heartbeat stops, and it says no farewell.
		dead := h.node()
		dead.open("bob")
		dead.tickOnce()
		alive.leaveAs("ann")
		if got := alive.state("bob"); got != Turn {
			t.Fatalf("while its node may live, bob is offered the place: %s", got)
		}
		alive.leaveAs("bob")
		alive.leaveAs("cat")
		alive.join("ann")
		alive.join("bob")
		dead.open("bob")
		alive.join("cat")
		testkit.Eventually(t, 8*time.Second, "bob is absent", func() bool {
			return errors.Is(h.stores.Redis.ZScore(t.Context(), key("ready", h.season), "bob").Err(), redis.Nil)
		})
		alive.leaveAs("ann")
		alive.wantEvent("cat", TurnCame, 2*time.Second)
		if got := alive.status("bob"); got.State != Waiting || got.Position != 1 {
			t.Fatalf("bob keeps the place: %+v", got)
		}
		alive.wantClean()
		// It was not dead after all: it learns so, and enters its socket again.
		dead.tickOnce()
		if got := h.stores.Redis.HExists(t.Context(), key("conn", h.season), "bob").Val(); !got {
			t.Error("bob's socket is entered again")
		}
	})
}

func TestANodeThatStopsIsRemovedAtOnce(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		one, two := h.running(), h.node()
		one.configure(plain(1))
		one.join("ann")
		one.join("bob")
		one.open("bob")
		one.stop()
		two.join("cat")
		two.leaveAs("ann")
		if got := two.state("cat"); got != Turn {
			t.Fatalf("bob's node has stopped; cat is next, got %s", got)
		}
		live, err := two.Live(t.Context(), h.season)
		if err != nil || live.Waiting != 1 || live.Ready != 0 || live.Turns != 1 || live.AdmittedPerMinute != 2 {
			t.Fatalf("%+v %v", live, err)
		}
	})
}

func TestARedisThatIsAwayIsUnavailableAndHeals(t *testing.T) {
	c := newClock(t)
	h := newFixture(t, "redis://"+c.redis.Addr())
	n := h.running()
	n.configure(plain(1))
	n.join("ann")
	n.join("bob")
	n.open("bob")
	c.redis.Close()
	if _, err := n.Status(t.Context(), h.season, "bob"); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("while Redis is away: %v", err)
	}
	if _, err := n.Join(t.Context(), h.season, "cat", ""); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("while Redis is away: %v", err)
	}
	if err := c.redis.Restart(); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, 10*time.Second, "the line is reached again", func() bool {
		st, err := n.Status(t.Context(), h.season, "bob")
		return err == nil && st.State == Waiting && st.Position == 1
	})
	n.leaveAs("ann")
	n.wantEvent("bob", TurnCame, 10*time.Second)
}

// gate lets nothing be dialled while it is shut.
type gate struct{ open chan struct{} }

func (g gate) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		select {
		case <-g.open:
			return next(ctx, network, address)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (gate) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (gate) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func TestARedisThatDoesNotAnswerHoldsUpNoSocketThatCloses(t *testing.T) {
	h := newFixture(t, "")
	shut := gate{make(chan struct{})}
	h.stores.Redis.AddHook(shut)
	n := h.running()
	t.Cleanup(func() { close(shut.open) }) // before the node is stopped
	for until := time.Now().Add(300 * time.Millisecond); time.Now().Before(until); {
		began := time.Now()
		n.Disconnect(h.season, "bob", 1)
		if took := time.Since(began); took > 200*time.Millisecond {
			t.Fatalf("closing a socket took %v", took)
		}
	}
}
