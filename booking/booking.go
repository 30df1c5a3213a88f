package booking

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/booking/feed"
	"usher/booking/payment"
	"usher/booking/seatmap"
	"usher/booking/seats"
	"usher/internal/keys"
	"usher/internal/trace"
)

// Options configures a Booking.
type Options struct {
	Redis    redis.UniversalClient
	Mongo    *mongo.Database
	Keys     *keys.Ring // signs tickets
	Node     string     // this node's id
	Provider payment.Provider
	// PublicURL is where payment pages send fans back to: scheme and host, without a slash
	// at the end. Without it only the sandbox opens pages.
	PublicURL string
	Budgets   Budgets
	Webhooks  feed.Webhooks // receive every event of the feed
	Mail      *Mailer       // nil: no mails, and no addresses in orders
	// Warn replaces the warnings of a source. A call without texts clears them. Nil drops
	// warnings.
	Warn func(source string, texts ...string)
	// Notify receives events for users with a socket on this node. Notify must not block.
	Notify func([]Event)
	// At is called before each named step of an order. An error stops the order there, as a
	// crash would. For tests of faults; nil otherwise.
	At func(step Step, transaction string) error

	Logger     *slog.Logger          // default: discard
	Registerer prometheus.Registerer // nil: no metrics
	Tracer     *trace.Tracer         // nil: no traces
}

// Booking is a node's view of every season's seats. Safe for concurrent use.
type Booking struct {
	o   Options
	log *slog.Logger

	sandbox *payment.Sandbox // the provider of shadow seasons

	catalog catalog
	seats   *seats.Store // holds, carts and marks in Redis

	planMu    sync.Mutex // held while plans changes
	plans     sync.Map   // season → *cachedPlan
	released  sync.Map   // seat id → int, the newest generation of its claims known to be released
	projected sync.Map   // "season/version" → true: the collection seats shows it

	seasonChanged chan struct{} // has a token when watch must read the seasons
	seasonsRead   chan struct{} // see SeasonsRead
	metrics       metrics

	purchases *purchases // in flight on this node; see purchase_running.go
	canceller *canceller // refunds the purchases of cancelled shows
	recovery  *recovery  // settles overdue purchases; see recovery.go
	feed      *feed.Feed // reports settled purchases and refunds to shops
}

// New checks the options. No work begins before Run.
func New(o Options) (*Booking, error) {
	if o.Redis == nil || o.Mongo == nil {
		return nil, errors.New("booking: Redis and Mongo are required")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Notify == nil {
		o.Notify = func([]Event) {}
	}
	if o.Warn == nil {
		o.Warn = func(string, ...string) {}
	}
	if o.Node == "" {
		o.Node = rand.Text()
	}
	if o.Budgets.CartDeclines == 0 {
		o.Budgets.CartDeclines = CartDeclines
	}
	metrics := newMetrics(o.Registerer)
	sandbox := payment.NewSandbox(o.Mongo)
	sandbox.URL = o.PublicURL
	b := &Booking{
		sandbox: sandbox,
		o:       o, log: o.Logger.With("room", "booking"), metrics: metrics,
		seasonChanged: make(chan struct{}, 1),
		seasonsRead:   make(chan struct{}, 1),
		catalog:       catalog{asking: make(chan struct{}, 1)},
	}
	b.seats = seats.New(seats.Options{
		Redis: o.Redis, Node: o.Node, Source: seatsSource{b}, Log: b.log, Notify: b.notify, Settled: b.settled,
		HeldSeats: metrics.held, SeasonsChannel: b.seasonsChannel(), SeasonChanged: b.handleSeasonChange,
	})
	b.purchases = newPurchases(b)
	b.canceller = newCanceller(b)
	b.recovery = newRecovery(b)
	var err error
	if b.feed, err = feed.New(feed.Options{
		Webhooks: o.Webhooks, Endpoints: b.mailEndpoint(), Mongo: o.Mongo, Node: o.Node, Warn: o.Warn, Logger: b.log, Registerer: o.Registerer,
	}); err != nil {
		return nil, fmt.Errorf("booking: %w", err)
	}
	return b, nil
}

// Run runs the seat mirrors, the subscriptions, the recovery and the feed until ctx ends,
// then returns nil.
func (b *Booking) Run(ctx context.Context) error {
	var running sync.WaitGroup
	running.Go(func() { b.watch(ctx) })
	running.Go(func() { b.seats.Listen(ctx) })
	running.Go(func() { b.recovery.run(ctx) })
	running.Go(func() { b.recovery.lookForMissed(ctx) })
	running.Go(func() { b.canceller.run(ctx) })
	running.Go(func() { b.purchases.announceSettled(ctx) })
	running.Go(func() { b.recovery.marks.run(ctx, b) })
	running.Go(func() { b.repairLoop(ctx) })
	running.Go(func() { b.feed.Run(ctx) })
	running.Wait()
	return nil
}

// Feed returns the feed of events, for Pull and for operators.
func (b *Booking) Feed() *feed.Feed { return b.feed }

// The types of the seat map that callers of booking use.
type (
	Category  = seatmap.Category
	Seat      = seatmap.Seat
	Plan      = seatmap.Plan
	Snapshot  = seatmap.Snapshot
	Counts    = seatmap.Counts
	SeatDelta = seatmap.Delta
	AreaStock = seatmap.AreaStock
	AreaCount = seats.AreaCount
	Prices    = seatmap.Prices
	Best      = seatmap.Best
)

// The types of carts that callers of booking use.
type (
	Cart     = seats.Cart
	CartSeat = seats.CartSeat
)

// Statuses of seats.
const (
	Available     = seatmap.Available
	Unavailable   = seatmap.Unavailable
	InTransaction = seatmap.InTransaction
	Booked        = seatmap.Booked
)

// TransactionStatus is the state of a purchase.
type TransactionStatus string

// The statuses that docs/protocol.md lists.
const (
	Pending   TransactionStatus = "pending"
	Completed TransactionStatus = "completed"
	Cancelled TransactionStatus = "cancelled"
)

// Transaction is a purchase as clients see it.
type Transaction struct {
	ID          string // 24 hex
	User        string
	Season      string
	Status      TransactionStatus
	Seats       []string // seat numbers, A-2 before A-10
	Lines       []Line   // of the seats, in their order; missing when a node of an older version announces the transaction
	Total       int64
	Currency    string
	CreatedAt   time.Time
	CompletedAt time.Time // zero while pending
	Reason      string    // why it was cancelled
	Tickets     []Ticket
	Next        *Next // what the buyer has to do; nil when nothing, as for most
}

// Line is one seat of a transaction at the price that was paid.
type Line = CartSeat

// Ticket is the right to one seat.
type Ticket struct {
	ID            string // 24 hex
	TransactionID string
	User          string
	Season        string
	SeatNumber    string
	Area          string // of a place of an area; "": a numbered seat, or an older version issued the ticket
	Section       string // "" when the plan has none, and of tickets issued by older versions
	Row           string // the same
	Category      Category
	Price         int64  // in minor units of Currency
	Type          string // of the price; "": the normal price
	Currency      string // "": the price is not known, because an older version issued the ticket
	Holder        string // the user's name
	QRCode        string // compact JWS, typ usher-ticket
	Status        string // valid, void, used
	IssuedAt      time.Time
}

// Place is what people read of the seat: its number, or the name of the area, whose places
// fans do not tell apart.
func (t *Ticket) Place() string { return cmp.Or(t.Area, t.SeatNumber) }

// PurchaseRequest is a request to buy held seats.
type PurchaseRequest struct {
	Season  string
	User    string
	Holder  string  // the user's name, for the tickets
	Contact Contact // for mails; without an address none are sent
	Key     string  // the client's idempotency key, 1–255 characters, scoped to the user
	Seats   []string
	Types   map[string]string // seat number → type of its price, "": the normal price; a seat without an entry is bought as it is in the cart
	Payment payment.Details

	desk *deskRequest // of a sale at the desk; nil: the user buys
}

// EventKind names the subject of an Event and decides which fields are set.
type EventKind int

const (
	// SeatsChanged sets Delta and Freed; for every active user of the season.
	SeatsChanged EventKind = iota + 1
	// CartChanged sets Cart and Reason ("" or "expired"); for User.
	CartChanged
	// TransactionSettled sets Transaction; for User.
	TransactionSettled
)

// Event is a message for users with a socket on this node.
type Event struct {
	Kind        EventKind
	Season      string
	User        string
	Delta       *SeatDelta
	Freed       bool // a seat is free, and none was free before
	Cart        *Cart
	Reason      string
	Transaction *Transaction
}
