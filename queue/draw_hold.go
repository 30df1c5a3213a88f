package queue

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	drawingLock  = 5 * time.Second // after so long another node goes on with the draw of a node that died
	drawingPass  = 5 * time.Minute // how long a node may hold a draw before it takes the lock again
	drawPortions = 150             // users who get their places in one run of the script
	gatherPage   = 2000            // users in line that are read at once
)

// extendIfStill extends a lock that still has the caller's value (ms). It may run
// twice: the second run does the same.
var extendIfStill = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`)

// drawLoop holds the season's draw when the line is frozen for it. It runs apart
// from the tick, because the heartbeat must not wait for a beacon.
func (s *season) drawLoop(ctx context.Context) {
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.drawDue:
		}
		// After an error any node tries again at its next tick.
		err := s.holdDraw(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			s.q.log.Warn("holding the draw failed: any node tries again", "season", s.id, "error", err)
		}
		failing = err != nil
	}
}

// holdDraw takes the draw as far as possible now, unless another node does.
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
			// If the lock is lost, two nodes do the same work, and the result is the same.
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

// errNoCommitment: the ledger has lost the commitment, so no node can hold the
// draw and the line stays closed.
var errNoCommitment = errors.New("queue: the line is frozen for a draw, but the ledger has no commitment to it")

// holdDrawNow continues the draw from its present state as far as possible. Any
// number of nodes may do this at once, and each may stop at any point.
func (s *season) holdDrawNow(ctx context.Context) error {
	state, err := s.drawState(ctx)
	if err == nil && state.draw == drawGathering && state.nth > 1 {
		g := drawGather{Season: s.id, Nth: state.nth, From: state.from, Joined: state.joined}
		if _, err = s.q.ledger.gather(ctx, g); err == nil {
			s.gatherKept.Store(state.nth)
		}
	}
	if err != nil || state.draw != drawFrozen {
		return err
	}
	if !state.enough { // the ledger must allow every number drawn before the users are recorded
		if err := s.raiseCeiling(ctx); err != nil {
			return err
		}
		if state, err = s.drawState(ctx); err != nil || !state.enough {
			return err
		}
	}
	d, err := s.recallOne(ctx, state.nth)
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
		return err // the round is not published yet; a later tick goes on
	}
	if f.Epoch != state.epoch || f.Last != state.last {
		// The recorded users are of a line that Redis has lost since.
		return s.abandonEpoch(ctx, state.epoch)
	}
	_, users, err := s.workOut(ctx, state.nth)
	if err == nil && users == nil && f.Count > 0 {
		_, users, err = s.order(ctx, state.nth)
	}
	if err != nil {
		return err
	}
	return s.writeDrawn(ctx, f, users, state.written)
}

// drawState is the state of the draw in Redis, as draw.lua returns it.
type drawState struct {
	epoch              int64
	draw               int64
	last, opening, cut int64
	written            int64
	enough             bool
	strangers          bool // a user who did not draw stands between those who waited before and those who did
	nth                int64
	from, joined       int64 // the last number and the latest time of joining in front of the users who gather
}

func stateOf(r *reply) drawState {
	d := drawState{epoch: r.counts.Epoch}
	scan(r.extra, &d.draw, &d.last, &d.opening, &d.written, &d.enough, &d.cut, &d.strangers, &d.nth, &d.from, &d.joined)
	if d.draw != drawNone {
		d.nth = max(1, d.nth)
	}
	return d
}

func (s *season) drawState(ctx context.Context) (drawState, error) {
	r, err := s.call(ctx, drawScript, "", 0, 0, 0)
	if err != nil {
		return drawState{}, err
	}
	return stateOf(r), nil
}

// writeDrawn gives the users the places they drew. The script counts the users
// written, so nodes that write at once share the work.
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
				s.q.log.Info("the order is drawn: the line opens", "season", s.id, "draw", state.nth, "gathered", len(users))
			}
			return nil
		case state.written <= from:
			return nil // the ledger must allow more numbers first
		}
		from = state.written
	}
}

// abandonEpoch ends an epoch in which the draw cannot be held, because it was
// held on data that is lost. In the next epoch users bring back the places they
// drew.
func (s *season) abandonEpoch(ctx context.Context, epoch int64) error {
	s.q.log.Warn("Redis lost the line after the draw was held: opening a new epoch", "season", s.id, "epoch", epoch)
	if err := deleteIfStill.Run(ctx, s.q.o.Redis, s.keys[keyEpoch:keyEpoch+1], epoch).Err(); err != nil {
		return err
	}
	return s.open(ctx)
}
