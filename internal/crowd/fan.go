package crowd

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// fan is one simulated user. What a fan is and does follows from the crowd's
// seed and the fan's index.
type fan struct {
	token string
	place string // the signed place last told, to bring back after a loss
	rng   rand.PCG

	life   life
	state  string // as the server last said: none, gathering, waiting, turn, active
	buyer  bool
	walker bool
	badPay bool // the first card is declined
	count  int8 // seats wanted

	number   int64 // in line; 0: none was told
	position int32 // last shown; 0: none binds
	// Since when the fan is in line on this socket, by the crowd's clock and by the
	// server's; 0: not.
	presentAt, presentServer int64

	tries     uint8 // connections refused or lost in a row
	everLive  bool
	counted   bool // as admitted
	parts     bool // one of those who leave at the end
	begged    bool // the session was renewed, and refused once more
	lostAt    int64
	dialledAt int64
	backAfter time.Duration // as the server's bye says

	want    want // the request under way
	request uint32
	sentAt  int64
	seats   []string // held
	pending string   // the transaction that is not settled yet
	attempt uint8    // at paying

	seq [timerKinds]uint32 // a timer with another number was cancelled
}

// life is where a fan stands, apart from the line.
type life uint8

const (
	lifeHome    life = iota // has not come yet
	lifeSignIn              // waits for a session
	lifeDialing             // opens the socket
	lifeLive                // was welcomed
	lifeAway                // will open the socket again
	lifeGone                // left, walked away, or gave up
)

// want is what a fan has asked for.
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

// States of the line, as the server names them.
const (
	stateNone      = "none"
	stateGathering = "gathering"
	stateWaiting   = "waiting"
	stateTurn      = "turn"
	stateActive    = "active"
)

// stateOf is a state's name without an allocation of its own.
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

// around draws a time between half and one and a half of mean.
func (f *fan) around(mean time.Duration) time.Duration {
	return time.Duration((0.5 + f.chance()) * float64(mean))
}

// inLine reports whether the fan has a place in line to lose.
func (f *fan) inLine() bool { return f.state == stateWaiting || f.state == stateGathering }

// inside reports whether the fan has a turn or is active.
func (f *fan) inside() bool { return f.state == stateTurn || f.state == stateActive }

// person is who a fan says to be.
func (o *Options) person(i int) (email, name string) {
	return fmt.Sprintf("crowd-%x-%d@usher.test", o.Seed, i), fmt.Sprintf("Crowd %d", i+1)
}
