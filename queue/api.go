package queue

import (
	"fmt"
	"time"
)

// State is a user's state in a season.
type State string

// The states that docs/protocol.md lists.
const (
	None      State = "none"      // not in line and without a place
	Gathering State = "gathering" // in line, before opensAt or while a lost line is rebuilt
	Waiting   State = "waiting"   // in line
	Turn      State = "turn"      // a place is reserved until the deadline; Enter takes it
	Active    State = "active"    // may choose seats
)

// Status is a user's state in a season at one moment of Redis. Without a user
// only the counts are filled and State is None.
type Status struct {
	Season        string
	State         State
	Number        int64 // ticket drawn on joining; 0 unless waiting or gathering
	Position      int   // from 1; 0 unless waiting
	Waiting       int   // users waiting
	Active        int   // users with a place, in turn or active
	Limit         int
	Paused        bool
	OpensAt       time.Time // zero: open
	ETA           *ETA      // nil while no rate is known
	Deadline      time.Time // end of the turn, or of the lease; zero otherwise
	SessionEndsAt time.Time // zero unless active
	Wish          *Wish     // what the user in line wishes for; nil for none
	Now           time.Time // Redis' clock
	Epoch         int64
	Version       int64 // grows with every change of the season's line

	// Proof signs the place when its text is asked for, because signing takes
	// longer than the rest of a status. Nil unless waiting or gathering.
	Proof fmt.Stringer
}

// Place is the signed place (JWS); "" unless waiting or gathering.
func (s Status) Place() string {
	if s.Proof == nil {
		return ""
	}
	return s.Proof.String()
}

// ETA is the expected wait in seconds.
type ETA struct{ P50, P90 int }

// Settings are the rules of a season's line. They are stored beside the line in
// Redis, and the scripts read them.
type Settings struct {
	Revision       int64 // a higher revision replaces a lower one
	OpensAt        time.Time
	ClosesAt       time.Time
	Phases         []Phase // in order, apart from each other; none: one sale for all
	ActiveLimit    int
	AdmitPerMinute int // 0: only ActiveLimit applies
	TurnWindow     time.Duration
	Lease          time.Duration
	Session        time.Duration
	Absence        time.Duration
	Forget         time.Duration
	Paused         bool
	Over           bool // the event is cancelled: the line ends, and every user in it loses the place; final
	Returns        bool // while every seat is sold, users may still join, for seats that come back
}

// Reason says why a user lost a place or a turn.
type Reason string

// The reasons of a lapsed message.
const (
	TurnMissed   Reason = "turn_missed"
	Idle         Reason = "idle"
	SessionEnded Reason = "session_ended"
	Removed      Reason = "put_out"
	Absent       Reason = "absent"
	SeasonClosed Reason = "season_closed" // the event is cancelled
)

// Kind is the kind of an Event.
type Kind int

const (
	// Moved: the user's position has changed. Position, Waiting and ETA are
	// filled; Status is not.
	Moved Kind = iota + 1
	// TurnCame: the user has a turn. Status is filled.
	TurnCame
	// Changed: the state changed for another reason (joined, entered or left over
	// another connection, the season opened). Status is filled.
	Changed
	// Lapsed: the user lost a place or a turn. Status and Reason are filled.
	Lapsed
	// Replaced: the user has a newer socket, Conn. All older sockets must close.
	Replaced
	// Answered: the user answered a ping over another node, see [Queue.Answer].
	Answered
)

// Event is a change that a user with a socket on this node must be sent.
type Event struct {
	Kind     Kind
	Season   string
	User     string
	Status   Status
	Position int
	Waiting  int
	ETA      *ETA
	Reason   Reason
	Conn     int64
	Echo     bool // of Answered: the user asks for a pong
}

// Live are a season's figures for the admin page.
type Live struct {
	Waiting, Ready, Active, Turns int // Active: without users who have a turn; Turns: users who have one
	AdmittedPerMinute             int
	Paused                        bool
	Nodes                         []Node
}

// Node is a live node and the number of its sockets in the season.
type Node struct {
	ID      string
	Sockets int
}

// Row is one user in line, for the admin page.
type Row struct {
	User     string
	Number   int64
	Position int
	JoinedAt time.Time
	Present  bool
}
