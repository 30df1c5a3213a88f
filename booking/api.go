package booking

import (
	"context"
	"time"
)

// Category of a seat.
type Category string

// The categories of the contract.
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
	Season  string
	Version int64 // from 1; 0: no plan yet
	Seats   []Seat
	ByName  map[string]int // seat number → index
}

// Snapshot is every seat's status at one version. It is immutable. The bitmaps
// hold a bit per index, bit 7 of byte 0 being index 0.
type Snapshot struct {
	Plan                               *Plan
	Version                            int64
	Unavailable, InTransaction, Booked []byte
}

// Changes are the seats whose status differs between two versions.
type Changes struct {
	Version int64
	Seats   map[string]string // seat number → status now
}

// CartSeat is one held seat.
type CartSeat struct {
	Number   string
	Category Category
	Price    int64
}

// Cart is what a user holds in a season, in the order of seat numbers.
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
}

// TransactionStatus is where a purchase stands.
type TransactionStatus string

// The statuses of the contract.
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
	Seats       []string // seat numbers, sorted
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

// Payment is how a purchase is paid.
type Payment struct{ Method, Token string }

// Purchase is a request to buy held seats.
type Purchase struct {
	Season  string
	User    string
	Holder  string // the user's name, for the tickets
	Key     string // the client's idempotency key, 1–255 characters, scoped to the user
	Seats   []string
	Payment Payment
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

// Charge asks a provider for money.
type Charge struct {
	ID       string // the transaction's id: the idempotency key at the provider
	Amount   int64  // minor units
	Currency string
	Payment  Payment
}

// Outcome is what a provider knows of a charge.
type Outcome string

// What a provider can know.
const (
	Unasked  Outcome = ""         // it never heard of it
	Captured Outcome = "captured" // the money is here
	Declined Outcome = "declined" // it refused; no money moved
	Closed   Outcome = "closed"   // closed before any money moved; no later charge can succeed
	Refunded Outcome = "refunded"
)

// Provider takes money. Every call is idempotent under the charge's id. An
// error means that the outcome is not known.
type Provider interface {
	// Charge asks for the money and waits for the answer.
	Charge(ctx context.Context, c Charge) (Outcome, error)
	// Outcome asks what became of a charge.
	Outcome(ctx context.Context, id string) (Outcome, error)
	// Close makes sure no later charge under this id can succeed and returns
	// what holds: Closed, or Captured or Declined if that came first.
	Close(ctx context.Context, id string) (Outcome, error)
	// Refund gives amount of a captured charge back; key makes it idempotent.
	Refund(ctx context.Context, id, key string, amount int64) error
}
