package chaos

import (
	"time"

	"usher/internal/crowd"
	"usher/internal/dev"
	"usher/internal/keys"
	"usher/internal/testkit/node"
)

const (
	stormWindow = 256             // how many sockets connect, or join, at once before the fault
	stormTime   = 3 * time.Minute // for each step
	stormPoll   = 20 * time.Millisecond
	stormSeed   = 11
)

// storm is a crowd of waiting fans in a season of its own on the nodes of a sale, who
// all lose their sockets at the same moment.
type storm struct {
	s      *Sale
	season string
	tokens []string
	pool   *crowd.Pool
	before []stormFan
	fans   []stormFan
	failed []int // to be dialled again
	live   int
}

type stormFan struct {
	live     bool
	number   int64
	position int
}

// newStorm puts the season on sale, with one fan inside who keeps its only place.
func newStorm(s *Sale, size int) *storm {
	s.t.Helper()
	o := s.o
	o.Season += "-storm"
	o.Demo = func(d *dev.Demo) { d.ActiveLimit, d.Seats, d.Session = 1, 10, time.Hour }
	node.OnSale(s.t, o)
	inside := node.Mint(s.t, o, s.nodes[2].URL, "Inside")
	inside.Do("POST", "/waitingList/join", nil, 200)
	inside.Open().Ask(map[string]any{"type": "enter"})
	ring, err := keys.Load(s.o.Key)
	if err != nil {
		s.t.Fatal(err)
	}
	st := &storm{s: s, season: o.Season, fans: make([]stormFan, size)}
	minting := crowd.Options{Keys: ring, Seed: stormSeed}
	for i := range size {
		token, err := minting.Mint(i, time.Now())
		if err != nil {
			s.t.Fatal(err)
		}
		st.tokens = append(st.tokens, token)
	}
	return st
}

// open makes the pool for a node.
func (st *storm) open(url string) {
	st.s.t.Helper()
	pool, err := crowd.NewPool(st.s.ctx, crowd.PoolOptions{URL: url, Season: st.season, Sockets: len(st.fans), Seed: stormSeed})
	if err != nil {
		st.s.t.Fatal(err)
	}
	st.pool, st.live, st.failed = pool, 0, nil
}

// gather connects the fans to a node and lets them join, in order.
func (st *storm) gather(url string) {
	st.s.t.Helper()
	st.open(url)
	st.connect(stormWindow)
	next, waiting := 0, 0
	st.until("all wait in line", func() bool {
		for waiting = 0; waiting < next && st.fans[waiting].number > 0; waiting++ {
		}
		for next < len(st.fans) && next-waiting < stormWindow {
			st.pool.Send(next, []byte(`{"type":"join","id":1}`))
			next++
		}
		return waiting == len(st.fans)
	})
	st.before = append([]stormFan(nil), st.fans...)
}

// comeBack connects all fans to another node at once. It returns when all are back, and
// how long that took.
func (st *storm) comeBack(url string) time.Duration {
	began := time.Now()
	st.pool.Stop()
	clear(st.fans)
	st.open(url)
	defer st.pool.Stop()
	st.connect(len(st.fans))
	took := time.Since(began)
	for i, was := range st.before {
		if is := st.fans[i]; is.number != was.number || is.position > was.position {
			st.s.violated("fan %d of the storm had number %d at position %d and came back with number %d at position %d",
				i, was.number, was.position, is.number, is.position)
		}
	}
	return took
}

// connect dials every fan, at most window at once, until all are welcomed.
func (st *storm) connect(window int) {
	next := 0
	st.until("all have a socket", func() bool {
		for next < len(st.fans) && next-st.live-len(st.failed) < window {
			st.pool.Dial(next, st.tokens[next])
			next++
		}
		for _, i := range st.failed {
			st.pool.Dial(i, st.tokens[i])
		}
		st.failed = nil
		return st.live == len(st.fans)
	})
}

// until polls until done.
func (st *storm) until(what string, done func() bool) {
	for deadline := time.Now().Add(stormTime); !done(); {
		if err := st.pool.Poll(stormPoll, st.event); err != nil {
			st.s.violated("the storm, until %s: %v", what, err)
			return
		}
		if time.Now().After(deadline) || st.s.ctx.Err() != nil {
			st.s.violated("the storm: not within %v: %s; %d of %d are live", stormTime, what, st.live, len(st.fans))
			return
		}
	}
}

func (st *storm) event(e crowd.Event) {
	fan := &st.fans[e.I]
	if e.Err != nil {
		if fan.live {
			fan.live = false
			st.live--
		}
		st.failed = append(st.failed, e.I)
		return
	}
	if e.Text == nil {
		return
	}
	m, err := crowd.ParseMessage(e.Text)
	if err != nil {
		st.s.violated("the storm reads %q: %v", e.Text, err)
		return
	}
	switch m.Type {
	case "welcome":
		fan.live = true
		st.live++
	case "position":
		fan.position = m.Position
	}
	if m.Status == nil {
		return
	}
	if m.Status.Number != nil {
		fan.number = *m.Status.Number
	}
	if m.Status.Position != nil {
		fan.position = *m.Status.Position
	}
}
