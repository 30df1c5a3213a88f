package booking

import (
	"context"
	"io"
	"time"
)

// Settings are a season's settings, section 6 of the contract, in its own JSON
// shape.
type Settings struct {
	ID             string     `json:"id,omitempty"`
	Name           string     `json:"name"`
	Currency       string     `json:"currency"`
	OpensAt        *time.Time `json:"opensAt"`
	ClosesAt       *time.Time `json:"closesAt"`
	ActiveLimit    int        `json:"activeLimit"`
	AdmitPerMinute int        `json:"admitPerMinute"`
	TurnWindow     Duration   `json:"turnWindow"`
	Lease          Duration   `json:"lease"`
	Session        Duration   `json:"session"`
	Hold           Duration   `json:"hold"`
	MaxSeats       int        `json:"maxSeats"`
	Absence        Duration   `json:"absence"`
	Forget         Duration   `json:"forget"`
	Refunds        bool       `json:"refunds"`
}

// Duration is a duration written as "90s".
type Duration time.Duration

// Season is a season with the revision of its settings.
type Season struct {
	Settings
	Paused   bool
	Revision int64 // grows with every change
}

// Counts is how many seats of each category have each status.
type Counts map[Category]map[string]int

// DefaultSettings are the contract's.
func DefaultSettings(id string) Settings { panic("booking: not built") }

// Seasons returns every season, by id. They come from memory, at most two
// seconds old.
func (b *Booking) Seasons(ctx context.Context) ([]Season, error) { panic("booking: not built") }

// Season returns one season. Errors: not_found.
func (b *Booking) Season(ctx context.Context, id string) (Season, error) { panic("booking: not built") }

// ApplySeason creates a season or changes the settings that the JSON object
// patch names; what it leaves out keeps its value or default. by is who did it,
// for the audit log. Errors: invalid_request naming every problem.
func (b *Booking) ApplySeason(ctx context.Context, id string, patch []byte, by string) (Season, error) {
	panic("booking: not built")
}

// PauseSeason stops or resumes admission.
func (b *Booking) PauseSeason(ctx context.Context, id string, paused bool, by string) (Season, error) {
	panic("booking: not built")
}

// ParseSettingsYAML turns a YAML settings file into its id and a patch for
// ApplySeason.
func ParseSettingsYAML(text []byte) (id string, patch []byte, err error) { panic("booking: not built") }

// Imported answers a seat plan's import.
type Imported struct {
	Imported int   `json:"imported"`
	Version  int64 `json:"version"`
}

// ImportPlan publishes a seat plan from CSV: all rows or none. The same plan
// again changes nothing. Errors: invalid_request with Rows, conflict when the
// plan is under sale.
func (b *Booking) ImportPlan(ctx context.Context, season string, csv io.Reader, by string) (Imported, error) {
	panic("booking: not built")
}

// Snapshot returns every seat's status, from memory. Errors: not_found,
// unavailable before the first tick.
func (b *Booking) Snapshot(ctx context.Context, season string) (*Snapshot, error) {
	panic("booking: not built")
}

// Rebuild makes a season's booking data in Redis from MongoDB: settings, plan
// version, taken seats. It only adds, may run twice and on several nodes.
func (b *Booking) Rebuild(ctx context.Context, season string, epoch int64) error {
	panic("booking: not built")
}

// Hold holds the named seats for an active user, all or none. Holding what one
// holds already changes nothing. Errors: not_admitted, seat_taken, unknown_seat,
// seat_limit, season_closed, conflict (being bought), unavailable.
func (b *Booking) Hold(ctx context.Context, season, user string, seats []string) (Cart, error) {
	panic("booking: not built")
}

// HoldBest holds the best available seats. Errors: as Hold, and
// no_adjacent_seats.
func (b *Booking) HoldBest(ctx context.Context, season, user string, best Best) (Cart, error) {
	panic("booking: not built")
}

// Cart returns what a user holds.
func (b *Booking) Cart(ctx context.Context, season, user string) (Cart, error) {
	panic("booking: not built")
}

// Release gives held seats back; none named means all. What is not held is
// ignored. Errors: conflict when one is being bought.
func (b *Booking) Release(ctx context.Context, season, user string, seats []string) (Cart, error) {
	panic("booking: not built")
}

// ReleaseInactive gives back what these users hold and do not buy, of those who
// have no place any more.
func (b *Booking) ReleaseInactive(ctx context.Context, season string, users ...string) error {
	panic("booking: not built")
}
