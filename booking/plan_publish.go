package booking

import (
	"context"
	"errors"
	"time"

	"usher/internal/fault"
)

// errBegun says that a purchase has begun, so that only some things may change.
var errBegun = errors.New("booking: a purchase has begun under this plan")

// publish makes seats the next version of a season's plan and returns the plan
// that holds then: a plan of the same seats that was there already, if that is so.
// Nothing may be held; once a purchase has begun the error is errBegun.
func (b *Booking) publish(ctx context.Context, season string, seats []Seat, currency, by string) (*heldPlan, error) {
	pieces, hash, err := piecesOf(season, seats)
	if err != nil {
		return nil, err
	}
	for range writeRetries {
		held, err := b.reloadPlan(ctx, season)
		switch {
		case err != nil:
			return nil, err
		case held.hash == hash && (held.Currency == currency || held.Currency == ""):
			return held, nil
		case held.begun:
			return nil, errBegun
		}
		if err := b.nothingHeld(ctx, season); err != nil {
			return nil, err
		}
		header := planHeader{
			ID: planID(season, held.Version+1), Season: season, Version: held.Version + 1,
			Hash: hash, Currency: currency, Seats: len(seats), By: by, At: time.Now().UTC(),
		}
		if err := b.writePieces(ctx, &header, pieces); err != nil {
			return nil, err
		}
		if _, err := b.insertPlan(ctx, header); err != nil {
			return nil, err
		}
		// Inserted or lost to another: what stands there now says which.
	}
	return nil, fault.New(fault.Unavailable, "too many people import seats into %s at once; try again", season)
}

// nothingHeld refuses while seats are held: their fans have seen the present plan.
// A season whose data in Redis is not opened has no holds.
func (b *Booking) nothingHeld(ctx context.Context, season string) error {
	held, err := b.seats.Held(ctx, season)
	if err == nil && held > 0 {
		err = fault.New(fault.Conflict, "%d seats of %s are in carts or being bought: the seat plan can be changed when they are free", held, season)
	}
	return err
}

// begin makes sure that no plan follows the present one freely: its first purchase is
// about to begin, and from here on seats keep their indexes. It returns the plan that
// holds; that is a newer one when an import came first.
func (b *Booking) begin(ctx context.Context, season string) (*heldPlan, error) {
	held, err := b.knownPlan(ctx, season)
	if err == nil && held.begun {
		return held, nil // it stays so; Redis says whether the version is the newest
	}
	for range writeRetries {
		if held, err = b.reloadPlan(ctx, season); err != nil || held.begun || held.Version == 0 {
			return held, err
		}
		// A plan under sale is one that the collection seats shows: later nobody
		// writes over what sales have made of it.
		if err := b.project(ctx, held); err != nil {
			return nil, err
		}
		_, err = b.insertPlan(ctx, planHeader{
			ID: planID(season, held.Version+1), Season: season, Version: held.Version + 1,
			Freezes: held.Version, At: time.Now().UTC(),
		})
		if err != nil {
			return nil, err
		}
	}
	return nil, fault.New(fault.Unavailable, "the seat plan of %s keeps changing; try again", season)
}
