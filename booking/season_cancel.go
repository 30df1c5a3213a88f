package booking

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/booking/feed"
	"usher/internal/fault"
	"usher/internal/store"
)

// Cancellation says that a show does not take place. It is final: it closes the sale, and
// every purchase is refunded, by any node that runs.
type Cancellation struct {
	At     time.Time `bson:"at"`
	By     string    `bson:"by"`
	Reason string    `bson:"reason"` // for the audit log; "" when it is not said
}

// saleCloses returns when the sale closes: at the latest when the show was cancelled.
func (s *Season) saleCloses() *time.Time {
	if s.Cancelled != nil && (s.ClosesAt == nil || s.Cancelled.At.Before(*s.ClosesAt)) {
		return &s.Cancelled.At
	}
	return s.ClosesAt
}

// CancelState is how far the refunds of a cancelled show are.
type CancelState string

// The states of a cancellation.
const (
	NotCancelled CancelState = "none"
	Cancelling   CancelState = "running"
	CancelDone   CancelState = "done" // every purchase is refunded, and the money returned
)

// CancelProgress is how far the refunds of a cancelled show are, counted in MongoDB.
type CancelProgress struct {
	Season       string
	State        CancelState
	Cancellation // zero while the show is not cancelled

	Refunded   int // purchases refunded wholly, also those that were before
	Left       int // purchases to refund
	Pending    int // purchases whose payment is not decided yet: refunded or ended as soon as it is
	Unreturned int // refunds whose money the provider has not returned yet
	Failed     []FailedReturn
}

// FailedReturn is a refund whose money a provider did not return at the last attempt.
// Attempts go on.
type FailedReturn struct {
	Transaction string
	Amount      int64
	Currency    string
	Error       string
}

// failedShown is how many failed refunds are listed.
const failedShown = 100

// CancelSeason cancels a show: the sale closes at once, no one is admitted or buys any
// more, and all purchases are refunded in the background. Cancelling again changes nothing,
// but that this node at once tries again the refunds that have failed.
// Errors: not_found, invalid_request (reason; a rehearsal).
func (b *Booking) CancelSeason(ctx context.Context, id, reason, by string) (CancelProgress, error) {
	if IsShadow(id) {
		return CancelProgress{}, errShadowID(id)
	}
	reason, err := checkAnnounced("reason", reason)
	if err != nil {
		return CancelProgress{}, err
	}
	season, err := b.revise(ctx, id, "cancel", by, func(s Season, exists bool) (Season, error) {
		if !exists {
			return s, fault.New(fault.NotFound, "season %q not found", id)
		}
		if s.Cancelled == nil {
			s.Cancelled = &Cancellation{At: store.NowMilli(), By: by, Reason: reason}
		}
		return s, nil
	})
	if err != nil {
		return CancelProgress{}, err
	}
	if err := b.recordCancellation(ctx, &season); err != nil {
		b.log.WarnContext(ctx, "cancelled show: recording the event failed: the next round of any node records it", "season", id, "error", err)
	}
	wake(b.canceller.wake)
	open, err := b.findPending(ctx, bson.D{{Key: "season", Value: id}, ofRefunds(true)})
	if err != nil {
		return CancelProgress{}, store.Fault(err)
	}
	for i := range open {
		b.purchases.recoverSoon(open[i].ID, true)
	}
	return b.CancelProgress(ctx, id)
}

// recordCancellation records the event of a cancelled show in the feed, once: a decision
// says that it was recorded.
func (b *Booking) recordCancellation(ctx context.Context, s *Season) error {
	id := cancellationID(s.ID)
	d, err := b.findDecision(ctx, id)
	if err != nil || d != nil {
		return err
	}
	e, err := feed.NewEvent(feed.Body{
		ID: id.Hex(), Type: feed.SeasonCancelled, Timestamp: feed.Time(s.Cancelled.At),
		Data: feed.Data{Season: &feed.Season{ID: s.ID, Name: s.Name, By: s.Cancelled.By, Reason: textOrNull(s.Cancelled.Reason)}},
	}, s.Cancelled.At)
	if err != nil {
		return err
	}
	if err := b.feed.Record(ctx, e); err != nil {
		return err
	}
	_, err = b.insertDecision(ctx, decision{ID: id, Season: s.ID, Outcome: announced, At: s.Cancelled.At})
	return err
}

// cancellationID is the id of the event of a cancelled show.
func cancellationID(season string) bson.ObjectID { return deriveID("season_cancelled", season) }

// CancelProgress returns how far the refunds of a show are. Errors: not_found, unavailable.
func (b *Booking) CancelProgress(ctx context.Context, id string) (CancelProgress, error) {
	season, err := b.Season(ctx, id)
	if err != nil {
		return CancelProgress{}, err
	}
	p := CancelProgress{Season: id, State: NotCancelled}
	if season.Cancelled == nil {
		return p, nil
	}
	p.State, p.Cancellation = Cancelling, *season.Cancelled
	open := 0 // refunds and purchases with steps to do: one that was never completed may have money to return
	count := func(collection string, into *int, more ...bson.E) {
		if err == nil {
			var n int64
			n, err = b.o.Mongo.Collection(collection).CountDocuments(ctx, append(bson.D{{Key: "season", Value: id}}, more...))
			*into = int(n)
		}
	}
	count(transactionsName, &p.Left, bson.E{Key: "status", Value: Completed})
	count(transactionsName, &p.Pending, bson.E{Key: "status", Value: Pending})
	count(transactionsName, &p.Refunded, bson.E{Key: "status", Value: Cancelled}, bson.E{Key: "reason", Value: reasonRefunded})
	count(pendingName, &p.Unreturned, ofRefunds(true))
	count(pendingName, &open)
	if err == nil && p.Unreturned > 0 {
		p.Failed, err = b.failedReturns(ctx, id)
	}
	if p.Left+p.Pending+open == 0 {
		p.State = CancelDone
	}
	return p, store.Fault(err)
}

// failedReturns lists the refunds of a cancelled show, also those asked for before, whose
// money was not returned at the last attempt.
func (b *Booking) failedReturns(ctx context.Context, season string) ([]FailedReturn, error) {
	found, err := b.o.Mongo.Collection(pendingName).Find(ctx,
		bson.D{{Key: "season", Value: season}, ofRefunds(true), {Key: "error", Value: bson.D{{Key: "$exists", Value: true}}}},
		options.Find().SetLimit(failedShown))
	if err != nil {
		return nil, err
	}
	var entries []pendingEntry
	if err := found.All(ctx, &entries); err != nil {
		return nil, err
	}
	failed := make([]FailedReturn, len(entries))
	for i := range entries {
		r := entries[i].Refund
		failed[i] = FailedReturn{Transaction: r.Transaction.Hex(), Amount: r.Amount, Currency: r.Currency, Error: entries[i].Error}
	}
	return failed, nil
}

// errShowCancelled refuses what a cancelled show does not allow.
func errShowCancelled(s *Season) error {
	return fault.New(fault.SeasonClosed, "%s is cancelled", s.Name)
}

// whyPageEnded is why the payment page of an order ended that no one paid: a node may have
// ended it for a cancelled show, and died before it decided.
func (b *Booking) whyPageEnded(ctx context.Context, o *order) string {
	if season, known := b.KnownSeason(ctx, o.Season); known && season.Cancelled != nil {
		return reasonShowCancelled
	}
	return reasonExpired
}
