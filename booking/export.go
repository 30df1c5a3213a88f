package booking

import (
	"context"
	"io"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/store"
)

// books are what a season's sales come to, by what was decided and not by what is
// shown. The decisions are read first, and what else is read is only asked about
// them: so the books are of one moment, though the sale goes on.
type books struct {
	b      *Booking
	season string
	sold   map[bson.ObjectID]time.Time // captured sales: when
	back   map[bson.ObjectID]bool      // tickets given back
	used   map[bson.ObjectID]*stamp    // tickets used
}

func (b *Booking) openBooks(ctx context.Context, season string) (*books, error) {
	if _, err := b.Season(ctx, season); err != nil {
		return nil, err
	}
	k := &books{
		b: b, season: season,
		sold: map[bson.ObjectID]time.Time{}, back: map[bson.ObjectID]bool{}, used: map[bson.ObjectID]*stamp{},
	}
	decisions, err := b.decisionsOf(ctx, season)
	if err != nil {
		return nil, err
	}
	refunds, err := store.FindAll[refund](ctx, b.o.Mongo.Collection(refundsName), season)
	if err != nil {
		return nil, err
	}
	for i := range refunds {
		if d := decisions[refunds[i].ID]; d == nil || d.Outcome != refunded {
			continue
		}
		for _, seat := range refunds[i].Seats {
			k.back[ticketIDOf(refunds[i].Transaction, seat)] = true
		}
	}
	for id, d := range decisions {
		if d.Outcome == captured {
			k.sold[id] = d.At
		}
	}
	stamps, err := store.FindAll[stamp](ctx, b.o.Mongo.Collection(checkinsName), season)
	for i := range stamps {
		if stamps[i].Verdict == ticketUsed {
			k.used[stamps[i].Ticket] = &stamps[i]
		}
	}
	return k, err
}

// each calls do with every sale that was captured, the oldest first.
func (k *books) each(ctx context.Context, do func(s *sale, at time.Time) error) error {
	found, err := k.b.o.Mongo.Collection(transactionsName).Find(ctx, bson.D{{Key: "season", Value: k.season}},
		options.Find().SetSort(bson.D{{Key: "createdAt", Value: 1}, {Key: "_id", Value: 1}}).SetBatchSize(1000))
	if err != nil {
		return err
	}
	defer func(found *mongo.Cursor) { _ = found.Close(context.WithoutCancel(ctx)) }(found)
	for found.Next(ctx) {
		var s sale
		if err := found.Decode(&s); err != nil {
			return err
		}
		if at, sold := k.sold[s.ID]; sold {
			if err := do(&s, at); err != nil {
				return err
			}
		}
	}
	return found.Err()
}

// ExportSold writes every seat that was ever sold in a season, one line a
// ticket: given back ones have the status void. begin is called once, before the
// first byte, when nothing but the stores and w can fail any more; nil is fine.
// Errors: not_found.
func (b *Booking) ExportSold(ctx context.Context, season string, format SheetFormat, w io.Writer, begin func()) error {
	k, err := b.openBooks(ctx, season)
	if err != nil {
		return store.Fault(err)
	}
	plan, err := b.plan(ctx, season)
	if err != nil {
		return store.Fault(err)
	}
	out := newSheet(w, format, begin,
		"seatNumber", "section", "row", "category", "price", "priceDecimal", "currency", "holder",
		"transactionId", "ticketId", "status", "soldAt", "checkedInAt", "gate", "byHand")
	err = k.each(ctx, func(s *sale, at time.Time) error {
		for i, l := range s.Lines {
			var section, row string
			if index, known := plan.ByName[l.SeatNumber]; known {
				section, row = plan.Seats[index].Section, plan.Seats[index].Row
			}
			id := ticketID(s, i)
			status, checkedIn, gate, byHand := ticketValid, "", "", ""
			if use := k.used[id]; use != nil {
				status, checkedIn, gate = ticketUsed, sheetTime(use.At), use.Gate
				if use.ByHand {
					byHand = "yes"
				}
			}
			if k.back[id] {
				status = ticketVoid
			}
			out.line(l.SeatNumber, section, row, string(l.Category),
				strconv.FormatInt(l.Price, 10), decimal(l.Price, s.Currency), s.Currency, s.Holder,
				s.ID.Hex(), id.Hex(), status, sheetTime(at), checkedIn, gate, byHand)
		}
		return out.err()
	})
	if err == nil {
		err = out.end()
	}
	return store.Fault(err)
}

// ExportTakings writes what a season took, a line a category: what was
// captured, what was decided to be given back, and what is left. begin is as in
// ExportSold. Errors: not_found.
func (b *Booking) ExportTakings(ctx context.Context, season string, format SheetFormat, w io.Writer, begin func()) error {
	k, err := b.openBooks(ctx, season)
	if err != nil {
		return store.Fault(err)
	}
	totals, err := k.takings(ctx)
	if err != nil {
		return store.Fault(err)
	}
	out := newSheet(w, format, begin,
		"category", "seatsSold", "seatsRefunded", "gross", "refunded", "net", "currency",
		"grossDecimal", "refundedDecimal", "netDecimal")
	for _, t := range totals {
		net := t.gross - t.refunded
		out.line(string(t.category), strconv.Itoa(t.seats), strconv.Itoa(t.back),
			strconv.FormatInt(t.gross, 10), strconv.FormatInt(t.refunded, 10), strconv.FormatInt(net, 10), t.currency,
			decimal(t.gross, t.currency), decimal(t.refunded, t.currency), decimal(net, t.currency))
	}
	return store.Fault(out.end())
}
