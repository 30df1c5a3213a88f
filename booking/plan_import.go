package booking

import (
	"context"
	"io"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/store"
)

// Imported answers a seat plan's import.
type Imported struct {
	Imported int   `json:"imported"`
	Version  int64 `json:"version"`
}

// ImportPlan publishes a seat plan from CSV: all rows or none. The same plan
// again changes nothing. Errors: not_found, invalid_request with Rows, conflict
// while seats are held, and from the first purchase on.
func (b *Booking) ImportPlan(ctx context.Context, season string, csv io.Reader, by string) (Imported, error) {
	settings, err := b.freshSeason(ctx, season)
	if err != nil {
		return Imported{}, err
	}
	rows, err := readPlan(csv)
	if err != nil {
		return Imported{}, err
	}
	layOut(rows)
	seats := make([]Seat, len(rows))
	for i := range rows {
		seats[i] = rows[i].Seat
	}
	held, err := b.publish(ctx, season, seats, settings.Currency, by)
	if err != nil {
		return Imported{}, store.Fault(err)
	}
	// It is published; what follows any node finishes if this one dies.
	if err := b.configure(ctx, settings, held.Version, 0); err != nil {
		b.log.WarnContext(ctx, "the plan reaches Redis later", "season", season, "error", err)
	}
	if err := b.project(ctx, held); err != nil {
		return Imported{}, store.Fault(err)
	}
	b.logChange(ctx, changeRow{
		ID: "plan/" + planID(season, held.Version), At: time.Now().UTC(), By: by, Action: "plan", Season: season,
		After: bson.D{{Key: "version", Value: held.Version}, {Key: "seats", Value: len(held.Seats)}},
	})
	return Imported{Imported: len(held.Seats), Version: held.Version}, nil
}
