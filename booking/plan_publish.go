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

// errUnderSale says that a purchase has begun under the plan, so that the plan can only be
// changed as in plan_change.go.
var errUnderSale = errors.New("booking: the plan is under sale")

// publish makes seats the next version of a season's plan and returns the version that
// counts: the newest one if its seats are the same. No seat may be held. Once a purchase
// has begun the error is errUnderSale.
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
		// The next round reads whether this insert or another one was first.
	}
	return nil, fault.New(fault.Unavailable, "too many people import seats into %s at once; try again", season)
}

// nothingHeld refuses while seats are held, because those fans have seen the present plan.
// A season without an open epoch in Redis has no holds.
func (b *Booking) nothingHeld(ctx context.Context, season string) error {
	held, err := b.seats.Held(ctx, season)
	if err == nil && held > 0 {
		err = fault.New(fault.Conflict, "%d seats of %s are in carts or being bought: the seat plan can be changed once they are free", held, season)
	}
	return err
}

// putUnderSale marks the newest plan as under sale before its first purchase: from here on
// seats keep their indexes. It returns the plan that counts, which is newer than the
// caller's if an import was first.
func (b *Booking) putUnderSale(ctx context.Context, season string) (*cachedPlan, error) {
	current, err := b.cachedPlan(ctx, season)
	if err == nil && current.underSale {
		return current, nil // this never changes back; the script checks that the version is the newest
	}
	for range writeRetries {
		if current, err = b.reloadPlan(ctx, season); err != nil || current.underSale || current.Version == 0 {
			return current, err
		}
		// The collection seats must show the plan before the first purchase: later writes
		// of the whole plan would overwrite statuses of sold seats.
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

// Imported is the answer to an import of a seat plan.
type Imported struct {
	Imported int      `json:"imported"`
	Version  int64    `json:"version"`
	Warnings []string `json:"warnings"` // for the organiser to check; never null
}

// ImportPlan publishes a seat plan from CSV: all rows or none. Importing the same plan
// again changes nothing. Before the first purchase any plan may follow while no seat is
// held (conflict). After it seats may be added, and free seats may change; seat_taken names
// the others. Errors: also not_found, invalid_request with Rows.
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
	// The plan is published. Any node finishes the following steps if this one dies.
	if err := b.configure(ctx, settings, current); err != nil {
		b.log.WarnContext(ctx, "plan: configuring Redis failed: the next tick tries again", "season", season, "error", err)
	}
	if err := b.project(ctx, current); err != nil {
		return Imported{}, store.Fault(err)
	}
	b.logAudit(ctx, auditRow{
		ID: "plan/" + planID(season, current.Version), At: time.Now().UTC(), By: by, Action: "plan", Season: season,
		After: bson.D{{Key: "version", Value: current.Version}, {Key: "seats", Value: len(current.Seats)}},
	})
	return Imported{Imported: len(current.Seats), Version: current.Version, Warnings: seatmap.Warnings(current.Seats)}, nil
}
