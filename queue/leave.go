package queue

import (
	"context"

	"usher/internal/store"
)

// Leave gives up the place in line, the turn or the active place. The same script
// admits the next user.
func (q *Queue) Leave(ctx context.Context, season, user string) (Status, error) {
	return q.giveUp(ctx, season, user, "")
}

// Remove is Leave by an admin: the user gets the event Lapsed with the reason
// Removed.
func (q *Queue) Remove(ctx context.Context, season, user string) (Status, error) {
	return q.giveUp(ctx, season, user, Removed)
}

// giveUp reads the user's number, then gives up that number. So a late retry does
// not touch a place that the user has joined for later.
func (q *Queue) giveUp(ctx context.Context, season, user string, reason Reason) (Status, error) {
	s := q.season(season)
	a, err := s.look.Do(ctx, question{user: user})
	if err != nil {
		return Status{}, store.Fault(err)
	}
	s.leaves(user)
	// A draw may change the user's number between the two steps, and another node
	// may bring back the number of a lost line.
	for tries := 0; tries < 3 && a.state.Number > 0; tries++ {
		had := a
		if reason == Removed {
			// A removed user must not come back with a signed place.
			if _, err := q.ledger.spend(ctx, season, had.state); err != nil {
				return Status{}, store.Fault(err)
			}
		}
		a, err = s.leave.Do(ctx, question{user: user, args: []any{had.state.Number, string(reason)}})
		if err != nil {
			return Status{}, store.Fault(err)
		}
		if a.counts.Epoch == had.counts.Epoch {
			continue
		}
		if err := q.ledger.giveUp(ctx, season, []userState{had.state}); err != nil {
			return Status{}, store.Fault(err)
		}
		if a, err = s.look.Do(ctx, question{user: user}); err != nil {
			return Status{}, store.Fault(err)
		}
		if a.state.Number != had.state.Number {
			break // the user has joined again
		}
	}
	return s.answered(a)
}
