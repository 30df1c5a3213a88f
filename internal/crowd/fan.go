package crowd

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// fan is one simulated user. The crowd's seed and the fan's index decide every random
// choice of the fan.
type fan struct {
	token string
	place string // the last signed place, to bring back after a loss of Redis
	rng   rand.PCG

	life   life
	state  string // as the server last said: none, gathering, waiting, turn, active
	buyer  bool
	walker bool
	badPay bool // the first card is declined
	count  int8 // seats wanted

	asked    int64 // when the fan first asked for the place, by the crowd's clock
	number   int64 // in line; 0: unknown
	position int32 // the last one shown; 0: none to compare with
	// Since when the fan is in line on this socket, by the crowd's clock and by the
	// server's; 0: the fan is not.
	presentAt, presentServer int64

	tries     uint8 // connections refused or lost in a row
	everLive  bool
	counted   bool // counted as admitted
	soldOut   bool // was told last that every seat is sold
	missed    bool // counted as sold out
	parts     bool // is one of those who are leaving, of whom there are only so many at once
	begged    bool // the session was renewed and refused once more
	lostAt    int64
	dialledAt int64
	backAfter time.Duration // the delay in the server's bye

	want    want // the request in flight
	request uint32
	sentAt  int64
	seats   []string // held
	pending string   // the id of the transaction that is not settled yet
	attempt uint8    // how often the fan has paid

	seq [timerKinds]uint32 // the valid timer of each kind; others were cancelled
}

// life is the state of a fan's visit, apart from the line.
type life uint8

const (
	lifeHome    life = iota // has not come yet
	lifeSignIn              // waits for a session
	lifeDialing             // opens the socket
	lifeLive                // got the welcome
	lifeAway                // will open the socket again
	lifeGone                // left, walked away, or gave up
)

// want is the kind of a fan's request in flight.
type want uint8

const (
	wantNothing want = iota
	wantJoin
	wantEnter
	wantHold
	wantPurchase
	wantLeave
)

var wantNames = [...]string{"", "join", "enter", "hold", "purchase", "leave"}

// The states of a user in the line, as the server names them.
const (
	stateNone      = "none"
	stateGathering = "gathering"
	stateWaiting   = "waiting"
	stateTurn      = "turn"
	stateActive    = "active"
)

// The stock of a sale, as the server names it.
const (
	stockAvailable = "available"
	stockHeld      = "held"
	stockGone      = "gone"
	stockNone      = "none"
)

// stateOf returns a state's name without an allocation.
func stateOf(name string) string {
	for _, known := range [...]string{stateNone, stateGathering, stateWaiting, stateTurn, stateActive} {
		if name == known {
			return known
		}
	}
	return stateNone
}

// badCards is the share of buyers whose first card is declined.
const badCards = 0.05

func newFan(o *Options, i int) fan {
	f := fan{rng: *rand.NewPCG(o.Seed, uint64(i)+2), state: stateNone}
	f.buyer = f.chance() < o.Buy
	f.walker = f.chance() < o.WalkAway
	f.badPay = f.chance() < badCards
	f.count = 1 + int8(f.chance()*2)
	return f
}

// chance is a number from 0 up to 1.
func (f *fan) chance() float64 { return float64(f.rng.Uint64()>>11) / (1 << 53) }

// around draws a time between 0.5 and 1.5 times mean.
func (f *fan) around(mean time.Duration) time.Duration {
	return time.Duration((0.5 + f.chance()) * float64(mean))
}

// inLine reports whether the fan has a place in line to lose.
func (f *fan) inLine() bool { return f.state == stateWaiting || f.state == stateGathering }

// givesUp reports whether the fan waits although every seat is sold.
func (f *fan) givesUp() bool { return f.soldOut && f.inLine() }

// inside reports whether the fan has a turn or is active.
func (f *fan) inside() bool { return f.state == stateTurn || f.state == stateActive }

// person returns the e-mail address and name with which a fan signs in.
func (o *Options) person(i int) (email, name string) {
	return fmt.Sprintf("crowd-%x-%d@usher.test", o.Seed, i), fmt.Sprintf("Crowd %d", i+1)
}
