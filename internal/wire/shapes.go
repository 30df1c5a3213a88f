package wire

import (
	"encoding/json"
)

// User is a signed-in user.
type User struct {
	ID    string   `json:"id"`
	Email string   `json:"email"`
	Name  string   `json:"name"`
	Roles []string `json:"roles"` // never null
}

// ETA is the expected wait in seconds.
type ETA struct {
	P50 int `json:"p50"`
	P90 int `json:"p90"`
}

// Status is a caller's state in a season. HTTP and the socket share it.
type Status struct {
	Season        string  `json:"season"`
	State         string  `json:"state"` // none, gathering, waiting, turn, active
	Number        *int64  `json:"number"`
	Position      *int    `json:"position"` // from 1
	Waiting       int     `json:"waiting"`
	Active        int     `json:"active"`
	Limit         int     `json:"limit"`
	Paused        bool    `json:"paused"`
	OpensAt       *Time   `json:"opensAt"`
	ETASeconds    *ETA    `json:"etaSeconds"`
	Place         *string `json:"place"`
	Deadline      *Time   `json:"deadline"`
	SessionEndsAt *Time   `json:"sessionEndsAt"`
	Wish          *Wish   `json:"wish"` // null unless in line with a wish
	ServerTime    Time    `json:"serverTime"`
}

// Wish says which seats a user in line waits for.
type Wish struct {
	Seats      int      `json:"seats"`
	Categories []string `json:"categories"` // never null; empty: every category
	UpTo       *int64   `json:"upTo"`       // the most that one seat may cost, in minor units; null: any price
	PassedOver bool     `json:"passedOver"` // a user who came later got a turn since
}

// WishedSeats is what a user in line asks to wait for.
type WishedSeats struct {
	Seats      int      `json:"seats"`                // how many, at least 1
	Categories []string `json:"categories,omitempty"` // any of these; none means every category
	UpTo       *int64   `json:"upTo,omitempty"`       // the most that one seat may cost, in minor units; left out: any price
}

// SignIn answers a successful sign-in.
type SignIn struct {
	Token     string `json:"token"`
	ExpiresAt Time   `json:"expiresAt"`
	User      User   `json:"user"`
	Status    Status `json:"status"`
}

// CartSeat is one held seat. Price is in minor units.
type CartSeat struct {
	SeatNumber string  `json:"seatNumber"`
	Category   string  `json:"category"`
	Price      int64   `json:"price"` // of the type: what is paid for the seat, with all fees
	Type       *string `json:"type"`  // of the price; null: the normal price
}

// Cart lists the seats that a caller holds.
type Cart struct {
	Seats     []CartSeat `json:"seats"` // never null
	Total     int64      `json:"total"`
	Currency  string     `json:"currency"`
	ExpiresAt *Time      `json:"expiresAt"` // null when empty
	CanExtend bool       `json:"canExtend"` // whether extend gives it more time
}

// Ticket is one seat sold to one user.
type Ticket struct {
	ID            string  `json:"id"`
	TransactionID string  `json:"transactionId"`
	Season        string  `json:"season"`
	SeatNumber    string  `json:"seatNumber"`
	Area          string  `json:"area,omitempty"` // of a place of an area; left out for a numbered seat
	Section       string  `json:"section"`        // "": the plan has none
	Row           string  `json:"row"`            // the same
	Category      string  `json:"category"`
	Price         int64   `json:"price"`    // in minor units
	Type          *string `json:"type"`     // of the price; null: the normal price
	Currency      string  `json:"currency"` // "": the price is not known, because an older version issued the ticket
	Holder        string  `json:"holder"`
	QRCode        string  `json:"qrCode"`
	Status        string  `json:"status"` // valid, void, used
	IssuedAt      Time    `json:"issuedAt"`
}

// Transaction is one purchase.
type Transaction struct {
	ID          string     `json:"id"`
	Season      string     `json:"season"`
	Status      string     `json:"status"` // pending, completed, cancelled
	Seats       []string   `json:"seats"`
	Lines       []CartSeat `json:"lines"` // of the seats; never null
	Total       int64      `json:"total"`
	Currency    string     `json:"currency"`
	CreatedAt   Time       `json:"createdAt"`
	CompletedAt *Time      `json:"completedAt"`
	Reason      string     `json:"reason"`  // why it was cancelled; else ""
	Tickets     []Ticket   `json:"tickets"` // never null
	Next        *Next      `json:"next,omitempty"`
}

// Next is what the buyer has to do before a pending purchase can be settled: pay or
// approve the payment on a page. Left out when there is nothing to do.
type Next struct {
	URL       string `json:"url"`
	ExpiresAt Time   `json:"expiresAt"` // the end of the page
}

// Seat is one seat of the plan with its status now.
type Seat struct {
	ID         string           `json:"id"`
	SeatNumber string           `json:"seatNumber"`
	Category   string           `json:"category"`
	Status     string           `json:"status"` // available, unavailable, inTransaction, booked
	Price      int64            `json:"price"`
	Prices     map[string]int64 `json:"prices,omitempty"` // other prices of the seat, by type; left out: none
	Section    string           `json:"section"`
	Row        string           `json:"row"`
	X          float64          `json:"x"` // in seat widths
	Y          float64          `json:"y"`
	Index      int              `json:"index"` // its bit in the bitmaps
}

// Best is a request for the best available seats.
type Best struct {
	Count      int      `json:"count"`
	Category   string   `json:"category,omitempty"`   // "" means any; or, instead,
	Categories []string `json:"categories,omitempty"` // several; none means any
	Type       string   `json:"type,omitempty"`       // of the price; "": the normal price
	UpTo       *int64   `json:"upTo,omitempty"`       // the highest price of a seat; null: any
	Adjacent   bool     `json:"adjacent,omitempty"`
	Swap       bool     `json:"swap,omitempty"` // instead of the seats held now
}

// Payment is how a purchase is paid.
type Payment struct {
	Method string `json:"method"`
	Token  string `json:"token,omitempty"` // left out for a method that has a page of its own
}

// Problem is an HTTP error (RFC 9457).
type Problem struct {
	Type   string   `json:"type"`
	Title  string   `json:"title"`
	Status int      `json:"status"`
	Detail string   `json:"detail"`
	Code   string   `json:"code"`
	Seats  []string `json:"seats,omitempty"`
	Errors any      `json:"errors,omitempty"`

	Fields []ProblemField `json:"fields,omitempty"` // the wrong fields of a form
}

// Health answers /healthz and /readyz when all is well.
type Health struct {
	Status string `json:"status"`
}

// Area is a part of the house without numbered seats, with the places that are left.
type Area struct {
	Area      string           `json:"area"`
	Category  string           `json:"category"`
	Price     int64            `json:"price"`            // in minor units
	Prices    map[string]int64 `json:"prices,omitempty"` // by type, besides the normal price
	Capacity  int              `json:"capacity"`         // places for sale, free or not
	Available int              `json:"available"`
}

// Seats is a season's seats at one version.
type Seats struct {
	Season  string `json:"season"`
	Version int64  `json:"version"`
	Seats   []Seat `json:"seats"` // never null
	Areas   []Area `json:"areas"` // never null
	Count   int    `json:"count"` // indexes of the plan: of all its seats and of all places of areas
}

// Transactions is one page of a caller's purchases.
type Transactions struct {
	Transactions []Transaction `json:"transactions"` // never null
	Next         *string       `json:"next"`         // null at the end
}

// Tickets is one page of a caller's tickets.
type Tickets struct {
	Tickets []Ticket `json:"tickets"` // never null
	Next    *string  `json:"next"`    // null: this is the last page
}

// Season is the public part of a season.
type Season struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Currency    string `json:"currency"`
	OpensAt     *Time  `json:"opensAt"`
	ClosesAt    *Time  `json:"closesAt"`
	MaxSeats    int    `json:"maxSeats"`
	HoldSeconds int    `json:"holdSeconds"`

	TurnSeconds    int `json:"turnSeconds"`    // to enter when the turn comes
	SessionSeconds int `json:"sessionSeconds"` // the longest a user may stay active
	LeaseSeconds   int `json:"leaseSeconds"`   // without a sign of life an active user is out after this time
	AbsenceSeconds int `json:"absenceSeconds"` // how long a request makes a waiting user without a live connection count as present
	ForgetSeconds  int `json:"forgetSeconds"`  // how long a waiting user who is absent keeps the place

	Refunds   bool                      `json:"refunds"`        // whether purchases can be refunded
	Counts    map[string]map[string]int `json:"counts"`         // category → status → seats
	Draw      *SeasonDraw               `json:"draw,omitempty"` // the first draw; only with a scheduled opening
	Returns   bool                      `json:"returns"`        // whether users may wait for returned seats once every seat is sold
	Challenge bool                      `json:"challenge"`      // whether joining needs the token of a solved challenge
	Guests    bool                      `json:"guests"`         // whether browsers without an account may take part
	StartsAt  *Time                     `json:"startsAt"`       // of the event
	DoorsAt   *Time                     `json:"doorsAt"`
	TimeZone  string                    `json:"timeZone"` // a name of the IANA time zone database
	Venue     *Venue                    `json:"venue"`
	Look      Look                      `json:"look"`
	Sale      *Sale                     `json:"sale"`             // null while this node has not read the seats
	Plan      *SeasonPlan               `json:"plan"`             // null while there is none, or this node has not read it
	Phases    []Phase                   `json:"phases,omitempty"` // of the sale, in order; left out without phases
	Draws     []SeasonDraw              `json:"draws,omitempty"`  // all draws, by number; left out without any
}

// Phase is a part of a sale with a rule of its own about who may join.
type Phase struct {
	Name     string `json:"name"`
	OpensAt  *Time  `json:"opensAt"`
	ClosesAt *Time  `json:"closesAt"` // null: stays open; only of the last phase
	Access   string `json:"access"`   // open, or code: joining needs a code
}

// SeasonDraw is the public commitment to draw the order at an opening.
type SeasonDraw struct {
	Number      int         `json:"number"`     // from 1; that of the phase, unless the phases were changed
	Commitment  string      `json:"commitment"` // hex: the SHA-256 of the secret seed
	CommittedAt Time        `json:"committedAt"`
	Beacon      string      `json:"beacon,omitempty"` // the beacon that will be mixed in; "": none
	Frozen      *FrozenDraw `json:"frozen,omitempty"` // after the gathering has ended
	Held        bool        `json:"held"`
}

// FrozenDraw is the part of a draw that is fixed before the order is known.
type FrozenDraw struct {
	Gathered string `json:"gathered"` // hex: the hash of the set
	Count    int    `json:"count"`
	At       Time   `json:"at"`
	Round    uint64 `json:"round,omitempty"` // the beacon's round
	Due      *Time  `json:"due,omitempty"`   // when the round's value is published
}

// Seasons lists the seasons.
type Seasons struct {
	Seasons []Season `json:"seasons"` // never null
}

// Live are a season's figures for admins.
type Live struct {
	Waiting           int    `json:"waiting"`
	Ready             int    `json:"ready"`  // waiting and present
	Active            int    `json:"active"` // users who entered
	Turns             int    `json:"turns"`  // users with a turn
	Held              int    `json:"held"`
	Booked            int    `json:"booked"`
	Available         int    `json:"available"`
	AdmittedPerMinute int    `json:"admittedPerMinute"`
	Nodes             []Node `json:"nodes"` // never null
}

// Node is a live node and the number of its sockets.
type Node struct {
	ID      string `json:"id"`
	Sockets int    `json:"sockets"`
}

// AdminSeason is a season for admins. Settings is booking's own JSON.
type AdminSeason struct {
	Settings any      `json:"settings"`
	Live     Live     `json:"live"`
	Warnings []string `json:"warnings"` // never null
}

// LineRow is one user in line, for admins.
type LineRow struct {
	UserID   string `json:"userId"`
	Name     string `json:"name"`
	Number   int64  `json:"number"`
	Position int    `json:"position"`
	JoinedAt Time   `json:"joinedAt"`
	Present  bool   `json:"present"`
}

// Line is one page of a season's line.
type Line struct {
	Waiting []LineRow `json:"waiting"` // never null
	Next    *string   `json:"next"`    // null at the end
}

// ActiveUser is one user with a turn or an active place, for admins.
type ActiveUser struct {
	UserID        string `json:"userId"`
	Name          string `json:"name"`
	State         string `json:"state"` // turn, active
	Deadline      Time   `json:"deadline"`
	SessionEndsAt *Time  `json:"sessionEndsAt"` // null with a turn
}

// ActiveUsers is one page of users with a turn or an active place.
type ActiveUsers struct {
	Active []ActiveUser `json:"active"` // never null
	Next   *string      `json:"next"`   // null at the end
}

// Change is one row of a season's audit log.
type Change struct {
	At     Time   `json:"at"`
	By     string `json:"by"`
	Action string `json:"action"` // settings, pause, resume, notice, logo, plan, put_out, codes, refund, move, cancel, desk_sale, tickets_shown
	Before any    `json:"before"` // null: there was no earlier value
	After  any    `json:"after"`
	Name   string `json:"name"` // of the user whom the change is about; "": none, or not known
}

// AuditLog is one page of a season's audit log, newest first.
type AuditLog struct {
	Changes []Change `json:"changes"` // never null
	Next    *string  `json:"next"`    // null at the end
}

// Session is one of a user's live sessions.
type Session struct {
	ID         string `json:"id"`
	CreatedAt  Time   `json:"createdAt"`
	LastSeenAt Time   `json:"lastSeenAt"`
	Current    bool   `json:"current"`
}

// Sessions is the answer of GET /auth/sessions.
type Sessions struct {
	Sessions []Session `json:"sessions"`
}

// Feed is a page of the transactions feed, oldest first.
type Feed struct {
	Events []json.RawMessage `json:"events"` // never null; the same bodies as webhooks have
	Next   string            `json:"next"`   // the value of ?after= for the next request
	More   bool              `json:"more"`   // whether there are more events
}
