package queue

import (
	"fmt"
	"time"
)

// State is where a user stands in a season.
type State string

// The states that docs/protocol.md lists.
const (
	None      State = "none"      // not in it
	Gathering State = "gathering" // in, before opensAt, or while a lost Redis is being rebuilt
	Waiting   State = "waiting"   // in line
	Turn      State = "turn"      // a place is reserved; Enter before the deadline
	Active    State = "active"    // in
)

// Status is a user's standing in a season at one moment of Redis. Without a
// user only the counts are filled and State is None.
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
	Now           time.Time // Redis' clock
	Epoch         int64
	Version       int64 // grows with every change of the season's line

	// Proof signs the place when it is asked for: signing costs more than the
	// rest of a status together. Nil unless waiting or gathering.
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

// Settings rule a season's line. They lie beside the line in Redis and are read
// inside the scripts.
type Settings struct {
	Revision       int64 // a higher one replaces a lower one, never the reverse
	OpensAt        time.Time
	ClosesAt       time.Time
	ActiveLimit    int
	AdmitPerMinute int // 0: no cap beside ActiveLimit
	TurnWindow     time.Duration
	Lease          time.Duration
	Session        time.Duration
	Absence        time.Duration
	Forget         time.Duration
	Paused         bool
}

// Reason says why somebody lost a place or a turn.
type Reason string

// The reasons of a lapsed message.
const (
	TurnMissed   Reason = "turn_missed"
	Idle         Reason = "idle"
	SessionEnded Reason = "session_ended"
	Removed      Reason = "put_out"
	Absent       Reason = "absent"
)

// Kind says what an Event tells.
type Kind int

const (
	// Moved: the position shown to this user should be brought up to date.
	// Position, Waiting and ETA are filled; Status is not.
	Moved Kind = iota + 1
	// TurnCame: this user's turn has come; Status is filled.
	TurnCame
	// Changed: the state changed for another cause (joined, entered or left over
	// another transport, the season opened); Status is filled.
	Changed
	// Lapsed: the user lost a place or a turn; Status and Reason are filled.
	Lapsed
	// Replaced: a newer socket of this user exists; every older one than Conn closes.
	Replaced
)

// Event is something a user with a socket on this node should hear.
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
}

// Live are a season's figures for the admin page.
type Live struct {
	Waiting, Ready, Active, Turns int // Active: users who entered; Turns: whose turn runs
	AdmittedPerMinute             int
	Paused                        bool
	Nodes                         []Node
}

// Node is a living node and how many sockets of the season it has.
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
