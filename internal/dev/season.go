package dev

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
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
}

// DefaultHouse lets in so few that two browser windows make a crowd.
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

// settings are the house's, by the contract's names.
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
	ImportPlan(ctx context.Context, season string, csv io.Reader, by string) (Imported, error)
}

const (
	seedBy       = "usher-dev"      // who the audit log says did it
	seedPatience = 15 * time.Second // for stores that have just been started
)

// Seed puts the demo season on sale. It may run again on the same data: the
// house's settings apply anew, all others stay, and so does what was sold, for
// the same plan is the same version and a plan under sale is never replaced,
// whatever number of seats is asked for.
func Seed[Season, Imported any](ctx context.Context, b Booking[Season, Imported], season string, h House) error {
	ctx, cancel := context.WithTimeout(ctx, seedPatience)
	defer cancel()
	settings := h.settings()
	err := whenStoresAnswer(ctx, func() error {
		_, err := b.Season(ctx, season)
		if fault.Is(err, fault.NotFound) {
			settings["name"], settings["currency"] = "Spring Gala 2027", "EUR"
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("demo season %s: %w", season, err)
	}
	patch, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	err = whenStoresAnswer(ctx, func() error {
		_, err := b.ApplySeason(ctx, season, patch, seedBy)
		return err
	})
	if err != nil {
		return fmt.Errorf("settings of demo season %s: %w", season, err)
	}
	err = whenStoresAnswer(ctx, func() error {
		_, err := b.ImportPlan(ctx, season, bytes.NewReader(SeatPlanCSV(h.Seats)), seedBy)
		return err
	})
	if err != nil && !fault.Is(err, fault.Conflict) {
		return fmt.Errorf("seat plan of demo season %s: %w", season, err)
	}
	return nil
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
