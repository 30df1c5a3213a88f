package queue

import (
	"context"
	"time"

	"usher/internal/draw"
	"usher/internal/fault"
)

// Beacon is a public source of numbers that cannot be known in advance.
type Beacon interface {
	// Source is the name that is published with the draw.
	Source() string
	// Schedule says when each round is published.
	Schedule(ctx context.Context) (draw.Schedule, error)
	// Latest is the newest round published.
	Latest(ctx context.Context) (uint64, error)
	// Value is the value of a round; an error while it is not published.
	Value(ctx context.Context, round uint64) ([]byte, error)
}

const (
	beaconAnswer   = 2 * time.Second  // timeout of one request to a beacon
	beaconPatience = 15 * time.Second // how long after its time the value of a round may come
)

// Why a draw was held without a beacon.
const (
	noBeacon    = "none was named in the commitment"
	noRound     = "it did not answer when the users had gathered"
	otherClock  = "its rounds and this site's clock are too far apart"
	noValueSoon = "the value of its round did not come in time"
)

// reveal publishes the seed: with the value of the beacon's round once that is
// published, without it when the value does not come in time. It returns nil
// while it is too early for either. It does not wait.
func (s *season) reveal(ctx context.Context, f *drawFreeze) (*drawReveal, error) {
	d, err := s.recallOne(ctx, f.Nth)
	if err != nil || d.reveal != nil {
		return d.reveal, err
	}
	now, err := s.redisNow(ctx)
	if err != nil {
		return nil, err
	}
	if f.Round == 0 {
		return s.q.ledger.reveal(ctx, drawReveal{Season: s.id, Nth: f.Nth, Note: f.Note, At: now})
	}
	due := f.schedule().Due(uint64(f.Round))
	if now.Before(due) {
		return nil, nil
	}
	// A node with another beacon leaves this to nodes with the right beacon.
	if beacon := s.q.o.Beacon; beacon != nil && beacon.Source() == f.Source {
		asking, cancel := context.WithTimeout(ctx, beaconAnswer)
		value, err := beacon.Value(asking, uint64(f.Round))
		cancel()
		if err == nil && len(value) > 0 {
			return s.q.ledger.reveal(ctx, drawReveal{Season: s.id, Nth: f.Nth, Value: value, At: now})
		}
	}
	if ctx.Err() != nil || now.Before(due.Add(beaconPatience)) {
		return nil, ctx.Err() // a node that is stopping must not decide that the value did not come
	}
	s.q.log.Warn("reading the beacon's round failed: the draw is held without it", "season", s.id, "round", f.Round)
	return s.q.ledger.reveal(ctx, drawReveal{Season: s.id, Nth: f.Nth, Note: noValueSoon, At: now})
}

// settleDraws completes in the ledger a draw during which Redis was lost. A new
// epoch can honour the drawn places only after that.
func (s *season) settleDraws(ctx context.Context) error {
	draws, err := s.recall(ctx)
	if err != nil {
		return err
	}
	for _, d := range draws {
		if d.frozen == nil {
			continue
		}
		r, err := s.reveal(ctx, d.frozen)
		if err != nil {
			return err
		}
		if r == nil {
			return errDrawing
		}
	}
	return nil
}

// errDrawing: the order of a draw is not known yet.
var errDrawing = fault.New(fault.Unavailable, "the order is being drawn; try again")
