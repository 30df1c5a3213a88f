package queue

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"usher/internal/fault"
	"usher/internal/store"
)

// Enter turns a turn into an active place. Errors: conflict when there is no
// turn; entering while active changes nothing and is no error.
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

// enterTurn notes in the ledger that the place is spent, then enters the turn,
// which came in the given epoch. The note comes first: a place whose note was
// lost could be used twice. How it is taken back stands in admissions.go.
func (s *season) enterTurn(ctx context.Context, epoch int64, r userState) (answer, error) {
	note, err := s.q.ledger.spend(ctx, s.id, r)
	if err != nil {
		return answer{}, err
	}
	if note.id == "" {
		// The number was admitted by another turn, in a life of Redis that is
		// over: it must not be admitted again.
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
	// Whether it ran is not known. To repeat it is right, but whatever becomes of
	// that proves nothing of the first.
	return s.enter.Do(ctx, enter)
}

// enterInVain takes back the note of a turn that was lost with Redis before it
// could be entered, and brings back its place.
func (s *season) enterInVain(ctx context.Context, note spending, r userState, a answer, err error) (answer, error) {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), runTimeout)
	defer cancel()
	free, voidErr := s.q.ledger.void(last, note)
	if voidErr != nil {
		s.q.log.Warn("a place stays spent whose turn was lost with Redis", "season", s.id, "error", voidErr)
	}
	if err != nil || !free {
		return a, err
	}
	return s.joinLine(ctx, r.User, r)
}

// once sends each command a single time: where the client's repetition of what
// was not answered would hide that the first has run.
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
	_ = c.Process(ctx, sentOnce{cmd}) // the command keeps its error
	return cmd
}

type sentOnce struct{ *redis.Cmd }

func (sentOnce) NoRetry() bool { return true }
