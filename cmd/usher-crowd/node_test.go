package main

import (
	"fmt"
	"testing"
	"time"

	"usher/internal/crowd"
	"usher/internal/dev"
	"usher/internal/keys"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// TestACrowdAtARealNode: all come, all are admitted or walk away, and nothing is
// wrong; signed in by the server or with minted sessions, by epoll or goroutines.
func TestACrowdAtARealNode(t *testing.T) {
	testkit.Long(t)
	for _, way := range []struct{ minted, goroutines bool }{{false, false}, {true, true}} {
		t.Run(fmt.Sprintf("minted %v, goroutines %v", way.minted, way.goroutines), func(t *testing.T) {
			shared := node.Shared(t)
			shared.Demo = func(h *dev.Demo) { h.ActiveLimit = 3 }
			n := node.Start(t, shared)
			o := crowd.Defaults()
			o.URL, o.Seed, o.Rate, o.Think = n.URL+"?season="+n.Season, 3, 0, 20*time.Millisecond
			o.Fans, o.WalkAway, o.Goroutines = 24, 0.1, way.goroutines
			if way.minted {
				ring, err := keys.Load(shared.Key)
				if err != nil {
					t.Fatal(err)
				}
				o.Keys = ring
			}
			report, err := crowd.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if report.Broken() || report.Errors > 0 || report.Connected != 24 || report.Admitted < 15 || report.Bought == 0 {
				t.Errorf("the crowd saw:\n%s", report.Text())
			}
		})
	}
}

// TestACrowdLargerThanTheHouse: the fans buy every seat, and those for whom none is left
// leave, so that the run ends long before its duration.
func TestACrowdLargerThanTheHouse(t *testing.T) {
	testkit.Long(t)
	shared := node.Shared(t)
	shared.Demo = func(h *dev.Demo) { h.Seats, h.ActiveLimit = 30, 5 }
	n := node.Start(t, shared)
	o := crowd.Defaults()
	o.URL, o.Seed, o.Rate, o.Think = n.URL+"?season="+n.Season, 5, 0, 20*time.Millisecond
	o.Fans, o.Buy, o.WalkAway, o.Duration = 60, 1, 0, time.Hour
	report, err := crowd.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if report.Broken() || report.Errors > 0 || report.Connected != 60 || report.Bought < 15 ||
		report.SoldOut == 0 || report.Admitted+report.SoldOut != 60 {
		t.Errorf("the crowd saw:\n%s", report.Text())
	}
}
