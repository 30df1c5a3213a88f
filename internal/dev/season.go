package dev

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"time"

	"usher/internal/fault"
)

// House is the demo season: how many seats, and the settings usher-dev has flags
// for.
type House struct {
	Seats       int
	ActiveLimit int
	TurnWindow  time.Duration
	Lease       time.Duration
	Session     time.Duration
	Hold        time.Duration
	MaxSeats    int

	// Asked says which settings, by their JSON names, the caller asked for. A
	// season that is there already keeps the others as they are, and its plan
	// unless "seats" was asked for. nil: all were.
	Asked func(setting string) bool
}

// DefaultHouse lets in so few that a window and a private window make a crowd.
func DefaultHouse() House {
	return House{
		Seats:       1200,
		ActiveLimit: 3,
		TurnWindow:  60 * time.Second,
		Lease:       90 * time.Second,
		Session:     15 * time.Minute,
		Hold:        5 * time.Minute,
		MaxSeats:    6,
	}
}

// settings are the house's, by their JSON names.
func (h House) settings() map[string]any {
	return map[string]any{
		"activeLimit": h.ActiveLimit,
		"turnWindow":  h.TurnWindow.String(),
		"lease":       h.Lease.String(),
		"session":     h.Session.String(),
		"hold":        h.Hold.String(),
		"maxSeats":    h.MaxSeats,
	}
}

// Booking is what Seed needs of *booking.Booking. It is an interface because
// booking's own tests run on this package, which therefore cannot import it.
type Booking[Season, Imported any] interface {
	Season(ctx context.Context, id string) (Season, error)
	ApplySeason(ctx context.Context, id string, patch []byte, by string) (Season, error)
	PlanVersion(ctx context.Context, season string) (int64, error)
	ImportPlan(ctx context.Context, season string, csv io.Reader, by string) (Imported, error)
}

const (
	seedBy       = "usher-dev"      // who the audit log says did it
	seedPatience = 15 * time.Second // for stores that have just been started
)

// Seed puts the demo season on sale. It may run again on the same data: what was
// asked for applies, all else stays, and so does what was sold, for the same plan
// is the same version and a plan under sale is never replaced.
func Seed[Season, Imported any](ctx context.Context, b Booking[Season, Imported], season string, h House) error {
	ctx, cancel := context.WithTimeout(ctx, seedPatience)
	defer cancel()
	if h.Asked == nil {
		h.Asked = func(string) bool { return true }
	}
	if err := whenStoresAnswer(ctx, func() error { return seedSettings(ctx, b, season, h) }); err != nil {
		return fmt.Errorf("settings of demo season %s: %w", season, err)
	}
	err := whenStoresAnswer(ctx, func() error { return seedPlan(ctx, b, season, h) })
	if err != nil && !fault.Is(err, fault.Conflict) {
		return fmt.Errorf("seat plan of demo season %s: %w", season, err)
	}
	return nil
}

func seedSettings[Season, Imported any](ctx context.Context, b Booking[Season, Imported], season string, h House) error {
	settings := h.settings()
	_, err := b.Season(ctx, season)
	switch {
	case fault.Is(err, fault.NotFound):
		settings["name"], settings["currency"] = "Spring Gala 2027", "EUR"
	case err != nil:
		return err
	default:
		maps.DeleteFunc(settings, func(setting string, _ any) bool { return !h.Asked(setting) })
	}
	if len(settings) == 0 {
		return nil
	}
	patch, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	_, err = b.ApplySeason(ctx, season, patch, seedBy)
	return err
}

func seedPlan[Season, Imported any](ctx context.Context, b Booking[Season, Imported], season string, h House) error {
	version, err := b.PlanVersion(ctx, season)
	if err != nil || version > 0 && !h.Asked("seats") {
		return err
	}
	_, err = b.ImportPlan(ctx, season, bytes.NewReader(SeatPlanCSV(h.Seats)), seedBy)
	return err
}

// whenStoresAnswer repeats what fails only because a store is not there yet.
func whenStoresAnswer(ctx context.Context, act func() error) error {
	for {
		err := act()
		if !fault.Is(err, fault.Unavailable) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}
