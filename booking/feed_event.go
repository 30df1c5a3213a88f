package booking

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// The types of events.
const (
	feedCompleted = "transaction.completed" // sold; version 1 of the transaction
	feedCancelled = "transaction.cancelled" // never sold: declined, or not paid; version 1
	feedRefunded  = "transaction.refunded"  // seats given back; version 1 + the refund's number
)

// feedEvent is one event. Its id is that of the decision it tells of, so that who
// hears it twice can tell; its body is one JSON text, so that it is the same to
// everybody and however often.
type feedEvent struct {
	ID   string    `bson:"_id"` // "<event>", or "<event>#…" where an operator has it told again
	At   time.Time `bson:"at"`  // of the decision
	Body string    `bson:"body"`
}

// id is the event's, whatever place it has in the feed.
func (e *feedEvent) id() string {
	id, _, _ := strings.Cut(e.ID, "#")
	return id
}

type feedBody struct {
	ID        string   `json:"id"`
	Type      string   `json:"type"`
	Timestamp feedTime `json:"timestamp"`
	Data      feedData `json:"data"`
}

type feedData struct {
	Transaction feedTransaction `json:"transaction"` // as the event leaves it
	Refund      *feedRefund     `json:"refund,omitempty"`
}

type feedTransaction struct {
	ID          string            `json:"id"`
	Season      string            `json:"season"`
	UserID      string            `json:"userId"`
	Holder      string            `json:"holder"`
	Version     int               `json:"version"` // grows with each event of the transaction
	Status      TransactionStatus `json:"status"`
	Reason      string            `json:"reason"`
	Total       int64             `json:"total"`
	Refunded    int64             `json:"refunded"` // of total
	Currency    string            `json:"currency"`
	CreatedAt   feedTime          `json:"createdAt"`
	CompletedAt feedTime          `json:"completedAt"`
	Seats       []feedSeat        `json:"seats"`
}

type feedSeat struct {
	SeatNumber string   `json:"seatNumber"`
	Category   Category `json:"category"`
	Price      int64    `json:"price"`
	TicketID   string   `json:"ticketId,omitempty"` // none of a sale that was not captured
	Refunded   bool     `json:"refunded"`
}

type feedRefund struct {
	ID     string   `json:"id"`
	Number int      `json:"number"` // of the transaction's, from 1
	Amount int64    `json:"amount"`
	Seats  []string `json:"seats"`
}

// feedTime is a time as docs/protocol.md writes it.
type feedTime time.Time

func (t feedTime) MarshalJSON() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format(`"2006-01-02T15:04:05.000Z"`)), nil
}

// told is the state of a transaction for the feed, with the seats that have been
// given back.
func (s *sale) told(version int, back map[bson.ObjectID]bool) feedTransaction {
	t := feedTransaction{
		ID: s.ID.Hex(), Season: s.Season, UserID: s.User.Hex(), Holder: s.Holder, Version: version,
		Status: s.Status, Reason: s.Reason, Total: s.Total, Currency: s.Currency,
		CreatedAt: feedTime(s.CreatedAt), Seats: make([]feedSeat, len(s.Lines)),
	}
	if s.CompletedAt != nil {
		t.CompletedAt = feedTime(*s.CompletedAt)
	}
	for i, l := range s.Lines {
		t.Seats[i] = feedSeat{SeatNumber: l.SeatNumber, Category: l.Category, Price: l.Price, Refunded: back[s.Seats[i]]}
		if s.Status == Completed || len(back) > 0 {
			t.Seats[i].TicketID = ticketID(s, i).Hex()
		}
		if back[s.Seats[i]] {
			t.Refunded += l.Price
		}
	}
	return t
}

// settledEvent tells how a purchase ended; s is the sale as its decision left it.
// ok is false for one that was refused before anybody was told that it had begun.
func settledEvent(s *sale) (e feedEvent, ok bool, err error) {
	body := feedBody{ID: s.ID.Hex(), Type: feedCompleted, Timestamp: feedTime(*s.CompletedAt), Data: feedData{Transaction: s.told(1, nil)}}
	if s.Status == Cancelled {
		if slices.Contains(refusals, s.Reason) {
			return feedEvent{}, false, nil
		}
		body.Type = feedCancelled
	}
	e, err = newFeedEvent(body, *s.CompletedAt)
	return e, err == nil, err
}

func newFeedEvent(body feedBody, at time.Time) (feedEvent, error) {
	text, err := json.Marshal(body)
	return feedEvent{ID: body.ID, At: at, Body: string(text)}, err
}

// record enters an event into the outbox. Recording it again changes nothing, but
// that long after, it may be told again under the same id.
func (b *Booking) record(ctx context.Context, e feedEvent) error {
	if b.feed.log.has(e.ID) {
		return nil
	}
	_, err := b.o.Mongo.Collection(feedName).InsertOne(ctx, e)
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return err
	}
	select {
	case b.feed.recorded <- struct{}{}:
	default: // it has been told already
	}
	return nil
}

// recordSettled records how a purchase ended.
func (b *Booking) recordSettled(ctx context.Context, s *sale) error {
	e, ok, err := settledEvent(s)
	if err != nil || !ok {
		return err
	}
	return b.record(ctx, e)
}

// recordRefund records that seats were given back. The refunds before this one are
// decided, so what it leaves of the transaction is the same whoever tells it.
func (b *Booking) recordRefund(ctx context.Context, s *sale, r *refund, d *decision) error {
	left := *s
	left.Status, left.Reason = Completed, ""
	back := map[bson.ObjectID]bool{}
	for number := 1; number <= r.Number; number++ {
		one, ruling := r, d
		if number < r.Number {
			var err error
			if one, err = b.findRefund(ctx, refundID(s.ID, number)); err == nil && one != nil {
				ruling, err = b.findDecision(ctx, one.ID)
			}
			if err != nil {
				return err
			}
		}
		if one == nil || ruling == nil || ruling.Outcome != refunded {
			continue
		}
		for _, seat := range one.Seats {
			back[seat] = true
		}
	}
	if len(back) == len(s.Seats) {
		left.Status, left.Reason = Cancelled, reasonRefunded
	}
	given := &feedRefund{ID: r.ID.Hex(), Number: r.Number, Amount: r.Amount, Seats: make([]string, len(r.Lines))}
	for i, l := range r.Lines {
		given.Seats[i] = l.SeatNumber
	}
	e, err := newFeedEvent(feedBody{
		ID: r.ID.Hex(), Type: feedRefunded, Timestamp: feedTime(d.At),
		Data: feedData{Transaction: left.told(1+r.Number, back), Refund: given},
	}, d.At)
	if err != nil {
		return err
	}
	return b.record(ctx, e)
}
