package queue

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	drawingLock  = 5 * time.Second // a node that dies at a draw is followed by another after so long
	drawingPass  = 5 * time.Minute // the longest one node is at it in one go
	drawPortions = 150             // fans one script run gives what they drew
	gatherPage   = 2000            // users read of the line at once
)

// extendIfStill gives a lock that still has the caller's value more time (ms);
// run again it does the same.
var extendIfStill = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`)

// drawLoop holds the season's draw when the line is frozen for it. It is no part
// of the tick: the heartbeat must not wait for a beacon.
func (s *season) drawLoop(ctx context.Context) {
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.drawDue:
		}
		// What fails is tried again at the next tick, on any node.
		err := s.holdDraw(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			s.q.log.Warn("the draw waits", "season", s.id, "error", err)
		}
		failing = err != nil
	}
}

// holdDraw takes the draw as far as it goes now, unless another node is at it.
func (s *season) holdDraw(ctx context.Context) error {
	client, key := s.q.o.Redis, []string{drawingKey(s.id)}
	free, err := client.SetNX(ctx, key[0], s.q.o.Node, drawingLock).Result()
	if err != nil || !free {
		return err
	}
	pass, cancel := context.WithTimeout(ctx, drawingPass)
	var keeper sync.WaitGroup
	keeper.Go(func() {
		for pause(pass, drawingLock/5); pass.Err() == nil; pause(pass, drawingLock/5) {
			// A lock that is lost all the same costs work done twice, nothing more.
			_ = extendIfStill.Run(pass, client, key, s.q.o.Node, drawingLock.Milliseconds()).Err()
		}
	})
	defer func() {
		cancel()
		keeper.Wait()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), runTimeout)
		defer cancel()
		_ = deleteIfStill.Run(last, client, key, s.q.o.Node).Err()
	}()
	return s.holdDrawNow(pass)
}

// errPromise says that the ledger has lost what Redis knows to have been
// promised: nobody can hold the draw then, and the line stays shut.
var errNoCommitment = errors.New("queue: the line is frozen for a draw that the ledger knows nothing of")

// holdDrawNow takes the draw from where it stands as far as it goes. Any number
// of nodes may do so at once, and any of them may stop anywhere.
func (s *season) holdDrawNow(ctx context.Context) error {
	state, err := s.drawState(ctx)
	if err != nil || state.draw != drawFrozen {
		return err
	}
	if !state.enough { // what is drawn must be within what the ledger allows before it is recorded
		if err := s.raiseCeiling(ctx); err != nil {
			return err
		}
		if state, err = s.drawState(ctx); err != nil || !state.enough {
			return err
		}
	}
	d, err := s.recall(ctx)
	if err != nil {
		return err
	}
	if d.commitment == nil {
		return errNoCommitment
	}
	f := d.frozen
	if f == nil {
		f, err = s.recordGathered(ctx, state, d.commitment)
	}
	if err != nil || f == nil {
		return err
	}
	if r, err := s.reveal(ctx, f); err != nil || r == nil {
		return err // when it is due, at a later tick
	}
	if f.Epoch != state.epoch || f.Last != state.last {
		// What was recorded is of data that Redis has lost since.
		return s.abandonEpoch(ctx, state.epoch)
	}
	_, users, err := s.workOut(ctx)
	if err == nil && users == nil && f.Count > 0 {
		_, users, err = s.order(ctx)
	}
	if err != nil {
		return err
	}
	return s.writeDrawn(ctx, f, users, state.written)
}

// drawState is where the line stands.
type drawState struct {
	epoch              int64
	draw               int64
	last, opening, cut int64
	written            int64
	enough             bool
	strangers          bool // somebody stands before the drawn who is not of them
}

func stateOf(r *reply) drawState {
	d := drawState{epoch: r.counts.Epoch}
	scan(r.extra, &d.draw, &d.last, &d.opening, &d.written, &d.enough, &d.cut, &d.strangers)
	return d
}

func (s *season) drawState(ctx context.Context) (drawState, error) {
	r, err := s.call(ctx, drawScript, "", 0, 0, 0)
	if err != nil {
		return drawState{}, err
	}
	return stateOf(r), nil
}

// writeDrawn gives the fans what they drew. The script counts how far the line
// is, so nodes that write at once share the work.
func (s *season) writeDrawn(ctx context.Context, f *drawFreeze, users []string, from int64) error {
	for {
		n := min(drawPortions, int64(len(users))-from)
		args := []any{f.Epoch, f.Last, from, len(users)}
		for _, user := range users[from : from+n] {
			args = append(args, user)
		}
		r, err := s.call(ctx, drawScript, args...)
		if err != nil {
			return err
		}
		state := stateOf(r)
		switch {
		case state.epoch == f.Epoch && state.strangers:
			return s.abandonEpoch(ctx, state.epoch)
		case state.draw != drawFrozen || state.epoch != f.Epoch || state.last != f.Last:
			if state.draw == drawHeld {
				s.q.log.Info("the order is drawn", "season", s.id, "gathered", len(users))
			}
			return nil
		case state.written <= from:
			return nil // the ledger must allow more numbers first
		}
		from = state.written
	}
}

// outlive ends an epoch in which the draw cannot be held, because it was held on
// data that is lost: in the next one fans bring back what they drew.
func (s *season) abandonEpoch(ctx context.Context, epoch int64) error {
	s.q.log.Warn("the draw was held before Redis lost the line; it is made anew from the places fans hold", "season", s.id, "epoch", epoch)
	if err := deleteIfStill.Run(ctx, s.q.o.Redis, s.keys[keyEpoch:keyEpoch+1], epoch).Err(); err != nil {
		return err
	}
	return s.open(ctx)
}
