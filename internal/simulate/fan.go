package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"usher/queue"
)

// fan is one person: what the fan will do, drawn in advance, and what has
// happened so far.
type fan struct {
	s     *simulation
	index int
	user  string

	// What the fan will do.
	requests bool // has no socket and sends requests
	asks     time.Duration
	reaction time.Duration
	stay     time.Duration
	buys     bool
	misses   bool
	walksAt  float64 // leaves at this part of the first position; 0: never
	politely bool    // leaves with a request
	code     bool    // has a code for phases that need one

	wisher // about returned seats

	// The connection.
	node        *node
	conn        int64
	link        int
	connected   bool
	silentUntil time.Time // a fan without a socket sends no request until then

	// What the fan knows.
	over    bool
	joined  time.Time
	first   int           // the first position shown
	eta     *queue.ETA    // the first one shown …
	etaAt   time.Time     // … and when, without pauses
	etaWait time.Duration // from then to the turn, without pauses
	shown   int           // the last position shown …
	shownOf int64         // … of this number
	pressed bool          // will press enter
	inside  bool          // entered the turn, or gave it up
	entered bool
	done    bool         // wants to leave, but has no connection
	visit   int          // how often the fan entered: a planned end of a visit does not end a later one
	epoch   int64        // the epoch of the last state in which the fan had a place or a number
	proof   fmt.Stringer // the signed place last shown

	// What the checker knows about the fan.
	number    int64     // in line with this number; 0: not in line
	sure      bool      // certainly present: no fan behind may be admitted first …
	sureUntil time.Time // … until then, for a fan without a socket
	queued    int64     // number in the checker's sureLine; 0: not in it
	held      int64     // admitted with this number
	spent     int64     // entered with this number
	gathered  int       // the draw for which the fan gathered; 0: none
	phase     int       // in which the fan joined, from 1; 0: the sale has none
	ranked    bool      // has drawn its place
	lost      bool      // Redis lost the fan's place, and no node has shown another since
	admitted  time.Time // zero: never
	placed    bool      // with a turn or active
	seen      time.Time // when last present
	late      time.Time // since when the position shown has been off …
	lateShown int       // … and which position that is
}

// drawFans draws what every fan will do and schedules the arrivals.
func (s *simulation) drawFans() {
	r := rand.New(rand.NewPCG(s.plan.Seed, 2))
	after := func(mean time.Duration) time.Duration {
		return time.Duration(r.ExpFloat64() * float64(mean)).Round(time.Microsecond)
	}
	codes := rand.New(rand.NewPCG(s.plan.Seed, 4)) // of its own, so that a sale without phases stays as it is
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
		f.code = codes.Float64() < s.plan.Codes
		s.fans = append(s.fans, f)
		s.byUser[f.user] = f
		s.in(at, f.index, f.arrive)
	}
}

func (f *fan) in(d time.Duration, do func()) { f.s.in(d, f.index, do) }

// handle handles an event on the socket.
func (f *fan) handle(e queue.Event) {
	if e.Kind == queue.Moved {
		f.see(e.Position, e.ETA)
		return
	}
	f.s.check.updated(f, e.Status)
	f.s.check.wished(f, e.Status, false)
	f.learn(e.Status)
}

// learn handles a status, from a reply or an event.
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
			if f.s.house != nil {
				f.in(f.stay/2, func() { f.choose(visit) })
			}
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

// see handles a position, at which the fan may walk away.
func (f *fan) see(position int, eta *queue.ETA) {
	f.s.check.shown(f, f.shownOf, position)
	if f.eta == nil && eta != nil {
		f.eta, f.etaAt = eta, f.s.now.Add(-f.s.pausedFor())
	}
	if f.walksAt > 0 && !f.over && float64(position) <= math.Max(1, f.walksAt*float64(f.first)) && position < f.first {
		f.in(latency, f.walkAway)
	}
}

// place and vacated record what the checker sees of the fan's place.
func (f *fan) place(now time.Time) {
	f.placed, f.admitted, f.number, f.sure = true, now, 0, false
	f.etaWait = now.Add(-f.s.pausedFor()).Sub(f.etaAt)
}

func (f *fan) vacated() {
	f.placed, f.aside = false, byClass{}
	f.in(latency, f.letGo) // the seats' scripts end the cart of a user without a place
	if !f.inside {
		f.s.tally.missed++
	}
}

// isSure reports whether the fan is in line and certainly present.
func (f *fan) isSure(now time.Time) bool {
	return f.sure && f.number > 0 && (f.sureUntil.IsZero() || now.Before(f.sureUntil))
}
