package queue

import (
	"context"

	"usher/internal/store"
)

// Leave gives up the place in line, the turn or the active place, and admits the
// next in the same script.
func (q *Queue) Leave(ctx context.Context, season, user string) (Status, error) {
	return q.giveUp(ctx, season, user, "")
}

// Removed is Leave by an admin: the user hears lapsed, put_out.
func (q *Queue) Remove(ctx context.Context, season, user string) (Status, error) {
	return q.giveUp(ctx, season, user, Removed)
}

// giveUp reads which number the user has now, then gives up that number: a
// repetition, however late, does not touch a place joined for anew.
func (q *Queue) giveUp(ctx context.Context, season, user string, reason Reason) (Status, error) {
	s := q.season(season)
	a, err := s.look.Do(ctx, question{user: user})
	if err != nil {
		return Status{}, store.Fault(err)
	}
	s.leaves(user)
	// A draw may give the user another number in between, and somebody else may
	// bring back the one of a line that was lost in between.
	for tries := 0; tries < 3 && a.state.Number > 0; tries++ {
		had := a
		if reason == Removed {
			// Whoever was put out must not come back by a signed place.
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
			break // joined anew
		}
	}
	return s.answered(a)
}
