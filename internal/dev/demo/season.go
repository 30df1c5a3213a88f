// Package demo puts a season on sale for usher-dev: "Spring Gala 2027" in a
// house of package dev.
//
// Entry points: [Settings], [Seed].
package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"usher/booking"
	"usher/internal/dev"
	"usher/internal/fault"
)

// Season is the demo season's id.
const Season = "demo"

// by is who the audit log says did it.
const by = "usher-dev"

// Options says what to put on sale.
type Options struct {
	Season string // default Season
	Seats  int    // default dev.DefaultSeats
	// Patch is a JSON object of the settings somebody asked for; they apply to a
	// season that exists already, too. What it leaves out is of Settings in a new
	// season and stays as it is in an old one.
	Patch []byte
}

// Settings are a new demo season's, by the contract's names: limits low enough
// that two browser windows make a crowd.
func Settings() map[string]any {
	return map[string]any{
		"name":        "Spring Gala 2027",
		"currency":    "EUR",
		"activeLimit": 3,
		"turnWindow":  "60s",
		"lease":       "90s",
		"session":     "15m",
		"hold":        "5m",
		"maxSeats":    6,
	}
}

// patience is how long Seed waits for stores that have just been started.
const patience = 15 * time.Second

// Seed puts the demo season on sale. It may run again on the same data, and
// then keeps what was sold: the same plan is the same version, and a plan that
// is under sale stays, whatever the number of seats asked for.
func Seed(ctx context.Context, b *booking.Booking, o Options) error {
	if o.Season == "" {
		o.Season = Season
	}
	if o.Seats == 0 {
		o.Seats = dev.DefaultSeats
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := eventually(ctx, func() error { return settle(ctx, b, o) }); err != nil {
		return fmt.Errorf("demo season %s: %w", o.Season, err)
	}
	err := eventually(ctx, func() error {
		_, err := b.ImportPlan(ctx, o.Season, bytes.NewReader(dev.SeatPlanCSV(o.Seats)), by)
		return err
	})
	if err != nil && !fault.Is(err, fault.Conflict) {
		return fmt.Errorf("seat plan of demo season %s: %w", o.Season, err)
	}
	return nil
}

// settle creates the season, or changes what the patch names.
func settle(ctx context.Context, b *booking.Booking, o Options) error {
	_, err := b.Season(ctx, o.Season)
	switch {
	case fault.Is(err, fault.NotFound):
		patch, err := merged(Settings(), o.Patch)
		if err != nil {
			return err
		}
		_, err = b.ApplySeason(ctx, o.Season, patch, by)
		return err
	case err != nil || len(o.Patch) == 0:
		return err
	}
	_, err = b.ApplySeason(ctx, o.Season, o.Patch, by)
	return err
}

// merged is the settings with those of the patch in place of their own.
func merged(settings map[string]any, patch []byte) ([]byte, error) {
	if len(patch) > 0 {
		if err := json.Unmarshal(patch, &settings); err != nil {
			return nil, fmt.Errorf("settings: %w", err)
		}
	}
	return json.Marshal(settings)
}

// eventually repeats what fails only because a store is not there yet.
func eventually(ctx context.Context, act func() error) error {
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
