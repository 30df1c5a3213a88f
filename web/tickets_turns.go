package web

import (
	"context"
	"errors"
	"sync"
	"time"

	"usher/internal/fault"
)

// turns shares out work that is expensive enough to be noticed by others: each
// user has one piece of it under way, and the node so many at once. Who waits is
// served in order, so a user who asks for much delays another by one piece.
type turns struct {
	what     string        // for people: what is shared out
	room     chan struct{} // has a token for each piece under way
	most     int           // requests of one user, waiting ones included
	patience time.Duration // the longest one waits for a turn

	mu    sync.Mutex
	users map[string]*userTurn
}

// userTurn is one user's. It exists while the user has a request.
type userTurn struct {
	token    chan struct{} // has a token while a request has the turn
	requests int           // with the turn or waiting for it; guarded by turns.mu
}

func newTurns(what string, room, most int, patience time.Duration) *turns {
	return &turns{what: what, room: make(chan struct{}, room), most: most, patience: patience, users: map[string]*userTurn{}}
}

// take waits for a user's turn. The caller has it until release. Errors:
// rate_limited when the user waits for too much already, unavailable after
// the patience, and ctx's own.
func (t *turns) take(ctx context.Context, user string) (release func(), err error) {
	mine, err := t.join(user)
	if err != nil {
		return nil, err
	}
	if err := t.wait(ctx, mine.token); err != nil {
		t.leave(user, mine)
		return nil, err
	}
	return func() {
		<-mine.token
		t.leave(user, mine)
	}, nil
}

// work does one piece of work in the node's room. The caller has its turn.
func (t *turns) work(ctx context.Context, do func() error) error {
	if err := t.wait(ctx, t.room); err != nil {
		return err
	}
	defer func() { <-t.room }()
	return do()
}

func (t *turns) wait(ctx context.Context, token chan struct{}) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, t.patience)
	defer cancel()
	select {
	case token <- struct{}{}:
		return nil
	case <-waiting.Done():
		if err := ctx.Err(); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return fault.New(fault.Unavailable, "there are many %s to be made at the moment; try again", t.what)
	}
}

func (t *turns) join(user string) (*userTurn, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	mine := t.users[user]
	if mine == nil {
		mine = &userTurn{token: make(chan struct{}, 1)}
		t.users[user] = mine
	}
	if mine.requests == t.most {
		return nil, fault.New(fault.RateLimited, "%d %s of yours are being made already; wait for them", t.most, t.what)
	}
	mine.requests++
	return mine, nil
}

func (t *turns) leave(user string, mine *userTurn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if mine.requests--; mine.requests == 0 {
		delete(t.users, user)
	}
}
