package simulate

import (
	"fmt"
	"time"

	"usher/queue"
)

// Plan describes a simulation: a season's settings, a crowd, and what goes wrong.
type Plan struct {
	Seed     uint64
	Settings queue.Settings // without the opening, the close and the pause, which have fields below
	Nodes    int            // default 1

	Fans     int
	Rate     float64       // arrivals a second, at random; 0: all come at the start
	Stay     time.Duration // mean time from entering to buying or giving up
	Reaction time.Duration // mean time from the turn to pressing enter
	Buy      float64       // share of those who entered who buy, and then leave; the others close the page
	WalkAway float64       // share who leave for good at a random point of their wait
	Miss     float64       // share who do not press enter
	Requests float64       // share without a socket, who send requests

	// FaultEvery is the mean time between faults: dropped and half-open
	// sockets, killed and frozen nodes, pauses, changes of the limit. 0: none.
	FaultEvery time.Duration
	LostNews   float64 // share of published messages that do not reach a node
	SeatsEnd   bool    // a fault may also be that no seat is free for a while

	// Horizon ends the simulation; default a week.
	Horizon time.Duration

	// What the organizer does, and the losses of Redis, on the clock of the sale.
	// Fans arrive from its beginning on.
	OpensAfter  time.Duration // until then fans gather, and their order is drawn; 0: open from the beginning
	ClosesAfter time.Duration // fans who come later are turned away, and active fans cannot buy; 0: never
	PauseAfter  time.Duration // admission stops …
	PauseFor    time.Duration // … for this time; 0: never
	Limits      []LimitChange
	Phases      []PhasePlan     // of the sale, in order; with any, OpensAfter and ClosesAfter follow from them
	Codes       float64         // share of fans who have a code; the others come back when a phase needs none
	LoseRedis   []time.Duration // when Redis loses everything
	NoSeatAfter time.Duration   // every seat is in a cart: admission stops …
	NoSeatFor   time.Duration   // … for this time; 0: never

	// A sold-out house, to which seats come back.
	ReturnEvery time.Duration // mean time between two returns, of one to three seats; 0: seats do not matter
	Wishes      float64       // share of fans who wish for some of them
	Away        float64       // share of fans who close the page while they wait, and come back

	// Progress is called once a minute of the sale, if it is not nil.
	Progress func(Progress)

	mutate    func(source string) string // plants a bug in the scripts, which must be found
	seeks     int                        // ends at the first violation of this invariant; 0: does not
	unchecked bool                       // checks only who has a place, for a faster run
}

// PhasePlan is a phase of the sale. Fans who come after the phase before has closed
// gather for it, and their order is drawn.
type PhasePlan struct {
	After time.Duration // when it opens; the first may open at 0, and then has no draw
	For   time.Duration // how long it is open; 0: to the end, of the last phase only
	Code  bool          // joining needs a code
}

// LimitChange changes the limit of active users during the sale.
type LimitChange struct {
	After time.Duration
	Limit int
}

// Progress is how far a simulation is.
type Progress struct {
	After   time.Duration // on the clock of the sale
	Through int           // fans who have finished
	Fans    int
}

// Limits of a plan.
const (
	MostFans   = 200_000 // the embedded Redis sorts a set again at each read
	mostNodes  = 50
	mostLosses = 10
	horizon    = 7 * 24 * time.Hour
)

// withDefaults fills the fields left out.
func (p Plan) withDefaults() Plan {
	if p.Nodes == 0 {
		p.Nodes = 1
	}
	if p.Horizon == 0 {
		p.Horizon = horizon
	}
	p.Settings.Revision, p.Settings.Paused = 1, false
	p.Settings.OpensAt, p.Settings.ClosesAt = time.Time{}, time.Time{}
	p.Settings.Phases = nil
	p.Settings.Returns = p.ReturnEvery > 0
	for i, phase := range p.Phases {
		one := queue.Phase{Name: fmt.Sprintf("Phase %d", i+1), OpensAt: opening.Add(phase.After), Code: phase.Code}
		p.ClosesAfter = 0
		if phase.For > 0 {
			p.ClosesAfter = phase.After + phase.For
			one.ClosesAt = opening.Add(p.ClosesAfter)
		}
		p.Settings.Phases = append(p.Settings.Phases, one)
		p.OpensAfter = p.Phases[0].After
	}
	if len(p.Phases) > 0 {
		p.Settings.OpensAt = p.Settings.Phases[0].OpensAt
	}
	if p.OpensAfter > 0 {
		p.Settings.OpensAt = opening.Add(p.OpensAfter)
	}
	if p.ClosesAfter > 0 {
		p.Settings.ClosesAt = opening.Add(p.ClosesAfter)
	}
	return p
}

// Problems names everything that is wrong with the plan.
func (p Plan) Problems() []string {
	var out []string
	wrong := func(is bool, format string, args ...any) {
		if is {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	p = p.withDefaults()
	wrong(p.Fans < 1 || p.Fans > MostFans, "fans is 1–%d, not %d", MostFans, p.Fans)
	wrong(p.Rate < 0, "rate is arrivals a second, 0 for all at once, not %v", p.Rate)
	wrong(p.Nodes < 1 || p.Nodes > mostNodes, "nodes is 1–%d, not %d", mostNodes, p.Nodes)
	wrong(p.Settings.ActiveLimit < 1, "the active limit is 1 or more, not %d", p.Settings.ActiveLimit)
	wrong(p.Settings.AdmitPerMinute < 0, "admissions a minute are 0 (no cap) or more, not %d", p.Settings.AdmitPerMinute)
	for _, d := range []struct {
		name string
		is   time.Duration
	}{
		{"turn window", p.Settings.TurnWindow},
		{"lease", p.Settings.Lease},
		{"session", p.Settings.Session},
		{"absence", p.Settings.Absence},
		{"forget", p.Settings.Forget},
		{"stay", p.Stay},
		{"reaction", p.Reaction},
	} {
		wrong(d.is < time.Second, "%s is a second or more, not %s", d.name, d.is)
	}
	for _, share := range []struct {
		name string
		is   float64
	}{
		{"buy", p.Buy}, {"walk-away", p.WalkAway}, {"miss", p.Miss}, {"requests", p.Requests}, {"lost news", p.LostNews}, {"codes", p.Codes}, {"wishes", p.Wishes}, {"away", p.Away},
	} {
		wrong(!(share.is >= 0 && share.is <= 1), "%s is a share of 0–1, not %v", share.name, share.is)
	}
	wrong(p.OpensAfter < 0, "the sale opens after a time that is not negative, not %s", p.OpensAfter)
	wrong(p.ClosesAfter < 0 || p.ClosesAfter > 0 && p.ClosesAfter <= p.OpensAfter,
		"the sale closes after it opens (%s), not after %s", p.OpensAfter, p.ClosesAfter)
	wrong(p.PauseAfter < 0 || p.PauseFor < 0, "a pause begins after a time and lasts for one that are not negative")
	wrong(p.PauseAfter > 0 && p.PauseFor == 0, "a pause needs a time that it lasts for")
	wrong(p.NoSeatAfter < 0 || p.NoSeatFor < 0, "a time without a free seat begins after a time and lasts for one that are not negative")
	for _, change := range p.Limits {
		wrong(change.After < 0 || change.Limit < 1, "a later limit is 1 or more after a time, not %d after %s", change.Limit, change.After)
	}
	wrong(len(p.LoseRedis) > mostLosses, "Redis is lost %d times at most, not %d", mostLosses, len(p.LoseRedis))
	for _, at := range p.LoseRedis {
		wrong(at < time.Second, "Redis is lost after a second or more, not %s", at)
	}
	for i, phase := range p.Phases {
		wrong(phase.After < 0 || phase.For < 0 || phase.For == 0 && i < len(p.Phases)-1,
			"phase %d opens after a time that is not negative and is open for one, not %s and %s; only the last may have no end", i+1, phase.After, phase.For)
		wrong(i > 0 && phase.After < p.Phases[i-1].After+p.Phases[i-1].For, "phase %d opens after %s, before phase %d closes", i+1, phase.After, i)
	}
	wrong(p.ReturnEvery < 0, "the mean time between two returns of seats is not negative")
	wrong(p.ReturnEvery > 0 && (p.NoSeatFor > 0 || p.SeatsEnd), "seats come back one by one or all at once, not both")
	wrong((p.Wishes > 0 || p.Away > 0) && p.ReturnEvery == 0, "wishes and away need seats that come back: the mean time between two returns is missing")
	wrong(p.FaultEvery < 0, "the mean time between faults is not negative")
	return out
}
