package queue

import (
	"context"
	"fmt"

	"usher/internal/fault"
	"usher/internal/store"
)

// Join puts a user in line, or in at once when there is room and nobody present
// waits. Repeating it changes nothing. A place from an earlier epoch brings its
// number back. Errors: season_closed, invalid_request (place), unavailable.
func (q *Queue) Join(ctx context.Context, season, user, place string) (Status, error) {
	s := q.season(season)
	brought, err := s.brought(ctx, user, place)
	if err != nil {
		return Status{}, store.Fault(err)
	}
	a, err := s.joinLine(ctx, user, brought)
	if err != nil {
		return Status{}, store.Fault(err)
	}
	// A place brought back gets a turn where anybody else goes straight in,
	// because it has to be spent in the ledger; the fan need not know. A turn
	// that came later is for the fan to take.
	if a.extra == "brought" && a.state.State == Turn {
		if a, err = s.enterTurn(ctx, a.counts.Epoch, a.state); err != nil {
			return Status{}, store.Fault(err)
		}
	}
	return s.answered(a)
}

// joinLine joins one user, raising the ceiling of numbers when it stands in the
// way.
func (s *season) joinLine(ctx context.Context, user string, brought userState) (answer, error) {
	ask := question{user: user, args: []any{brought.bring()}}
	for range 3 {
		a, err := s.join.Do(ctx, ask)
		if err != nil {
			return answer{}, err
		}
		switch a.extra {
		case "closed":
			return answer{}, fault.New(fault.SeasonClosed, "the season has closed")
		case "drawn":
			if brought, err = s.drawnPlace(ctx, brought, a.counts.Epoch); err != nil {
				return answer{}, err
			}
			ask.args = []any{brought.bring()}
		case "late": // by an estimate of Redis' clock that this answer has put right
			if ctx.Err() != nil {
				return answer{}, ctx.Err()
			}
		case "full":
			if err := s.raiseCeiling(ctx); err != nil {
				return answer{}, err
			}
		default:
			return a, nil
		}
	}
	return answer{}, fault.New(fault.Unavailable, "no number can be drawn now; try again")
}

// bring is a place as join.lua wants it, "" for none.
func (r userState) bring() string {
	if r.Number == 0 {
		return ""
	}
	return fmt.Sprintf("%d %d %d", r.Number, r.Joined, r.Origin)
}

// brought is the place a fan brings, as far as it is honoured: it must be this
// user's, of an earlier epoch, and not spent. A place of the present epoch needs
// no bringing and counts as none.
func (s *season) brought(ctx context.Context, user, place string) (userState, error) {
	if place == "" {
		return userState{}, nil
	}
	p, err := s.q.places.verify(s.id, user, place)
	if err != nil {
		return userState{}, fault.Wrap(fault.InvalidRequest, err, "the place is not one of yours in this season")
	}
	epoch := s.epoch.Load()
	if epoch == 0 || p.Origin >= epoch {
		// The node may not have heard of a new epoch yet.
		a, err := s.look.Do(ctx, question{})
		if err != nil {
			return userState{}, err
		}
		epoch = a.counts.Epoch
	}
	if p.Origin >= epoch {
		return userState{}, nil
	}
	spent, err := s.q.ledger.spent(ctx, s.id, p)
	if err != nil || spent {
		return userState{}, err
	}
	return p, nil
}
