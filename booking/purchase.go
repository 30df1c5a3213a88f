package booking

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/seatmap"
	"usher/booking/seats"
	"usher/internal/fault"
	"usher/internal/store"
)

const keyLength = 255 // of an idempotency key, in characters

// errNextAttempt says that an attempt was cancelled without any effect, so that the key
// begins the next attempt.
var errNextAttempt = errors.New("booking: the key begins the next attempt")

// Buy buys held seats. Buy waits up to 5 s for the provider; a transaction that is still
// pending then settles later, and its buyer is notified. A repeat with the same key and
// body returns the same transaction. Errors: invalid_request, unknown_seat, seat_limit,
// key_reused, hold_expired, seat_taken, conflict, payment_declined, season_closed,
// not_admitted, unavailable, draining.
func (b *Booking) Buy(ctx context.Context, req PurchaseRequest) (Transaction, error) {
	started := time.Now()
	t, err := b.buy(ctx, req)
	err = store.Fault(err)
	if err == nil && t.Status == Pending {
		if id, err := bson.ObjectIDFromHex(t.ID); err == nil {
			b.purchases.notePending(id)
		}
	}
	b.purchases.metrics.answered(t, err, time.Since(started))
	return t, err
}

func (b *Booking) buy(ctx context.Context, req PurchaseRequest) (Transaction, error) {
	if err := b.checkPurchase(&req); err != nil {
		return Transaction{}, err
	}
	until, cancel := context.WithTimeout(ctx, b.purchases.buyerWait)
	defer cancel()
	for attempt := 1; ; {
		t, err := b.attempt(ctx, until, req, attempt)
		if !errors.Is(err, errNextAttempt) {
			return t, err
		}
		if attempt, err = b.nextAttempt(ctx, req, attempt); err != nil {
			return Transaction{}, err
		}
	}
}

// nextAttempt returns the attempt that counts under a key after one without effect: the
// last one that has begun, or a new one. All attempts before the last had no effect either,
// because only then may another begin.
func (b *Booking) nextAttempt(ctx context.Context, req PurchaseRequest, over int) (int, error) {
	last, err := newest(over, func(n int) (bool, error) {
		o, err := b.findOrder(ctx, transactionID(req.User, req.Key, n))
		return o != nil, err
	})
	if last == over {
		last++
	}
	return last, err
}

// checkPurchase refuses invalid requests and sorts the seats.
func (b *Booking) checkPurchase(req *PurchaseRequest) error {
	if req.desk != nil {
		return req.checkDesk()
	}
	if _, err := bson.ObjectIDFromHex(req.User); err != nil {
		return fault.New(fault.InvalidRequest, "invalid user id %q", req.User)
	}
	if err := checkKey(req.Key); err != nil {
		return err
	}
	if len(req.Seats) == 0 {
		return fault.New(fault.InvalidRequest, "seats must name at least one seat")
	}
	if err := req.sortSeats(); err != nil {
		return err
	}
	return b.provider(req.Season).Check(req.Payment)
}

func checkKey(key string) error {
	if length := utf8.RuneCountInString(key); length < 1 || length > keyLength || !utf8.ValidString(key) {
		return fault.New(fault.InvalidRequest, "the idempotency key must have 1–%d characters", keyLength)
	}
	return nil
}

// sortSeats sorts the seats of a request, and refuses one that is named twice.
func (req *PurchaseRequest) sortSeats() error {
	req.Seats = slices.SortedFunc(slices.Values(req.Seats), seatmap.BySeat)
	if len(slices.Compact(slices.Clone(req.Seats))) < len(req.Seats) {
		return fault.New(fault.InvalidRequest, "seats contains a seat twice")
	}
	return nil
}

// bodyHash hashes the fields in which a repeat must equal the first request.
func (req *PurchaseRequest) bodyHash() string {
	body := []any{req.Season, req.Seats, req.Payment.Method, req.Payment.Token}
	if len(req.Types) > 0 || req.desk != nil {
		body = append(body, req.Types)
	}
	if req.desk != nil {
		body = append(body, req.Holder, req.desk)
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic("booking: strings always encode: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// attempt begins the n-th attempt under a key, or resumes it if it has begun. A request
// that can be refused at once leaves no document.
func (b *Booking) attempt(ctx, until context.Context, req PurchaseRequest, n int) (Transaction, error) {
	id := transactionID(req.User, req.Key, n)
	s := b.purchases.find(id)
	if s == nil {
		known, err := b.findOrder(ctx, id)
		if err != nil {
			return Transaction{}, err
		}
		if known != nil {
			return b.resume(ctx, until, known, req.bodyHash())
		}
		prepared, err := b.prepare(ctx, req, id, n)
		if err != nil {
			return Transaction{}, err
		}
		if s, err = b.purchases.start(ctx, prepared, req.Payment); err != nil {
			return Transaction{}, err
		}
	}
	if s.order.BodyHash != req.bodyHash() {
		return Transaction{}, errKeyReused()
	}
	t, err := s.wait(until)
	if err != nil || t.ID != "" {
		return t, err
	}
	// Another node began this attempt.
	known, err := b.findOrder(ctx, id)
	if err != nil {
		return Transaction{}, err
	}
	if known == nil {
		return Transaction{}, errNothingBought()
	}
	return b.resume(ctx, until, known, req.bodyHash())
}

// prepare makes the order of a purchase, after checking that it could succeed now.
func (b *Booking) prepare(ctx context.Context, req PurchaseRequest, id bson.ObjectID, n int) (*order, error) {
	if req.desk != nil {
		return b.prepareAtDesk(ctx, req, id, n)
	}
	for attempt := 0; ; attempt++ {
		o, err := b.draft(ctx, req, id, n, nil)
		if err != nil {
			return nil, err
		}
		held, err := b.checkPin(ctx, o)
		if err == nil && o.takesTypes(req.Types, held) {
			o, err = b.draft(ctx, req, id, n, held)
		}
		if err == nil {
			err = b.checkUnderSale(ctx, o)
		}
		if !errors.Is(err, seats.ErrNotOnSale) || attempt > 1 {
			return o, err
		}
		if err := b.seats.Reconfigure(ctx, req.Season); err != nil {
			return nil, err
		}
	}
}

// checkUnderSale puts the order's plan under sale; the error is seats.ErrNotOnSale when the
// plan is no longer the newest.
func (b *Booking) checkUnderSale(ctx context.Context, o *order) error {
	current, err := b.putUnderSale(ctx, o.Season)
	if err == nil && current.Version != o.Plan {
		err = seats.ErrNotOnSale
	}
	return err
}

// takesTypes reports whether the cart has other types of prices than the order, for seats
// whose types the request leaves to the cart.
func (o *order) takesTypes(named map[string]string, held []string) bool {
	for i, l := range o.Lines {
		if _, said := named[l.SeatNumber]; !said && l.Type != held[i] {
			return true
		}
	}
	return false
}

// draft builds an order from the plan that this node has cached. held are the types of
// prices in the cart, in the order of the seats; nil: not known, all normal.
func (b *Booking) draft(ctx context.Context, req PurchaseRequest, id bson.ObjectID, n int, held []string) (*order, error) {
	season, err := b.Season(ctx, req.Season)
	if err != nil {
		return nil, err
	}
	if len(req.Seats) > season.MaxSeats {
		return nil, fault.New(fault.SeatLimit, "at most %d seats per person", season.MaxSeats)
	}
	if !b.knowsSeats(req.Season, req.Seats) {
		if _, err := b.seats.MayHold(ctx, req.Season, req.User, 0); err != nil {
			return nil, err
		}
	}
	plan, found, err := b.lookUp(ctx, req.Season, req.Seats)
	if err != nil {
		return nil, err
	}
	picked := make([]seats.Chosen, len(found))
	for i, index := range found {
		kind, said := req.Types[plan.Seats[index].Number]
		if !said && held != nil {
			kind = held[i]
		}
		picked[i] = seats.Chosen{Index: index, Type: kind}
	}
	o, err := newOrder(req, id, n, season, plan, picked)
	if err == nil {
		o.Contact = b.contact(req.Contact)
	}
	return o, err
}

// newOrder builds the order of a request for some seats of a plan. Errors: invalid_request
// for a type that a seat has no price of.
func newOrder(req PurchaseRequest, id bson.ObjectID, n int, season Season, plan *Plan, picked []seats.Chosen) (*order, error) {
	user, err := bson.ObjectIDFromHex(req.User)
	if err != nil {
		return nil, err
	}
	o := &order{
		ID: id, User: user, Status: Pending, CreatedAt: store.NowMilli(), Season: season.ID, Key: req.Key,
		BodyHash: req.bodyHash(), Attempt: n, Currency: currencyOf(plan, season), Plan: plan.Version, Holder: req.Holder,
	}
	for _, one := range picked {
		seat := &plan.Seats[one.Index]
		price, has := plan.PriceOf(one.Index, one.Type)
		if !has {
			return nil, seats.ErrNoPrice(plan, one.Index, one.Type)
		}
		o.Seats = append(o.Seats, seatID(season.ID, seat.Number))
		o.Lines = append(o.Lines, orderLine{
			SeatNumber: seat.Number, Area: seat.Area(), Index: seat.Index, Section: seat.Section, Row: seat.Row, Category: seat.Category, Price: price, Type: one.Type,
		})
		o.Total += price
	}
	return o, nil
}

func errKeyReused() error {
	return fault.New(fault.KeyReused, "this idempotency key was used for another purchase; use a new key")
}

// Budgets limit how often one user may repeat a request, per season, counted over all
// nodes.
type Budgets struct {
	CartDeclines int // declined payments after which a cart ends; 0: CartDeclines
	Declines     int // declined payments an hour; 0: unlimited
	Refunds      int // refunds an hour; 0: unlimited
}

// CartDeclines is the number of declined payments that ends a cart. A fan may try another
// card or two, but a card that is always declined must not keep seats from others.
const CartDeclines = 5

// Labels of the budgets in metrics.
const (
	budgetCart     = "cart_declines"
	budgetDeclines = "declines"
	budgetRefunds  = "refunds"
)

// spendRefund counts a requested refund against the user's budget. Errors: rate_limited.
func (b *Booking) spendRefund(ctx context.Context, r *refund) error {
	if b.o.Budgets.Refunds <= 0 {
		return nil
	}
	err := b.seats.SpendRefund(ctx, r.Season, r.User.Hex(), r.ID.Hex(), b.o.Budgets.Refunds)
	if fault.Is(err, fault.RateLimited) {
		b.noteBudget(ctx, budgetRefunds, r.User.Hex())
	}
	return err
}

func (b *Booking) noteBudget(ctx context.Context, budget, user string) {
	b.purchases.metrics.budgets.WithLabelValues(budget).Inc()
	b.log.InfoContext(ctx, "purchase: a user's budget is used up: the request is refused", "budget", budget, "user", user)
}
