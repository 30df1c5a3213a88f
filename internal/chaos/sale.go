package chaos

import (
	"context"
	"fmt"
	"slices"
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

const (
	activeLimit    = 4
	socketVisitors = 20
	restVisitors   = 8
	saleSeats      = 1200
	mostSeats      = 100 // the most seats of a visitor, bought and held
)

// Form says how long a run is. The zero value is the short form.
type Form struct {
	Long bool // more rounds, longer faults, larger crowds
	// Brief is the form of make test: shorter faults, and lines that gather for three
	// seconds after a loss of Redis. The processes of the other forms gather for the
	// half minute of usher serve.
	Brief bool
}

// rounds picks a number by the form of the run.
func (s *Sale) rounds(brief, short, long int) int {
	switch {
	case s.form.Long:
		return long
	case s.form.Brief:
		return brief
	}
	return short
}

// Sale is the sale of a run: nodes, a Redis of its own, and visitors who come and go
// all the time.
type Sale struct {
	t     testing.TB
	ctx   context.Context // ends with the run
	fault Fault
	form  Form
	o     node.Options // with the stores' own addresses, which no fault affects
	store *store.Stores
	out   *Outcome

	redis   *testkit.RedisServer // nil: Redis is a cluster, or watched by Sentinels
	servers *testkit.RedisGroup  // nil: Redis is one server
	link    *testkit.Proxy       // nil: the fault is not on a link
	nodes   []*node.Process      // nil: the nodes are in this process
	opened  int                  // the epoch in which the crowd joined

	crowd     sync.WaitGroup
	visitors  []*visitor
	closing   chan struct{} // closed: a fan who is out does not join again
	entered   atomic.Int64  // visits that became active
	visits    atomic.Int64
	bought    atomic.Int64
	cancelled atomic.Int64 // purchases that a fan was told are cancelled
	answered  atomic.Int64 // requests
	refused   atomic.Int64 // requests that were answered "unavailable", or not at all
	looks     atomic.Int64 // how often the active set was counted
	healing   healing

	mu        sync.Mutex
	urls      []string       // of the living nodes
	numbers   map[int64]int  // the visitor who drew the number, by index
	away      map[int64]bool // numbers of fans who were absent at some time
	complaint int
}

// Link is the connection on which a fault happens.
type Link int

// The links.
const (
	NoLink       Link = iota
	RedisLink         // between all nodes and Redis
	RedisLinkOne      // between one node and Redis
	MongoLink         // between all nodes and MongoDB
)

// Stage is what a fault needs of the sale. The zero value is three processes of usher
// serve on one Redis.
type Stage struct {
	Link     Link
	Lossy    bool // Redis loses data in this fault
	Steady   bool // no waiting fan gives up
	Absences bool // nodes or sockets fail, so fans may count as absent

	SlowPayments bool // a third of the charges take two seconds

	Redis  func(t testing.TB, season string) *testkit.RedisGroup // nil: one server
	Nodes  func(t testing.TB, i int, seen *node.Options)         // changes the i-th node; nil: none
	Args   []string                                              // more flags of every node
	Before func(s *Sale)                                         // runs when the nodes are there, before the crowd; nil: nothing
}

// open starts the stores, the nodes and the crowd. It returns when the line is long
// and moves.
func open(t testing.TB, f Fault, form Form, out *Outcome) *Sale {
	t.Helper()
	s := &Sale{
		t: t, ctx: t.Context(), fault: f, form: form, out: out,
		closing: make(chan struct{}), numbers: map[int64]int{}, away: map[int64]bool{},
	}
	s.say("starting the stores and the nodes")
	s.o = node.Shared(t)
	if f.Stage.Redis != nil {
		s.servers = f.Stage.Redis(t, s.o.Season)
		s.o.RedisURL = s.servers.URL
	} else {
		s.redis = testkit.StartRedis(t, t.TempDir())
		t.Cleanup(s.redis.Kill)
		s.o.RedisURL = s.redis.URL
	}
	s.o.Demo = func(d *dev.Demo) { d.ActiveLimit, d.Seats, d.MaxSeats = activeLimit, saleSeats, mostSeats }
	s.store = testkit.OpenAt(t, s.o.RedisURL, s.o.MongoURL, s.o.Database)
	s.startNodes()
	if f.Stage.Before != nil {
		f.Stage.Before(s)
	}
	s.admitCrowd()
	s.underway()
	s.opened = s.epoch()
	return s
}

// startNodes starts three nodes: processes, or in the brief form of a fault that loses
// data nodes inside this process, whose lines gather for a shorter time.
func (s *Sale) startNodes() {
	s.t.Helper()
	inside := s.form.Brief && s.fault.Stage.Lossy
	if !inside {
		node.OnSale(s.t, s.o)
	}
	for i := range 3 {
		seen := s.o
		s.cross(i, &seen)
		if s.fault.Stage.Nodes != nil {
			s.fault.Stage.Nodes(s.t, i, &seen)
		}
		if inside {
			seen.Change = func(o *app.Options) { o.Gather = 3 * time.Second }
			s.urls = append(s.urls, node.Start(s.t, seen).URL)
			continue
		}
		p := node.StartProcess(s.t, seen, s.fault.Stage.Args...)
		s.nodes = append(s.nodes, p)
		s.urls = append(s.urls, p.URL)
	}
}

// cross leads the i-th node's connections through the proxy, if its link is the faulty
// one.
func (s *Sale) cross(i int, seen *node.Options) {
	url := &seen.RedisURL
	switch s.fault.Stage.Link {
	case NoLink:
		return
	case RedisLinkOne:
		if i > 0 {
			return
		}
	case MongoLink:
		url = &seen.MongoURL
	case RedisLink:
	}
	if s.link == nil {
		s.link = testkit.StartProxy(s.t, *url)
	}
	*url = s.link.URL
}

func visitorName(i int) string { return fmt.Sprintf("Visitor %03d", i) }

// admitCrowd starts the visitors and the watchers.
func (s *Sale) admitCrowd() {
	s.t.Helper()
	names := []string{"Door"}
	for i := range socketVisitors + restVisitors {
		names = append(names, visitorName(i))
	}
	fans := node.Crowd(s.t, s.o, s.urls[0], names...)
	var watch sync.WaitGroup
	s.t.Cleanup(func() { // here the run's own context has ended
		s.crowd.Wait()
		watch.Wait()
	})
	watch.Go(s.watchRedis)
	watch.Go(s.watchLine)
	watch.Go(s.watchNodes)
	watch.Go(func() { s.watchDoor(fans[0]) })
	watch.Go(s.watchProgress)
	for i, fan := range fans[1:] {
		v := newVisitor(s, i, fan, i >= socketVisitors)
		s.visitors = append(s.visitors, v)
		s.crowd.Go(v.run)
	}
}

// say reports a step of the run.
func (s *Sale) say(format string, args ...any) {
	if s.out.Say != nil {
		s.out.Say(fmt.Sprintf(format, args...))
	}
}

// violated reports something that was lost, or another violation of an invariant. Safe
// to call from any goroutine.
func (s *Sale) violated(format string, args ...any) {
	s.mu.Lock()
	s.complaint++
	tooMany := s.complaint > 20
	if !tooMany {
		s.out.Lost = append(s.out.Lost, fmt.Sprintf(format, args...))
	}
	s.mu.Unlock()
	if !tooMany {
		s.t.Errorf(format, args...)
	}
}

// known counts something that was lost and that docs/operating.md says may be lost.
func (s *Sale) known(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.out.Known == nil {
		s.out.Known = map[string]int{}
	}
	s.out.Known[what]++
}

// pause waits, unless the test ends.
func (s *Sale) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ctx.Done():
	}
}

// living returns the i-th living node, modulo their number.
func (s *Sale) living(i int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.urls[i%len(s.urls)]
}

func (s *Sale) lives(url string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.urls, url)
}

// replace changes one URL that fans use; "" removes or adds one.
func (s *Sale) replace(old, instead string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.urls = slices.DeleteFunc(slices.Clone(s.urls), func(url string) bool { return url == old })
	if instead != "" {
		s.urls = append(s.urls, instead)
	}
}

func (s *Sale) isClosing() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}

// underway waits until the line is long and moves: since the call, as many fans have
// entered as wait at a time.
func (s *Sale) underway() {
	s.t.Helper()
	goal := s.entered.Load() + socketVisitors
	testkit.Eventually(s.t, 2*time.Minute, "the line is long and moves", func() bool {
		s.stopIfViolated()
		return s.entered.Load() >= goal && s.waiting() >= restVisitors
	})
}

func (s *Sale) waiting() int64 {
	return s.store.Redis.ZCard(s.ctx, "waiting_list:{"+s.o.Season+"}").Val()
}

func (s *Sale) stopIfViolated() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.complaint > 0 {
		s.t.FailNow()
	}
}
