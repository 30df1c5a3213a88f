package queue

import (
	"context"

	"usher/internal/fault"
	"usher/internal/store"
)

// Enter turns a turn into an active place. Errors: conflict when there is no
// turn; entering while active changes nothing and is no error.
func (q *Queue) Enter(ctx context.Context, season, user string) (Status, error) {
	s := q.season(season)
	a, err := s.touch.do(ctx, asking{user: user})
	if err != nil {
		return Status{}, store.Fault(err)
	}
	if a.record.State == Turn {
		if a, err = s.enterTurn(ctx, a.record); err != nil {
			return Status{}, store.Fault(err)
		}
	}
	status, err := s.answered(a)
	if err == nil && status.State != Active {
		return Status{}, fault.New(fault.Conflict, "there is no turn to take")
	}
	return status, err
}

// enterTurn notes in the ledger that the place is spent, then enters. The note
// comes first: a place whose note was lost could be used twice.
func (s *season) enterTurn(ctx context.Context, r record) (answer, error) {
	mine, err := s.q.ledger.spend(ctx, s.id, r)
	if err != nil {
		return answer{}, err
	}
	if !mine {
		// The number was admitted by another turn, in a life of Redis that is
		// over: it must not be admitted again.
		return s.leave.do(ctx, asking{user: r.User, args: []any{r.Number, ""}})
	}
	return s.enter.do(ctx, asking{user: r.User, args: []any{r.Turn}})
}
