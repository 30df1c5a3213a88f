package booking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/internal/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

const (
	checkinsName = "checkins"
	refundsName  = "refunds"
)

// stamp ends a ticket: used at the gate, or void because it is given back. A
// ticket's stamps are numbered by generation and only ever inserted; the last
// counts. One that says used is the last for ever. One that says void counts once
// its refund is decided for, and is the last then too; when that refund was
// abandoned the next generation may be inserted.
type stamp struct {
	ID          string         `bson:"_id"` // "<ticket id>/<generation>"
	Ticket      bson.ObjectID  `bson:"ticketId"`
	Generation  int            `bson:"generation"` // from 1
	Season      string         `bson:"season"`
	Transaction bson.ObjectID  `bson:"transactionId"`
	Seat        bson.ObjectID  `bson:"seatId"`
	SeatNumber  string         `bson:"seatNumber"`
	Verdict     string         `bson:"verdict"`            // ticketUsed or ticketVoid
	Refund      *bson.ObjectID `bson:"refundId,omitempty"` // of a void
	Gate        string         `bson:"gate,omitempty"`     // of a check-in
	Scan        string         `bson:"scan,omitempty"`     // of a check-in: tells it from any other, should its insert be repeated
	ByHand      bool           `bson:"byHand,omitempty"`   // of a check-in without a code: the ticket was looked up
	By          string         `bson:"by"`                 // the user who scanned or gave back
	At          time.Time      `bson:"at"`
}

func stampID(ticket bson.ObjectID, generation int) string {
	return fmt.Sprintf("%s/%d", ticket.Hex(), generation)
}

// standing is what a ticket's last stamp says.
type standing int

const (
	unstamped standing = iota // no stamp, or only voids of abandoned refunds
	undecided                 // a void whose refund is not decided
	used
	given // given back
)

// judge says what a ticket's last stamp means; nil is none.
func judge(last *stamp, ruling *decision) standing {
	switch {
	case last == nil:
		return unstamped
	case last.Verdict == ticketUsed:
		return used
	case ruling == nil:
		return undecided
	case ruling.Outcome == refunded:
		return given
	}
	return unstamped
}

// lastStamp reads a ticket's last stamp and what it means; nil when there is none.
func (b *Booking) lastStamp(ctx context.Context, ticket bson.ObjectID) (*stamp, standing, error) {
	var last *stamp
	for generation := 1; ; generation++ {
		next, err := store.Find[stamp](ctx, b.o.Mongo.Collection(checkinsName), stampID(ticket, generation))
		if err != nil {
			return nil, unstamped, err
		}
		if next == nil {
			break
		}
		last = next
	}
	if last == nil || last.Refund == nil {
		return last, judge(last, nil), nil
	}
	ruling, err := b.findDecision(ctx, *last.Refund)
	return last, judge(last, ruling), err
}

// stampTicket inserts the next stamp of a ticket, if one may be. It returns the
// stamp that holds, the given one or whichever forbids it, and what that one
// means. mayAbandon is asked about a void whose refund is undecided: true tries to
// decide against that refund, so that the given stamp may follow.
func (b *Booking) stampTicket(ctx context.Context, s stamp, mayAbandon bool) (*stamp, standing, error) {
	for generation := 1; ; generation++ {
		s.ID, s.Generation = stampID(s.Ticket, generation), generation
		_, err := b.o.Mongo.Collection(checkinsName).InsertOne(ctx, s)
		if err == nil {
			return &s, judge(&s, nil), nil
		}
		if !mongo.IsDuplicateKeyError(err) {
			return nil, unstamped, err
		}
		there, err := store.Find[stamp](ctx, b.o.Mongo.Collection(checkinsName), s.ID)
		if err != nil {
			return nil, unstamped, err
		}
		if there == nil {
			return nil, unstamped, errors.New("booking: a stamp is there and cannot be read: " + s.ID)
		}
		if there.Refund == nil {
			return there, used, nil
		}
		ruling, err := b.findDecision(ctx, *there.Refund)
		if err == nil && ruling == nil && mayAbandon {
			ruling, err = b.rule(ctx, *there.Refund, there.Season, abandoned)
		}
		if err != nil {
			return nil, unstamped, err
		}
		if meaning := judge(there, ruling); meaning != unstamped {
			return there, meaning, nil
		}
	}
}

// rule decides a refund and returns what holds: this ruling, or the first.
func (b *Booking) rule(ctx context.Context, refund bson.ObjectID, season string, outcome verdict) (*decision, error) {
	return b.insertDecision(ctx, decision{ID: refund, Season: season, Outcome: outcome, At: store.NowMilli()})
}

// givenBack reports whether a transaction's seat has been given back.
func (b *Booking) givenBack(ctx context.Context, transaction, seat bson.ObjectID) (bool, error) {
	_, meaning, err := b.lastStamp(ctx, ticketIDOf(transaction, seat))
	return meaning == given, err
}

// givenBackIn returns which tickets of a season are given back. The stamps are read
// first: what counts by the decisions read after them has been decided.
func (b *Booking) givenBackIn(ctx context.Context, season string) (map[bson.ObjectID]bool, error) {
	voids, err := store.FindWith[stamp](ctx, b.o.Mongo.Collection(checkinsName), season, "verdict", ticketVoid)
	if err != nil || len(voids) == 0 {
		return nil, err
	}
	rulings, err := store.FindWith[decision](ctx, b.o.Mongo.Collection(decisionsName), season, "outcome", string(refunded))
	if err != nil {
		return nil, err
	}
	counts := make(map[bson.ObjectID]bool, len(rulings))
	for i := range rulings {
		counts[rulings[i].ID] = true
	}
	tickets := map[bson.ObjectID]bool{}
	for i := range voids {
		if counts[*voids[i].Refund] {
			tickets[voids[i].Ticket] = true
		}
	}
	return tickets, nil
}
