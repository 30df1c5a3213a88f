package web

import (
	"context"
	"errors"
	"sync"
	"time"

	"usher/internal/fault"
)

// workQueue shares expensive work fairly: each user has one piece of work in
// progress, and the node a few. Waiting users are served in order, so a user with
// many requests delays another user by one piece only.
type workQueue struct {
	what     string        // the plural of what is made, for error texts
	room     chan struct{} // has a token for each piece in progress
	most     int           // the most requests of one user, including waiting ones
	patience time.Duration // the longest wait for a slot

	mu    sync.Mutex
	users map[string]*userSlot
}

// userSlot is one user's slot. It exists while the user has a request.
type userSlot struct {
	token    chan struct{} // has a token while a request has the slot
	requests int           // with the slot or waiting for it; guarded by workQueue.mu
}

func newWorkQueue(what string, room, most int, patience time.Duration) *workQueue {
	return &workQueue{what: what, room: make(chan struct{}, room), most: most, patience: patience, users: map[string]*userSlot{}}
}

// acquire waits for the user's slot, which the caller has until release. Errors:
// rate_limited when the user has too many requests already, unavailable after the
// patience, and ctx's own.
func (t *workQueue) acquire(ctx context.Context, user string) (release func(), err error) {
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

// do runs one piece of work when the node has a slot for it. The caller has the
// user's slot.
func (t *workQueue) do(ctx context.Context, work func() error) error {
	if err := t.wait(ctx, t.room); err != nil {
		return err
	}
	defer func() { <-t.room }()
	return work()
}

func (t *workQueue) wait(ctx context.Context, token chan struct{}) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case token <- struct{}{}: // there is room: no timer is needed
		return nil
	default:
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
		return fault.New(fault.Unavailable, "too many %s are being made; try again", t.what)
	}
}

func (t *workQueue) join(user string) (*userSlot, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	mine := t.users[user]
	if mine == nil {
		mine = &userSlot{token: make(chan struct{}, 1)}
		t.users[user] = mine
	}
	if mine.requests == t.most {
		return nil, fault.New(fault.RateLimited, "%d %s of yours are already being made; wait for them", t.most, t.what)
	}
	mine.requests++
	return mine, nil
}

func (t *workQueue) leave(user string, mine *userSlot) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if mine.requests--; mine.requests == 0 {
		delete(t.users, user)
	}
}
