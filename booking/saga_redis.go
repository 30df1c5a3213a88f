package booking

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
)

// purchaseScripts are what a purchase does in Redis.
type purchaseScripts struct{ pin, keep, take, settle, clear, refund, budget *redis.Script }

func newPurchaseScripts() purchaseScripts {
	return purchaseScripts{pin: newScript("pin"), keep: newScript("keep"), take: newScript("take"), settle: newScript("settle"), clear: newScript("clear"), refund: newScript("refund"), budget: newScript("budget")}
}

// seatArgs appends a sale's seats as pairs of number and index.
func seatArgs(s *sale, args ...any) []any {
	for _, l := range s.Lines {
		args = append(args, l.SeatNumber, l.Index)
	}
	return args
}

// errNotOnSale says that what a node knows of a season is not what Redis has.
var errNotOnSale = fault.New(fault.Unavailable, "the season is being changed; try again")

// pin pins the holds of a sale for as long as given; with 0 it only says whether
// that could be done. Errors: season_closed, not_admitted, conflict, seat_taken,
// hold_expired, unavailable; errNotOnSale when Redis has another plan than the
// sale, or no settings.
func (b *Booking) pin(ctx context.Context, s *sale, live time.Duration) error {
	r, err := b.run(ctx, b.purchases.scripts.pin, s.Season,
		seatArgs(s, s.User.Hex(), s.ID.Hex(), live.Milliseconds(), s.Plan, b.o.Budgets.Declines)...)
	if err != nil {
		return err
	}
	seats := r.texts(1)
	names := strings.Join(seats, ", ")
	switch r.word() {
	case "ok":
		return nil
	case "plan", "settings":
		return errNotOnSale
	case "ended":
		return errNothingBought()
	case "season_closed":
		return fault.New(fault.SeasonClosed, "the sale is closed")
	case "not_admitted":
		return fault.New(fault.NotAdmitted, "buying needs an active place")
	case "declines":
		return b.overBudget(ctx, budgetDeclines, s.User.Hex(), r.number(1), "too many payments were declined; try again later")
	case "conflict":
		return fault.Seats(fault.Conflict, seats, "%s: already being bought by another purchase of yours", names)
	case "seat_taken":
		return fault.Seats(fault.SeatTaken, seats, "%s: bought by somebody else", names)
	case "hold_expired":
		return fault.Seats(fault.HoldExpired, seats, "%s: not held by you, or not any more", names)
	}
	return fmt.Errorf("booking: pin.lua answered %v", r)
}

// keepPinned lets a sale's pins live on while its outcome is unknown, so that the
// cart goes on showing seats that are the fan's as long as they are. The claims hold
// the seats in any case: a failure is made good by the next time.
func (b *Booking) keepPinned(ctx context.Context, s *sale) {
	_, err := b.run(ctx, b.purchases.scripts.keep, s.Season,
		seatArgs(s, s.User.Hex(), s.ID.Hex(), pinTime.Milliseconds())...)
	if err != nil {
		b.log.DebugContext(ctx, "pins could not be kept", "transaction", s.ID.Hex(), "error", err)
	}
}

// take marks the sale's seats as taken.
func (b *Booking) take(ctx context.Context, s *sale) error {
	return b.mark(ctx, s, func() (reply, error) {
		return b.run(ctx, b.purchases.scripts.take, s.Season, seatArgs(s, s.User.Hex(), s.ID.Hex())...)
	})
}

// mirrorCaptured shows the sale's seats as sold and tells the buyer.
func (b *Booking) mirrorCaptured(ctx context.Context, s *sale, t Transaction) error {
	news, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return b.mark(ctx, s, func() (reply, error) {
		return b.run(ctx, b.purchases.scripts.settle, s.Season, seatArgs(s, s.User.Hex(), s.ID.Hex(), news)...)
	})
}

// mirrorCancelled frees the sale's seats and gives the holds back to the cart.
// Only a buyer who may have been told that it was pending is told how it ended.
func (b *Booking) mirrorCancelled(ctx context.Context, s *sale, t Transaction) error {
	var news []byte
	if s.Reason == reasonDeclined || s.Reason == reasonUnavailable {
		text, err := json.Marshal(t)
		if err != nil {
			return err
		}
		news = text
	}
	declined := 0
	if s.Reason == reasonDeclined {
		declined = 1
	}
	r, err := b.run(ctx, b.purchases.scripts.clear, s.Season,
		seatArgs(s, s.User.Hex(), s.ID.Hex(), news, graceTime.Milliseconds(), declined, b.o.Budgets.CartDeclines)...)
	if most := int64(b.o.Budgets.CartDeclines); err == nil && declined == 1 && most > 0 && r.number(1) == most {
		b.noteBudget(ctx, budgetCart, s.User.Hex())
	}
	return err
}

// mirrorRefund frees the seats of a refund and tells the fan how the transaction
// stands now.
func (b *Booking) mirrorRefund(ctx context.Context, s *sale, r *refund) error {
	t, err := b.withTickets(ctx, s)
	if err != nil {
		return err
	}
	news, err := json.Marshal(t)
	if err != nil {
		return err
	}
	args := []any{s.User.Hex(), s.ID.Hex(), news}
	for _, l := range r.Lines {
		args = append(args, l.SeatNumber, l.Index)
	}
	_, err = b.run(ctx, b.purchases.scripts.refund, s.Season, args...)
	return err
}

// mark calls a script that marks a sale's seats. Where it meets marks of another
// transaction it clears those that are over, for the seat is this sale's by its
// claim, and calls once more. Marks that then still lie there are right if this
// sale has given those seats back.
func (b *Booking) mark(ctx context.Context, s *sale, script func() (reply, error)) error {
	for attempt := 0; ; attempt++ {
		r, err := script()
		if err != nil {
			return err
		}
		switch r.word() {
		case "ok":
			return nil
		case "ended":
			return errNothingBought()
		}
		if r.word() != "other" {
			return fmt.Errorf("booking: marking the seats of %s answered %v", s.ID.Hex(), r)
		}
		if attempt > 0 {
			for _, index := range r.texts(1) {
				back, err := b.indexGivenBack(ctx, s.ID, index)
				if err != nil {
					return err
				}
				if !back {
					return fmt.Errorf("booking: marking the seats of %s answered %v", s.ID.Hex(), r)
				}
			}
			return nil
		}
		for i, index := range r.texts(1) {
			if _, err := b.clearStale(ctx, s.Season, index, r.texts(2)[i]); err != nil {
				return err
			}
		}
	}
}

// clearStale takes a mark "<transaction> <user>" off a seat if the claim behind it
// is over, and reports whether it is.
func (b *Booking) clearStale(ctx context.Context, season, index, mark string) (bool, error) {
	text, user, _ := strings.Cut(mark, " ")
	id, err := bson.ObjectIDFromHex(text)
	if err != nil {
		return false, fmt.Errorf("booking: a seat of %s is marked %q: %w", season, mark, err)
	}
	d, err := b.findDecision(ctx, id)
	if err != nil || d == nil {
		return false, err
	}
	// The seat number matters to a purchase's hold alone, and a pin ends by itself.
	if d.Outcome == cancelled {
		_, err = b.run(ctx, b.purchases.scripts.clear, season, user, text, "", 0, 0, 0, "", index)
		return true, err
	}
	back, err := b.indexGivenBack(ctx, id, index)
	if err != nil || !back {
		return false, err
	}
	_, err = b.run(ctx, b.purchases.scripts.refund, season, user, text, "", "", index)
	return true, err
}

// indexGivenBack reports whether a sale's seat with this index was given back.
func (b *Booking) indexGivenBack(ctx context.Context, transaction bson.ObjectID, index string) (bool, error) {
	s, err := b.findSale(ctx, transaction)
	if err != nil || s == nil {
		return false, err
	}
	for i := range s.Lines {
		if strconv.Itoa(s.Lines[i].Index) == index {
			return b.givenBack(ctx, s.ID, s.Seats[i])
		}
	}
	return false, nil
}

// markForOwner marks a seat that Redis showed as free although another
// transaction's claim on it is open: as sold if that transaction is captured, for
// its own last script has long been there, and as taken else. It is a repair: when
// it fails, the next buyer of that seat is refused in the same way and tries again.
func (b *Booking) markForOwner(ctx context.Context, season string, c *claim) {
	d, err := b.findDecision(ctx, c.Transaction)
	if err == nil && d != nil && d.Outcome == captured {
		_, err = b.run(ctx, b.scripts.retake, season, c.SeatNumber, c.Index, c.Transaction.Hex(), c.User.Hex(), 1)
	} else if err == nil {
		_, err = b.run(ctx, b.purchases.scripts.take, season, c.User.Hex(), c.Transaction.Hex(), c.SeatNumber, c.Index)
	}
	if err != nil {
		b.log.Warn("a claimed seat is not marked taken", "season", season, "seat", c.SeatNumber, "error", err)
	}
}
