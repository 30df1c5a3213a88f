package booking

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
)

// purchaseScripts are what a purchase does in Redis.
type purchaseScripts struct{ pin, take, settle, clear *redis.Script }

func newPurchaseScripts() purchaseScripts {
	return purchaseScripts{pin: newScript("pin"), take: newScript("take"), settle: newScript("settle"), clear: newScript("clear")}
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
		seatArgs(s, s.User.Hex(), s.ID.Hex(), live.Milliseconds(), s.Plan)...)
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
	case "conflict":
		return fault.Seats(fault.Conflict, seats, "%s: already being bought by another purchase of yours", names)
	case "seat_taken":
		return fault.Seats(fault.SeatTaken, seats, "%s: bought by somebody else", names)
	case "hold_expired":
		return fault.Seats(fault.HoldExpired, seats, "%s: not held by you, or not any more", names)
	}
	return fmt.Errorf("booking: pin.lua answered %v", r)
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
	_, err := b.run(ctx, b.purchases.scripts.clear, s.Season,
		seatArgs(s, s.User.Hex(), s.ID.Hex(), news, graceTime.Milliseconds())...)
	return err
}

// mark calls a script that marks a sale's seats. Where it meets marks of another
// transaction it clears those that are over, for the seat is this sale's by its
// claim, and calls once more.
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
		if r.word() != "other" || attempt > 0 {
			return fmt.Errorf("booking: marking the seats of %s answered %v", s.ID.Hex(), r)
		}
		for i, index := range r.texts(1) {
			if _, err := b.clearStale(ctx, s.Season, index, r.texts(2)[i]); err != nil {
				return err
			}
		}
	}
}

// clearStale takes a mark "<transaction> <user>" off a seat if that transaction
// is finally cancelled, and reports whether it is.
func (b *Booking) clearStale(ctx context.Context, season, index, mark string) (bool, error) {
	text, user, _ := strings.Cut(mark, " ")
	id, err := bson.ObjectIDFromHex(text)
	if err != nil {
		return false, fmt.Errorf("booking: a seat of %s is marked %q: %w", season, mark, err)
	}
	d, err := b.findDecision(ctx, id)
	if err != nil || !claimEnded(d) {
		return false, err
	}
	// The seat number matters to the hold alone, and a pin ends by itself.
	_, err = b.run(ctx, b.purchases.scripts.clear, season, user, text, "", 0, "", index)
	return true, err
}

// markForOwner marks a seat taken that Redis showed as free although another
// transaction's claim on it is open. It is a repair: when it fails, the next
// buyer of that seat is refused in the same way and tries again.
func (b *Booking) markForOwner(ctx context.Context, season string, c *claim) {
	_, err := b.run(ctx, b.purchases.scripts.take, season, c.User.Hex(), c.Transaction.Hex(), c.SeatNumber, c.Index)
	if err != nil {
		b.log.Warn("a claimed seat is not marked taken", "season", season, "seat", c.SeatNumber, "error", err)
	}
}
