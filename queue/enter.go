package queue

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"usher/internal/fault"
	"usher/internal/store"
)

// Enter makes a user with a turn active. Error: conflict when the user has no
// turn. Entering while active changes nothing and is no error.
func (q *Queue) Enter(ctx context.Context, season, user string) (Status, error) {
	s := q.season(season)
	a, err := s.touch.Do(ctx, question{user: user})
	if err != nil {
		return Status{}, store.Fault(err)
	}
	if a.state.State == Turn {
		if a, err = s.enterTurn(ctx, a.counts.Epoch, a.state); err != nil {
			return Status{}, store.Fault(err)
		}
	}
	status, err := s.answered(a)
	if err == nil && status.State != Active {
		return Status{}, fault.New(fault.Conflict, "there is no turn to take")
	}
	return status, err
}

// enterTurn records in the ledger that the number is spent, then enters the turn,
// which began in the given epoch. The record comes first, because a place without
// a record could be used twice. admissions.go says how the record is voided.
func (s *season) enterTurn(ctx context.Context, epoch int64, r userState) (answer, error) {
	note, err := s.q.ledger.spend(ctx, s.id, r)
	if err != nil {
		return answer{}, err
	}
	if note.id == "" {
		// The number was spent on another turn, in an earlier epoch, and must not
		// be admitted again.
		return s.leave.Do(ctx, question{user: r.User, args: []any{r.Number, ""}})
	}
	enter := question{user: r.User, args: []any{r.Turn}}
	a, err := s.enter.Do(ctx, enter)
	var refused notRun
	switch {
	case errors.As(err, &refused), err == nil && a.counts.Epoch != epoch && !a.ranBefore:
		return s.enterInVain(ctx, note, r, a, err)
	case err == nil || ctx.Err() != nil:
		return a, err
	}
	// Whether the script ran is unknown. A retry is safe, and its result proves
	// nothing about the first call.
	return s.enter.Do(ctx, enter)
}

// enterInVain voids the record of a turn that Redis lost before the turn was
// entered, and joins the user with the same place.
func (s *season) enterInVain(ctx context.Context, note spending, r userState, a answer, err error) (answer, error) {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), runTimeout)
	defer cancel()
	free, voidErr := s.q.ledger.void(last, note)
	if voidErr != nil {
		s.q.log.Warn("voiding the admission of a lost turn failed: its number stays spent", "season", s.id, "error", voidErr)
	}
	if err != nil || !free {
		return a, err
	}
	return s.joinLine(ctx, r.User, r, true) // the user had joined before
}

// once sends each command a single time. The retries of the Redis client would
// hide that the first attempt ran.
type once struct{ redis.UniversalClient }

func (c once) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	return c.send(ctx, "evalsha", sha, keys, args)
}

func (c once) Eval(ctx context.Context, source string, keys []string, args ...any) *redis.Cmd {
	return c.send(ctx, "eval", source, keys, args)
}

func (c once) send(ctx context.Context, name, script string, keys []string, args []any) *redis.Cmd {
	words := make([]any, 0, 3+len(keys)+len(args))
	words = append(words, name, script, len(keys))
	for _, key := range keys {
		words = append(words, key)
	}
	cmd := redis.NewCmd(ctx, append(words, args...)...)
	cmd.SetFirstKeyPos(3)
	_ = c.Process(ctx, sentOnce{cmd}) // the error is in cmd
	return cmd
}

type sentOnce struct{ *redis.Cmd }

func (sentOnce) NoRetry() bool { return true }
