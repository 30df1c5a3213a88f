package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"usher/internal/fault"
	"usher/queue"
)

// fan is one person: a fate drawn beforehand, and how far it has come.
type fan struct {
	s     *simulation
	index int
	user  string

	// The fate.
	requests bool // has no socket and asks every now and then
	asks     time.Duration
	reaction time.Duration
	stay     time.Duration
	buys     bool
	misses   bool
	walksAt  float64 // gone for good when the position is this part of the first one; 0: never
	politely bool    // walking away, says so

	// The connection.
	node      *node
	conn      int64
	link      int
	connected bool

	// What the fan knows.
	over    bool
	joined  time.Time
	first   int           // the first position shown
	eta     *queue.ETA    // the first one shown …
	etaAt   time.Time     // … and when, pauses aside
	etaWait time.Duration // from then to the turn, pauses aside
	shown   int           // the last position shown …
	shownOf int64         // … of this number
	pressed bool          // a finger is on its way to the button
	inside  bool          // took the turn, or gave it up
	entered bool
	done    bool         // would leave, had it a connection
	visit   int          // counts how often it came in, so that what is planned for one ends with it
	epoch   int64        // the life of the line in which it was last heard of
	proof   fmt.Stringer // the signed place last shown

	// What the simulator knows of it; the checker keeps this.
	number    int64     // in line with this number; 0: not in line
	sure      bool      // there beyond doubt: nobody may be admitted past it …
	sureUntil time.Time // … until then, without a socket
	queued    int64     // stands in the checker's sureLine by this number
	held      int64     // was admitted by this number
	spent     int64     // entered by this number
	gathered  bool      // came before the order was drawn
	ranked    bool      // has drawn its place
	lost      bool      // had a place that Redis lost, and has not heard of since
	admitted  time.Time // zero: never
	placed    bool      // in turn or active
	seen      time.Time // when it was last there
	late      time.Time // since when the position it sees has been off …
	lateShown int       // … and which that is
}

// drawFans draws every fan's fate and puts the arrivals on the agenda.
func (s *simulation) drawFans() {
	r := rand.New(rand.NewPCG(s.plan.Seed, 2))
	after := func(mean time.Duration) time.Duration {
		return time.Duration(r.ExpFloat64() * float64(mean)).Round(time.Microsecond)
	}
	var at time.Duration
	for i := range s.plan.Fans {
		if s.plan.Rate > 0 {
			at += after(time.Duration(float64(time.Second) / s.plan.Rate))
		}
		f := &fan{s: s, index: i, user: fmt.Sprintf("%024x", i+1)}
		f.requests = r.Float64() < s.plan.Requests
		f.asks = min(5*time.Second+time.Duration(r.Int64N(int64(15*time.Second))), s.plan.Settings.Absence/2, s.plan.Settings.Lease/2)
		f.reaction, f.stay = after(s.plan.Reaction), after(s.plan.Stay)
		f.buys, f.misses = r.Float64() < s.plan.Buy, r.Float64() < s.plan.Miss
		walks, part := r.Float64() < s.plan.WalkAway, 1-r.Float64()
		f.politely = r.IntN(4) == 0
		if walks {
			f.walksAt = part
		}
		s.fans = append(s.fans, f)
		s.byUser[f.user] = f
		s.in(at, f.index, f.arrive)
	}
}

func (f *fan) in(d time.Duration, do func()) { f.s.in(d, f.index, do) }

func (f *fan) arrive() {
	if f.requests {
		f.ask(true)
		return
	}
	f.connect()
}

// connect opens a socket on some node, and joins on the first.
func (f *fan) connect() {
	if f.over {
		return
	}
	n := f.s.reachable()
	if n == nil {
		f.in(time.Second, f.connect)
		return
	}
	f.link++
	f.node = n
	if old, ok := n.sockets[f]; ok { // half-open here until the newer one comes
		f.in(latency, func() {
			n.queue.Disconnect(season, f.user, old.conn)
			n.roused()
		})
	}
	conn, st, err := n.queue.Connect(f.s.ctx, season, f.user)
	if err != nil {
		f.s.fail("connecting", err)
		return
	}
	f.conn, f.connected = conn, true
	n.sockets[f] = socket{conn, f.link}
	f.s.tally.push(f.s.now, false)
	f.s.check.answered(f, st)
	f.learn(st)
	n.queue.Follow(season, f.user, conn)
	if f.joined.IsZero() {
		f.join(n)
	}
	n.roused()
}

// join goes to the line, with the place from a life of it that is over, if there
// is one.
func (f *fan) join(n *node) {
	if f.joined.IsZero() {
		f.joined = f.s.now
	}
	place := ""
	if f.proof != nil {
		place = f.proof.String()
	}
	st, err := n.queue.Join(f.s.ctx, season, f.user, place)
	if fault.CodeOf(err) == fault.SeasonClosed {
		f.s.tally.closed++
		f.end()
		return
	}
	if err != nil {
		f.s.fail("joining", err)
		return
	}
	f.s.check.joined(f, st)
	f.learn(st)
}

// ask is a fan without a socket asking how it stands.
func (f *fan) ask(first bool) {
	if f.over {
		return
	}
	n := f.s.reachable()
	if n == nil {
		f.in(time.Second, func() { f.ask(first) })
		return
	}
	if first {
		f.join(n)
	} else {
		st, err := n.queue.Status(f.s.ctx, season, f.user)
		if err != nil {
			f.s.fail("asking", err)
			return
		}
		f.s.check.answered(f, st)
		f.learn(st)
	}
	n.roused()
	f.in(f.asks, func() { f.ask(false) })
}

// hear takes an event on the socket.
func (f *fan) hear(e queue.Event) {
	if e.Kind == queue.Moved {
		f.see(e.Position, e.ETA)
		return
	}
	f.s.check.heard(f, e.Status)
	f.learn(e.Status)
}

// learn takes in a status, however it came.
func (f *fan) learn(st queue.Status) {
	if f.over {
		return
	}
	before := f.epoch
	if st.State != queue.None {
		f.epoch = st.Epoch
	}
	if st.Proof != nil {
		f.proof = st.Proof
	}
	switch st.State {
	case queue.Waiting:
		if f.first == 0 {
			f.first = st.Position
		}
		f.s.check.shown(f, st.Number, st.Position)
		f.see(st.Position, st.ETA)
	case queue.Turn:
		if !f.misses && !f.pressed {
			f.pressed = true
			f.in(f.reaction, f.press)
		}
	case queue.Active:
		if !f.inside {
			f.inside, f.entered, f.spent = true, true, f.held
			f.visit++
			visit := f.visit
			f.in(f.stay, func() { f.finish(visit) })
		} else if f.done {
			f.in(0, func() { f.finish(f.visit) })
		}
	case queue.None:
		switch {
		case f.joined.IsZero():
		case st.Epoch > before:
			f.in(latency, f.comeBack)
		default:
			f.end()
		}
	}
}

// comeBack is for a fan whom Redis has lost. Everybody brings the place last
// seen; whoever was in has spent it, and begins again.
func (f *fan) comeBack() {
	n := f.s.reachable()
	if f.connected {
		n = f.node
	}
	switch {
	case f.over || f.placed || !f.requests && !f.connected:
		return // the next connection says how it stands
	case n == nil || !n.answers():
		f.in(time.Second, f.comeBack)
		return
	}
	if f.inside {
		f.s.tally.again++
		f.inside, f.done = false, false
		f.visit++
	}
	f.pressed = false
	f.join(n)
	n.roused()
}

// see takes in a position, at which the fan may walk away.
func (f *fan) see(position int, eta *queue.ETA) {
	f.s.check.shown(f, f.shownOf, position)
	if f.eta == nil && eta != nil {
		f.eta, f.etaAt = eta, f.s.now.Add(-f.s.pausedFor())
	}
	if f.walksAt > 0 && !f.over && float64(position) <= math.Max(1, f.walksAt*float64(f.first)) && position < f.first {
		f.in(latency, f.walkAway)
	}
}

func (f *fan) walkAway() {
	if f.over || f.placed || f.lost {
		return // the turn came first, and draws the fan back
	}
	f.s.tally.walked++
	if f.politely {
		f.leave()
	}
	f.end()
}

// busy puts an act off until it can be done, and says whether it had to.
func (f *fan) busy(again func()) bool {
	switch {
	case f.requests && f.s.reachable() != nil, f.connected && f.node.answers():
		return false
	case f.connected && !f.node.dead:
		f.s.agenda.add(f.node.thaws.Add(latency), f.index, again)
	case f.requests:
		f.in(time.Second, again)
	}
	return true // without a connection: the next one's status says what to do
}

// via is the node the fan speaks to.
func (f *fan) via() *node {
	if f.requests {
		return f.s.reachable()
	}
	return f.node
}

func (f *fan) press() {
	if f.over || f.inside {
		return
	}
	f.pressed = f.connected || f.requests
	if f.busy(f.press) {
		return
	}
	n := f.via()
	st, err := n.queue.Enter(f.s.ctx, season, f.user)
	n.roused()
	switch {
	case err == nil:
		f.learn(st)
	case fault.CodeOf(err) == fault.Conflict:
		f.pressed = false // too late; the lapse is told by itself
		if !f.lost {
			f.end()
			return
		}
		f.in(latency, f.comeBack)
	default:
		f.s.fail("entering", err)
	}
}

// finish is the end of a stay.
func (f *fan) finish(visit int) {
	if f.over || visit != f.visit || f.lost {
		return
	}
	f.done = true
	if f.busy(func() { f.finish(visit) }) {
		return
	}
	if closes := f.s.plan.Settings.ClosesAt; f.buys && (closes.IsZero() || f.s.now.Before(closes)) {
		f.s.tally.bought++
		f.leave()
	}
	f.end()
}

func (f *fan) leave() {
	n := f.via()
	if n == nil || !n.answers() {
		return // vanishes instead
	}
	f.inside = true // a turn given up is not missed
	f.number, f.sure = 0, false
	if _, err := n.queue.Leave(f.s.ctx, season, f.user); err != nil {
		f.s.fail("leaving", err)
	}
	n.roused()
}

// end is when the fan is through with the sale, and closes the page.
func (f *fan) end() {
	if f.over {
		return
	}
	f.over, f.sure = true, false
	f.s.left--
	if f.connected {
		f.connected = false
		n, sock := f.node, socket{f.conn, f.link}
		f.in(0, func() { n.close(f, sock) })
	}
}

// lose is a connection that breaks; the fan comes back, perhaps elsewhere.
func (f *fan) lose() {
	f.connected, f.sure, f.pressed = false, false, false
	f.seen = f.s.now
	f.in(200*time.Millisecond+time.Duration(f.s.chance.Int64N(int64(8*time.Second))), f.connect)
}

// place and vacated are what the checker sees happen to a fan's place.
func (f *fan) place(now time.Time) {
	f.placed, f.admitted, f.number, f.sure = true, now, 0, false
	f.etaWait = now.Add(-f.s.pausedFor()).Sub(f.etaAt)
}

func (f *fan) vacated() {
	f.placed = false
	if !f.inside {
		f.s.tally.missed++
	}
}

// isSure reports whether the fan stands in line and is there beyond doubt.
func (f *fan) isSure(now time.Time) bool {
	return f.sure && f.number > 0 && (f.sureUntil.IsZero() || now.Before(f.sureUntil))
}
