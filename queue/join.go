package queue

import (
	"context"
	"fmt"

	"usher/internal/fault"
	"usher/internal/store"
)

// Join puts a user in line, or makes the user active at once when there is room
// and no present user waits. Repeating it changes nothing. A place from an
// earlier epoch brings its number back. Errors: season_closed, sold_out
// (every seat is sold, and Settings.Returns is not set), code_required (the phase needs
// a code, and the user is not in line), invalid_request (place), unavailable.
func (q *Queue) Join(ctx context.Context, season, user, place string) (Status, error) {
	return q.joinAs(ctx, season, user, place, false)
}

// JoinCleared is Join for a user who has used a code of the season.
func (q *Queue) JoinCleared(ctx context.Context, season, user, place string) (Status, error) {
	return q.joinAs(ctx, season, user, place, true)
}

func (q *Queue) joinAs(ctx context.Context, season, user, place string, cleared bool) (Status, error) {
	s := q.season(season)
	brought, err := s.brought(ctx, user, place)
	if err != nil {
		return Status{}, store.Fault(err)
	}
	a, err := s.joinLine(ctx, user, brought, cleared)
	if err != nil {
		return Status{}, store.Fault(err)
	}
	// A user with a place brought back gets a turn where a new user would become
	// active at once, because the ledger must first record the number as spent.
	// Join enters this turn for the user. A turn that came later is for the user
	// to take.
	if a.extra == "brought" && a.state.State == Turn {
		if a, err = s.enterTurn(ctx, a.counts.Epoch, a.state); err != nil {
			return Status{}, store.Fault(err)
		}
	}
	return s.answered(a)
}

// joinLine joins one user. It raises the ceiling of numbers when the ceiling is
// reached.
func (s *season) joinLine(ctx context.Context, user string, brought userState, cleared bool) (answer, error) {
	mark := ""
	if cleared {
		mark = "+"
	}
	ask := question{user: user, args: []any{mark + brought.bring()}}
	for range 3 {
		a, err := s.join.Do(ctx, ask)
		if err != nil {
			return answer{}, err
		}
		switch a.extra {
		case "closed":
			return answer{}, fault.New(fault.SeasonClosed, "the season has closed")
		case "gone":
			return answer{}, fault.New(fault.SoldOut, "every seat is sold")
		case "code":
			return answer{}, fault.New(fault.CodeRequired, "this phase of the sale needs a code")
		case "drawn":
			if brought, err = s.drawnPlace(ctx, brought, a.counts.Epoch); err != nil {
				return answer{}, err
			}
			ask.args = []any{mark + brought.bring()}
		case "late": // the estimate of Redis' clock was wrong; this reply has corrected it
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

// bring is the place as an argument of join.lua, "" for none.
func (r userState) bring() string {
	if r.Number == 0 {
		return ""
	}
	text := fmt.Sprintf("%d %d %d", r.Number, r.Joined, r.Origin)
	if r.Wish != "" {
		text += " " + r.Wish
	}
	return text
}

// brought returns the place that a user brings back. The place must be this
// user's, of an earlier epoch, and unspent. A place of the current epoch needs no
// bringing back and counts as none.
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
		// This node may not know of a new epoch yet.
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

// Carries reports whether a place that a user brings back would be taken: it is the user's,
// from an earlier epoch, and unspent. Errors: invalid_request (place), unavailable.
func (q *Queue) Carries(ctx context.Context, season, user, place string) (bool, error) {
	brought, err := q.season(season).brought(ctx, user, place)
	return brought.Number != 0, store.Fault(err)
}
