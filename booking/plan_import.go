package booking

import (
	"context"
	"io"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/seatmap"
	"usher/internal/store"
)

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
	held, err := b.importPlan(ctx, season, seats, settings.Currency, by)
	if err != nil {
		return Imported{}, err
	}
	// It is published; what follows any node finishes if this one dies.
	if err := b.configure(ctx, settings, held); err != nil {
		b.log.WarnContext(ctx, "the plan reaches Redis later", "season", season, "error", err)
	}
	if err := b.project(ctx, held); err != nil {
		return Imported{}, store.Fault(err)
	}
	b.logChange(ctx, changeRow{
		ID: "plan/" + planID(season, held.Version), At: time.Now().UTC(), By: by, Action: "plan", Season: season,
		After: bson.D{{Key: "version", Value: held.Version}, {Key: "seats", Value: len(held.Seats)}},
	})
	return Imported{Imported: len(held.Seats), Version: held.Version, Warnings: seatmap.SharedPoints(held.Seats)}, nil
}
