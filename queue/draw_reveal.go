package queue

import (
	"context"
	"time"

	"usher/internal/draw"
	"usher/internal/fault"
)

// Beacon is a public source of numbers that nobody can know ahead of time.
type Beacon interface {
	// Source names it in what is published.
	Source() string
	// Schedule is when it publishes which round.
	Schedule(ctx context.Context) (draw.Schedule, error)
	// Latest is the newest round there is.
	Latest(ctx context.Context) (uint64, error)
	// Value is what a round gave; an error while it has not.
	Value(ctx context.Context, round uint64) ([]byte, error)
}

const (
	beaconAnswer   = 2 * time.Second  // for one answer of a beacon
	beaconPatience = 15 * time.Second // how long after it is due a round's value is waited for
)

// Why a draw was held without a beacon.
const (
	noBeacon    = "none was promised with the commitment"
	noRound     = "it did not answer when all had gathered"
	otherClock  = "its rounds and this site's clock are too far apart"
	noValueSoon = "the value of its round did not come in time"
)

// reveal ends the secrecy of the seed: with the value of the beacon's round once
// that is out, without when it does not come. It returns nil while it is too
// early for either; it never waits.
func (s *season) reveal(ctx context.Context, f *drawFreeze) (*drawReveal, error) {
	d, err := s.recall(ctx)
	if err != nil || d.reveal != nil {
		return d.reveal, err
	}
	now, err := s.redisNow(ctx)
	if err != nil {
		return nil, err
	}
	if f.Round == 0 {
		return s.q.ledger.reveal(ctx, drawReveal{Season: s.id, Note: f.Note, At: now})
	}
	due := f.schedule().Due(uint64(f.Round))
	if now.Before(due) {
		return nil, nil
	}
	// A node with another beacon leaves this to those who have the right one.
	if beacon := s.q.o.Beacon; beacon != nil && beacon.Source() == f.Source {
		asking, cancel := context.WithTimeout(ctx, beaconAnswer)
		value, err := beacon.Value(asking, uint64(f.Round))
		cancel()
		if err == nil && len(value) > 0 {
			return s.q.ledger.reveal(ctx, drawReveal{Season: s.id, Value: value, At: now})
		}
	}
	if ctx.Err() != nil || now.Before(due.Add(beaconPatience)) {
		return nil, ctx.Err() // a node that stops decides nothing in a hurry
	}
	s.q.log.Warn("the beacon's round did not come; the draw is held without", "season", s.id, "round", f.Round)
	return s.q.ledger.reveal(ctx, drawReveal{Season: s.id, Note: noValueSoon, At: now})
}

// settleDraw takes a draw that Redis was lost in the midst of to its end, as far
// as the ledger is concerned: before that no new epoch can honour what was drawn.
func (s *season) settleDraw(ctx context.Context) error {
	d, err := s.recall(ctx)
	if err != nil || d.frozen == nil {
		return err
	}
	r, err := s.reveal(ctx, d.frozen)
	if err == nil && r == nil {
		err = fault.New(fault.Unavailable, "the order is being drawn; try again")
	}
	return err
}
