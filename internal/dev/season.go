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

// Demo is the demo season: the number of its seats, and the settings for which
// usher-dev has flags.
type Demo struct {
	Seats       int
	ActiveLimit int
	TurnWindow  time.Duration
	Lease       time.Duration
	Session     time.Duration
	Hold        time.Duration
	MaxSeats    int

	// Asked reports whether the caller gave a setting, by its JSON name. A season
	// that exists keeps its other settings, and its plan unless "seats" was given.
	// nil: every setting was given.
	Asked func(setting string) bool
}

// DefaultDemo has so low a limit that a developer soon sees a line.
func DefaultDemo() Demo {
	return Demo{
		Seats:       1200,
		ActiveLimit: 3,
		TurnWindow:  60 * time.Second,
		Lease:       90 * time.Second,
		Session:     15 * time.Minute,
		Hold:        5 * time.Minute,
		MaxSeats:    6,
	}
}

// settings are the season's settings, by their JSON names.
func (d Demo) settings() map[string]any {
	return map[string]any{
		"activeLimit": d.ActiveLimit,
		"turnWindow":  d.TurnWindow.String(),
		"lease":       d.Lease.String(),
		"session":     d.Session.String(),
		"hold":        d.Hold.String(),
		"maxSeats":    d.MaxSeats,
	}
}

// Booking has the methods of *booking.Booking that Seed needs. It is an interface
// because booking's own tests import this package, which therefore cannot import
// booking.
type Booking[Season, Imported any] interface {
	Season(ctx context.Context, id string) (Season, error)
	ApplySeason(ctx context.Context, id string, patch []byte, by string) (Season, error)
	PlanVersion(ctx context.Context, season string) (int64, error)
	ImportPlan(ctx context.Context, season string, csv io.Reader, by string) (Imported, error)
}

const (
	seedBy       = "usher-dev"     // the actor in the audit log
	seedPatience = 2 * time.Minute // for stores that have just been started, on a busy machine too
)

// Seed puts the demo season on sale. It may run again on the same data: settings
// that were given apply, and everything else stays. Sold seats stay sold, because
// importing the same plan makes no new version and a plan under sale is not replaced.
func Seed[Season, Imported any](ctx context.Context, b Booking[Season, Imported], season string, d Demo) error {
	ctx, cancel := context.WithTimeout(ctx, seedPatience)
	defer cancel()
	if d.Asked == nil {
		d.Asked = func(string) bool { return true }
	}
	if err := whenStoresAnswer(ctx, func() error { return seedSettings(ctx, b, season, d) }); err != nil {
		return fmt.Errorf("settings of demo season %s: %w", season, err)
	}
	err := whenStoresAnswer(ctx, func() error { return seedPlan(ctx, b, season, d) })
	if err != nil && !fault.Is(err, fault.Conflict) {
		return fmt.Errorf("seat plan of demo season %s: %w", season, err)
	}
	return nil
}

func seedSettings[Season, Imported any](ctx context.Context, b Booking[Season, Imported], season string, d Demo) error {
	settings := d.settings()
	_, err := b.Season(ctx, season)
	switch {
	case fault.Is(err, fault.NotFound):
		settings["name"], settings["currency"] = "Spring Gala 2027", "EUR"
		settings["startsAt"], settings["doorsAt"], settings["timeZone"] = "2027-05-07T18:00:00Z", "2027-05-07T17:00:00Z", "Europe/Berlin"
		settings["venue"] = map[string]string{"name": "Old Opera", "address": "1 Theatre Square, Berlin"}
	case err != nil:
		return err
	default:
		maps.DeleteFunc(settings, func(setting string, _ any) bool { return !d.Asked(setting) })
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

func seedPlan[Season, Imported any](ctx context.Context, b Booking[Season, Imported], season string, d Demo) error {
	version, err := b.PlanVersion(ctx, season)
	if err != nil || version > 0 && !d.Asked("seats") {
		return err
	}
	_, err = b.ImportPlan(ctx, season, bytes.NewReader(SeatPlanCSV(d.Seats)), seedBy)
	return err
}

// whenStoresAnswer repeats act while act fails because a store does not answer.
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
