package booking

import (
	"context"
	"fmt"
	"io"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

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
	rows, err := readPlan(csv, settings.Currency)
	if err != nil {
		return Imported{}, err
	}
	layOut(rows)
	seats := make([]Seat, len(rows))
	for i := range rows {
		seats[i] = rows[i].Seat
	}
	held, err := b.importPlan(ctx, season, seats, settings.Currency, by)
	if err != nil {
		return Imported{}, err
	}
	// It is published; what follows any node finishes if this one dies.
	if err := b.configure(ctx, settings, held, 0); err != nil {
		b.log.WarnContext(ctx, "the plan reaches Redis later", "season", season, "error", err)
	}
	if err := b.project(ctx, held); err != nil {
		return Imported{}, store.Fault(err)
	}
	b.logChange(ctx, changeRow{
		ID: "plan/" + planID(season, held.Version), At: time.Now().UTC(), By: by, Action: "plan", Season: season,
		After: bson.D{{Key: "version", Value: held.Version}, {Key: "seats", Value: len(held.Seats)}},
	})
	return Imported{Imported: len(held.Seats), Version: held.Version, Warnings: samePoints(held.Seats)}, nil
}

// warningsNamed is how many pairs of seats one import warns of by name.
const warningsNamed = 20

// samePoints warns of seats that lie where another one lies: only one of them can
// be seen and pressed on the map.
func samePoints(seats []Seat) []string {
	warnings, more := []string{}, 0
	first := make(map[[2]float64]string, len(seats))
	for i := range seats {
		s := &seats[i]
		at := [2]float64{s.X, s.Y}
		other, taken := first[at]
		switch {
		case !taken:
			first[at] = s.Number
		case len(warnings) < warningsNamed:
			warnings = append(warnings, fmt.Sprintf("seats %s and %s lie on one point (x %g, y %g): only one of them can be seen on the map", other, s.Number, s.X, s.Y))
		default:
			more++
		}
	}
	if more > 0 {
		warnings = append(warnings, fmt.Sprintf("%d more seats lie where another one lies", more))
	}
	return warnings
}
