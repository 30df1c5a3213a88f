package app_test

import (
	"context"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usher/internal/app"
	"usher/internal/dev"
	"usher/internal/store"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// The tests of faults (chaos_*_test.go) share one sale: three nodes, a Redis of its
// own, and a crowd that comes and goes all the time. A test causes its fault under
// that load. This file and every fan (visitor) check the invariants during and after
// the fault, so that a test contains only its fault.

const (
	chaosLimit   = 4
	chaosSockets = 20
	chaosREST    = 8
)

// soaking reports whether the long variant runs (make soak).
func soaking() bool { return os.Getenv("USHER_SOAK") != "" }

// rounds returns how often a test causes its fault.
func rounds(usually, soak int) int {
	if soaking() {
		return soak
	}
	return usually
}

// sale is the sale that the tests of faults share.
type sale struct {
	t      *testing.T
	o      node.Options // with the stores' own addresses, which no fault affects
	redis  *testkit.RedisServer
	store  *store.Stores
	seats  []string // one for each visitor
	opened int      // the epoch in which the crowd joined

	ctx      context.Context
	crowd    sync.WaitGroup
	visitors []*visitor
	closing  chan struct{} // closed: a fan who is out does not join again
	lossy    bool          // Redis loses all data in this test
	steady   bool          // no waiting fan gives up
	absences bool          // nodes or sockets fail, so fans may count as absent
	entered  atomic.Int64  // visits that became active
	visits   atomic.Int64
	looks    atomic.Int64 // how often the active set was counted

	mu        sync.Mutex
	urls      []string       // of the living nodes
	numbers   map[int64]bool // numbers that a visit drew
	away      map[int64]bool // numbers of fans who were absent at some time
	complaint int
}

// stage configures a sale. The zero value is three processes.
type stage struct {
	inProcess func(*app.Options)              // not nil: nodes inside the test, with this change
	between   func(i int, seen *node.Options) // changes the store addresses of the i-th node
	lossy     bool
	steady    bool
	absences  bool
}

// openSale starts the nodes and the crowd. It returns when the line is long and moves.
func openSale(t *testing.T, st stage) (*sale, []*node.Process) {
	t.Helper()
	server := testkit.StartRedis(t, t.TempDir())
	t.Cleanup(server.Kill)
	s := &sale{
		t: t, ctx: t.Context(), redis: server, closing: make(chan struct{}), numbers: map[int64]bool{}, away: map[int64]bool{},
		lossy: st.lossy, steady: st.steady, absences: st.absences,
	}
	s.o = node.Shared(t)
	s.o.RedisURL = server.URL
	s.o.Demo = func(d *dev.Demo) { d.ActiveLimit = chaosLimit }
	s.store = testkit.OpenAt(t, s.o.RedisURL, s.o.MongoURL, s.o.Database)
	var processes []*node.Process
	if st.inProcess == nil {
		node.OnSale(t, s.o)
	}
	for i := range 3 {
		seen := s.o
		seen.Change = st.inProcess
		if st.between != nil {
			st.between(i, &seen)
		}
		if st.inProcess != nil {
			s.urls = append(s.urls, node.Start(t, seen).URL)
			continue
		}
		p := node.StartProcess(t, seen)
		processes = append(processes, p)
		s.urls = append(s.urls, p.URL)
	}
	s.admitCrowd()
	s.underway()
	s.opened = s.epoch()
	return s, processes
}

// admitCrowd starts the fans and the watchers.
func (s *sale) admitCrowd() {
	s.t.Helper()
	var names []string
	for i := range chaosSockets + chaosREST {
		names = append(names, fanName(i))
	}
	fans := node.Crowd(s.t, s.o, s.urls[0], names...)
	for _, seat := range fans[0].Do("GET", "/seats?status=available", nil, 200)["seats"].([]any) {
		s.seats = append(s.seats, seat.(map[string]any)["seatNumber"].(string))
	}
	var watch sync.WaitGroup
	s.t.Cleanup(func() { // here the test's own context has ended
		s.crowd.Wait()
		watch.Wait()
	})
	watch.Go(s.watchRedis)
	watch.Go(s.watchLine)
	watch.Go(s.watchNodes)
	for i, fan := range fans {
		v := newVisitor(s, i, fan, i >= chaosSockets)
		s.visitors = append(s.visitors, v)
		s.crowd.Go(v.run)
	}
}

// violated reports a violation of an invariant. Safe to call from any goroutine.
func (s *sale) violated(format string, args ...any) {
	s.mu.Lock()
	s.complaint++
	tooMany := s.complaint > 20
	s.mu.Unlock()
	if !tooMany {
		s.t.Errorf(format, args...)
	}
}

// watchRedis counts the active set in Redis all the time.
func (s *sale) watchRedis() {
	for s.ctx.Err() == nil {
		n, err := s.store.Redis.SCard(s.ctx, "active_users:{"+s.o.Season+"}").Result()
		if err == nil {
			s.looks.Add(1)
			if n > chaosLimit {
				s.violated("%d users are active, the limit is %d", n, chaosLimit)
			}
		}
		s.pause(2 * time.Millisecond)
	}
}

// watchLine reads the line all the time. The line must be in the order of numbers,
// also after places were brought back, and no fan in it may be active. watchLine
// records absent fans, who may be passed over.
func (s *sale) watchLine() {
	key := func(name string) string { return name + ":{" + s.o.Season + "}" }
	for s.ctx.Err() == nil {
		all := s.store.Redis.TxPipeline() // one consistent read
		order, numbers := all.ZRange(s.ctx, key("waiting_list"), 0, -1), all.HGetAll(s.ctx, key("numbers"))
		active, absent := all.SMembersMap(s.ctx, key("active_users")), all.ZRange(s.ctx, key("absent"), 0, -1)
		if _, err := all.Exec(s.ctx); err == nil {
			s.judgeLine(order.Val(), numbers.Val(), active.Val(), absent.Val())
		}
		s.pause(20 * time.Millisecond)
	}
}

func (s *sale) judgeLine(order []string, numbers map[string]string, active map[string]struct{}, absent []string) {
	last := int64(0)
	for _, user := range order {
		number, err := strconv.ParseInt(numbers[user], 10, 64)
		if err != nil || number <= last {
			s.violated("user %s waits with number %q behind number %d", user, numbers[user], last)
		}
		last = number
		if _, in := active[user]; in {
			s.violated("user %s, number %d, waits and has a place", user, number)
		}
	}
	if len(absent) > 0 && !s.absences {
		s.violated("%d in line count as absent, though every socket is open and every node runs", len(absent))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, user := range absent {
		number, _ := strconv.ParseInt(numbers[user], 10, 64)
		s.away[number] = true
	}
}

// awayOnes counts the numbers that watchLine has seen absent.
func (s *sale) awayOnes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.away)
}

// watchNodes asks each living node in turn how many fans are active.
func (s *sale) watchNodes() {
	anybody := &node.Fan{Season: s.o.Season}
	for i := 0; s.ctx.Err() == nil; i++ {
		anybody.URL = s.living(i)
		status, answer, err := anybody.Request("GET", "/waitingList/status", nil)
		if active, _ := answer["active"].(float64); err == nil && status == 200 && active > chaosLimit {
			s.violated("%s says that %v users are active, the limit is %d", anybody.URL, active, chaosLimit)
		}
		s.pause(40 * time.Millisecond)
	}
}

// pause waits, unless the test ends.
func (s *sale) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ctx.Done():
	}
}

// living returns the i-th living node, modulo their number.
func (s *sale) living(i int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.urls[i%len(s.urls)]
}

func (s *sale) lives(url string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.urls, url)
}

// replace changes one URL that fans use; "" removes or adds one.
func (s *sale) replace(old, instead string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.urls = slices.DeleteFunc(slices.Clone(s.urls), func(url string) bool { return url == old })
	if instead != "" {
		s.urls = append(s.urls, instead)
	}
}

func (s *sale) isClosing() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}

// underway waits until the line is long and moves: since the call, as many fans have
// entered as wait at a time.
func (s *sale) underway() {
	s.t.Helper()
	goal := s.entered.Load() + chaosSockets
	testkit.Eventually(s.t, 60*time.Second, "the line is long and moves", func() bool {
		s.stopIfViolated()
		return s.entered.Load() >= goal && s.waiting() >= chaosREST
	})
}

func (s *sale) waiting() int64 {
	return s.store.Redis.ZCard(s.ctx, "waiting_list:{"+s.o.Season+"}").Val()
}

func (s *sale) stopIfViolated() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.complaint > 0 {
		s.t.FailNow()
	}
}
