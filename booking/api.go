package booking

import (
	"time"

	"usher/booking/payment"
)

// Category of a seat.
type Category string

// The categories of seats.
const (
	VIP     Category = "VIP"
	Regular Category = "Regular"
)

// Seat statuses.
const (
	Available     = "available"
	Unavailable   = "unavailable"
	InTransaction = "inTransaction"
	Booked        = "booked"
)

// Seat is one seat of a published plan. It is immutable.
type Seat struct {
	ID       string // 24 hex: derived from season and seat number
	Number   string // seatNumber, unique within the season
	Category Category
	Price    int64 // minor units
	Blocked  bool  // unavailable in the plan: never for sale
	Section  string
	Row      string
	X, Y     float64 // seat widths
	Index    int     // its bit in every bitmap; equal to its place in Plan.Seats
}

// Plan is a published seat plan, immutable, kept in memory by every node.
type Plan struct {
	Season   string
	Version  int64  // from 1; 0: no plan yet
	Currency string // of the prices; "": the season's
	Seats    []Seat
	ByName   map[string]int // seat number → index

	house *house // its geometry, for choosing the best seats
}

// Snapshot is every seat's status at one version. It is immutable. The bitmaps
// hold a bit per index, bit 7 of byte 0 being index 0.
type Snapshot struct {
	Plan    *Plan
	Version int64
	Acts    int64 // how many changes this node had made before the snapshot was read: all of them are in it

	Unavailable, InTransaction, Booked []byte

	counted *counted // nil: Counts counts each time
}

// Changes are the seats whose status, or whose price or place in the plan, differs
// between two versions.
type Changes struct {
	Version int64
	Plan    int64             // the plan's version when that is another one than before, else 0
	Seats   map[string]string // seat number → status now
}

// CartSeat is one held seat.
type CartSeat struct {
	Number   string
	Category Category
	Price    int64
}

// Cart is what a user holds in a season, in the order of seat numbers: A-2 before
//
type Cart struct {
	Season    string
	Seats     []CartSeat
	Total     int64
	Currency  string
	ExpiresAt time.Time // zero when empty
	Version   int64     // grows with every change of the season's seats
}

// Best asks for the best available seats.
type Best struct {
	Count    int
	Category Category // "": any
	Adjacent bool

	without []int // seats, by index, that are not offered
}

// TransactionStatus is where a purchase stands.
type TransactionStatus string

// The statuses that docs/protocol.md lists.
const (
	Pending   TransactionStatus = "pending"
	Completed TransactionStatus = "completed"
	Cancelled TransactionStatus = "cancelled"
)

// Transaction is one purchase.
type Transaction struct {
	ID          string // 24 hex
	User        string
	Season      string
	Status      TransactionStatus
	Seats       []string // seat numbers, A-2 before A-10
	Total       int64
	Currency    string
	CreatedAt   time.Time
	CompletedAt time.Time // zero while pending
	Reason      string    // why it was cancelled
	Tickets     []Ticket
}

// Ticket is one seat sold.
type Ticket struct {
	ID            string // 24 hex
	TransactionID string
	User          string
	Season        string
	SeatNumber    string
	Category      Category
	Holder        string // the user's name
	QRCode        string // compact JWS, typ usher-ticket
	Status        string // valid, void, used
	IssuedAt      time.Time
}

// Purchase is a request to buy held seats.
type Purchase struct {
	Season  string
	User    string
	Holder  string // the user's name, for the tickets
	Key     string // the client's idempotency key, 1–255 characters, scoped to the user
	Seats   []string
	Payment payment.Details
}

// EventKind says what an Event tells.
type EventKind int

const (
	// SeatsChanged: Changes is filled; for every active user of the season.
	SeatsChanged EventKind = iota + 1
	// CartChanged: Cart and Reason ("" or "expired") are filled; for User.
	CartChanged
	// TransactionSettled: Transaction is filled; for User.
	TransactionSettled
)

// Event is something users with a socket on this node should hear.
type Event struct {
	Kind        EventKind
	Season      string
	User        string
	Changes     *Changes
	Cart        *Cart
	Reason      string
	Transaction *Transaction
}
