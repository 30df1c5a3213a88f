package booking

import (
	"context"
	"errors"
	"io"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
)

// errUnderSale says that a purchase has begun, so that only some things may change.
var errUnderSale = errors.New("booking: a purchase has begun under this plan")

// publish makes seats the next version of a season's plan and returns the plan
// that holds then: a plan of the same seats that was there already, if that is so.
// Nothing may be held; once a purchase has begun the error is errBegun.
func (b *Booking) publish(ctx context.Context, season string, seats []Seat, currency, by string) (*cachedPlan, error) {
	pieces, hash, err := piecesOf(season, seats)
	if err != nil {
		return nil, err
	}
	for range writeRetries {
		current, err := b.reloadPlan(ctx, season)
		switch {
		case err != nil:
			return nil, err
		case current.hash == hash && (current.Currency == currency || current.Currency == ""):
			return current, nil
		case current.underSale:
			return nil, errUnderSale
		}
		if err := b.nothingHeld(ctx, season); err != nil {
			return nil, err
		}
		header := planHeader{
			ID: planID(season, current.Version+1), Season: season, Version: current.Version + 1,
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

// putUnderSale makes sure that no plan follows the present one freely: its first purchase is
// about to begin, and from here on seats keep their indexes. It returns the plan that
// holds; that is a newer one when an import came first.
func (b *Booking) putUnderSale(ctx context.Context, season string) (*cachedPlan, error) {
	current, err := b.cachedPlan(ctx, season)
	if err == nil && current.underSale {
		return current, nil // it stays so; Redis says whether the version is the newest
	}
	for range writeRetries {
		if current, err = b.reloadPlan(ctx, season); err != nil || current.underSale || current.Version == 0 {
			return current, err
		}
		// A plan under sale is one that the collection seats shows: later nobody
		// writes over what sales have made of it.
		if err := b.project(ctx, current); err != nil {
			return nil, err
		}
		_, err = b.insertPlan(ctx, planHeader{
			ID: planID(season, current.Version+1), Season: season, Version: current.Version + 1,
			Freezes: current.Version, At: time.Now().UTC(),
		})
		if err != nil {
			return nil, err
		}
	}
	return nil, fault.New(fault.Unavailable, "the seat plan of %s keeps changing; try again", season)
}

// Imported answers a seat plan's import.
type Imported struct {
	Imported int      `json:"imported"`
	Version  int64    `json:"version"`
	Warnings []string `json:"warnings"` // what an organiser should look at; never null
}

// ImportPlan publishes a seat plan from CSV: all rows or none. The same plan again
// changes nothing. Until the first purchase begins any plan may follow while nothing
// is held (conflict). From then on seats may be added, and those that are free may
// change; seat_taken names those that are not. Errors: also not_found, invalid_request
// with Rows.
func (b *Booking) ImportPlan(ctx context.Context, season string, csv io.Reader, by string) (Imported, error) {
	settings, err := b.freshSeason(ctx, season)
	if err != nil {
		return Imported{}, err
	}
	seats, err := seatmap.Read(csv, settings.Currency)
	if err != nil {
		return Imported{}, err
	}
	current, err := b.importPlan(ctx, season, seats, settings.Currency, by)
	if err != nil {
		return Imported{}, err
	}
	// It is published; what follows any node finishes if this one dies.
	if err := b.configure(ctx, settings, current); err != nil {
		b.log.WarnContext(ctx, "the plan reaches Redis later", "season", season, "error", err)
	}
	if err := b.project(ctx, current); err != nil {
		return Imported{}, store.Fault(err)
	}
	b.logAudit(ctx, auditRow{
		ID: "plan/" + planID(season, current.Version), At: time.Now().UTC(), By: by, Action: "plan", Season: season,
		After: bson.D{{Key: "version", Value: current.Version}, {Key: "seats", Value: len(current.Seats)}},
	})
	return Imported{Imported: len(current.Seats), Version: current.Version, Warnings: seatmap.SharedPoints(current.Seats)}, nil
}
