package booking

import (
	"time"

	"usher/booking/payment"
	"usher/booking/seatmap"
)

// The types of the seat map that callers of booking use.
type (
	Category = seatmap.Category
	Seat     = seatmap.Seat
	Plan     = seatmap.Plan
	Snapshot = seatmap.Snapshot
	Counts   = seatmap.Counts
	Changes  = seatmap.Delta
	Best     = seatmap.Best
)

// Categories and statuses of seats.
const (
	VIP     = seatmap.VIP
	Regular = seatmap.Regular

	Available     = seatmap.Available
	Unavailable   = seatmap.Unavailable
	InTransaction = seatmap.InTransaction
	Booked        = seatmap.Booked
)

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
