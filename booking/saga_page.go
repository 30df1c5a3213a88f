package booking

import (
	"context"
	"net/url"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/store"
)

// Some payments end on a page of the provider: the fan pays there, or approves the
// payment. The saga opens the page, makes the seats wait for the fan, and ends; the answer
// to the buyer is pending, with the page. Any node settles the order later: when the
// provider reports that the fan has acted, when the fan asks, or every lookEvery.

const (
	// pageTime is how long a page lives after the end of the cart. A fan who began to pay
	// at the last moment has the time to finish.
	pageTime = 10 * time.Minute
	// lookEvery is the time between two questions to the provider about an open page, over
	// all nodes. Reports of the provider make a node ask at once.
	lookEvery = 20 * time.Second
)

// orderPage is the page on which the fan pays an order. It is a projection of what the
// provider knows.
type orderPage struct {
	URL   string    `bson:"url"`
	Until time.Time `bson:"until"` // from then on the page may be ended
}

// Next is what a buyer has to do before a pending purchase can be settled.
type Next struct {
	URL   string    // where the fan pays or approves the payment
	Until time.Time // when the page ends
}

// next returns what the buyer has to do; nil when the order does not wait for the buyer.
func (o *order) next() *Next {
	if o.Status != Pending || o.Page == nil || !time.Now().Before(o.Page.Until) {
		return nil
	}
	return &Next{URL: o.Page.URL, Until: o.Page.Until.UTC()}
}

// terms returns the terms of the page that an order's payment may open.
func (b *Booking) terms(ctx context.Context, o *order) (payment.Terms, error) {
	cart, err := b.seats.Cart(ctx, o.Season, o.User.Hex())
	if err != nil {
		return payment.Terms{}, err
	}
	ends := time.Now()
	if cart.ExpiresAt.After(ends) {
		ends = cart.ExpiresAt
	}
	t := payment.Terms{Until: ends.Add(b.purchases.pageTime)}
	if b.o.PublicURL != "" {
		t.Return = b.o.PublicURL + "/tickets?transaction=" + o.ID.Hex()
		t.Back = b.o.PublicURL + "/?season=" + url.QueryEscape(o.Season)
	}
	return t, nil
}

// paymentLines returns an order's seats as the fan reads them on a payment page.
func (b *Booking) paymentLines(ctx context.Context, o *order) []payment.Line {
	event := ""
	if season, err := b.Season(ctx, o.Season); err == nil { // it is cached; a page without the name is better than none
		event = season.Name + ": "
	}
	lines := make([]payment.Line, len(o.Lines))
	for i, l := range o.Lines {
		name := event + l.SeatNumber + " (" + string(l.Category)
		if l.Type != "" {
			name += ", " + l.Type
		}
		lines[i] = payment.Line{Name: name + ")", Amount: l.Price}
	}
	return lines
}

// openPage writes the page of a payment into the order, and returns the order with it. An
// order that has its page stays as it is.
func (b *Booking) openPage(ctx context.Context, o *order) (*order, error) {
	if o.Page != nil {
		return o, nil
	}
	opened := *o
	err := b.step(ctx, StepOpen, o, func(ctx context.Context, o *order) error {
		page, err := b.provider(o.Season).Page(ctx, o.ID.Hex())
		if err != nil {
			return err
		}
		opened.Page = &orderPage{URL: page.URL, Until: page.Until}
		_, err = b.o.Mongo.Collection(transactionsName).UpdateOne(ctx, store.ByID(o.ID),
			bson.D{{Key: "$set", Value: bson.D{{Key: "page", Value: opened.Page}}}})
		return err
	})
	if err != nil {
		return o, err
	}
	b.purchases.metrics.pages.WithLabelValues(pageOpened).Inc()
	return &opened, nil
}

// waitForFan prolongs the pins of an order until its page has ended and recovery has had
// time to see it, so that the cart shows the seats for as long as the fan may pay. The
// claims reserve the seats in any case.
func (b *Booking) waitForFan(ctx context.Context, o *order) error {
	return b.step(ctx, StepWait, o, func(ctx context.Context, o *order) error {
		return b.seats.KeepPinned(ctx, o.seatOrder(), o.pinned())
	})
}

// pinned is how long the pins of an order must live from now.
func (o *order) pinned() time.Duration {
	if o.Page == nil {
		return pinTime
	}
	return pinTime + max(time.Until(o.Page.Until), 0)
}

// waitAtPage ends the saga of an order whose payment continues on a page. Recovery settles the
// order.
func (s *saga) waitAtPage(ctx context.Context) {
	s.transaction = s.order.transaction(nil)
	opened, err := s.b.openPage(ctx, s.order)
	if err == nil {
		s.transaction = opened.transaction(nil)
		err = s.b.waitForFan(ctx, opened)
	}
	if err != nil {
		page := s.transaction
		s.leaveToRecovery(ctx, err)
		s.transaction = page
	}
}

// decideAtPage decides on an order whose payment waits for the fan: nil until the page has
// ended. Then the page is closed at the provider before the order is cancelled.
func (r *recovery) decideAtPage(ctx context.Context, o *order) (*decision, error) {
	isNew := o.Page == nil
	o, err := r.b.openPage(ctx, o)
	if err != nil {
		return nil, err
	}
	if !time.Now().Before(o.Page.Until) {
		return r.b.cancel(ctx, o, reasonExpired, true)
	}
	if isNew {
		if err := r.b.waitForFan(ctx, o); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// mayLook reports whether this node asks the provider about an open page now, or leaves it
// to another node, which has just asked.
func (r *recovery) mayLook(ctx context.Context, o *order) bool {
	if r.lookEvery <= 0 {
		return true
	}
	first, err := r.b.o.Redis.SetNX(ctx, lookedKey(o.Season, o.ID), r.b.o.Node, r.lookEvery-recoverEvery/2).Result()
	return first || err != nil // without Redis money and seats must agree, too
}

// lookedKey exists while the provider need not be asked about an order's page.
func lookedKey(season string, id bson.ObjectID) string { return "looked:{" + season + "}:" + id.Hex() }

// lookSoon makes this node ask the provider in its next round, because the buyer has asked
// for an order that waits at a page: the buyer may come from there.
func (b *Booking) lookSoon(o *order) {
	if o.Status == Pending && o.Page != nil {
		b.purchases.recoverSoon(o.ID, false)
	}
}

// giveUp ends the page of a pending order at the wish of the buyer, or of the box office. The
// order is cancelled, and the seats return to the cart; if the fan has paid, the order is
// completed instead.
func (b *Booking) giveUp(ctx context.Context, o *order, from refundOrigin) error {
	// The page of an order whose node died is not in the order yet.
	outcome := payment.Waiting
	if o.Page == nil {
		var err error
		if outcome, err = b.provider(o.Season).Outcome(ctx, o.ID.Hex()); err != nil {
			return err
		}
	}
	if outcome != payment.Waiting {
		return errStillPending()
	}
	d, err := b.cancelFor(ctx, o, reasonGivenUp, true, from)
	if err != nil {
		return err
	}
	if _, err := b.settleLate(ctx, o, d); err != nil {
		b.purchases.recoverSoon(o.ID, false)
		return err
	}
	b.notePageEnd(o, d)
	return nil
}

func errStillPending() error {
	return fault.New(fault.Conflict, "the purchase is still pending; try again once it is settled")
}

// errPageEnded is the answer to a repeated request after its page ended without a payment.
func errPageEnded() error {
	return fault.New(fault.PaymentDeclined, "the payment page was closed before it was paid; no money was taken: buy again with a new key")
}

// Labels of the pages in metrics, besides the reasons of cancelled orders.
const (
	pageOpened = "opened"
	pagePaid   = "paid"
)

// notePageEnd counts how the page of an order ended, when this node settles it first.
func (b *Booking) notePageEnd(o *order, d *decision) {
	if o.Page == nil || o.Status != Pending {
		return
	}
	end := d.Reason
	if d.Outcome == captured {
		end = pagePaid
	}
	b.purchases.metrics.pages.WithLabelValues(end).Inc()
}
