package queue

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Beacon is a public source of numbers that nobody can know ahead of time.
type Beacon interface {
	// Source names it in what is published.
	Source() string
	// Latest is the newest round there is.
	Latest(ctx context.Context) (uint64, error)
	// Value is what a round gave; an error while it has not.
	Value(ctx context.Context, round uint64) ([]byte, error)
}

const (
	drawingLock  = 5 * time.Second        // a node that dies at a draw is followed by another after so long
	drawPortions = 500                    // fans one script run gives what they drew
	gatherPage   = 5000                   // users read of the line at once
	beaconWait   = 5 * time.Second        // for the value of a round
	beaconPause  = 250 * time.Millisecond // between two questions
	roundWait    = 2 * time.Second        // for the number of the newest round
)

// Why a draw was held without a beacon.
const (
	noBeacon    = "none is configured"
	noRound     = "it did not answer at the freeze"
	noValueSoon = "its round did not come in time"
	otherBeacon = "the node that held the draw had another"
)

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

// holdDraw holds the draw unless another node is at it.
func (s *season) holdDraw(ctx context.Context) error {
	client := s.q.o.Redis
	free, err := client.SetNX(ctx, drawingKey(s.id), s.q.o.Node, drawingLock).Result()
	if err != nil || !free {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flightTime)
		defer cancel()
		_ = deleteIfStill.Run(ctx, client, []string{drawingKey(s.id)}, s.q.o.Node).Err()
	}()
	return s.holdDrawNow(ctx)
}

// holdDrawNow takes the draw from where it stands to its end. Any number of
// nodes may do so at once, and any of them may stop anywhere.
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
	f, err := s.q.ledger.frozen(ctx, s.id)
	if err == nil && f == nil {
		f, err = s.recordGathered(ctx, state)
	}
	if err != nil || f == nil {
		return err
	}
	r, err := s.reveal(ctx, f)
	if err != nil {
		return err
	}
	if f.Epoch != state.epoch || f.Last != state.last {
		// What was recorded is of data that Redis has lost since.
		return s.outlive(ctx, state.epoch)
	}
	p, err := s.q.ledger.promise(ctx, s.id)
	if err != nil || p == nil {
		return err
	}
	h, users, err := s.workOut(ctx, p, f, r)
	if err != nil {
		return err
	}
	s.draws.mu.Lock()
	s.draws.promise, s.draws.held = p, h
	s.draws.mu.Unlock()
	return s.writeDrawn(ctx, f, users, state.written)
}

// drawState is where the line stands.
type drawState struct {
	epoch              int64
	draw               int64
	last, opening, cut int64
	written            int64
	enough             bool
}

func stateOf(r *reply) drawState {
	return drawState{
		epoch: r.counts.Epoch, draw: whole(at(r.extra, 0)), last: whole(at(r.extra, 1)), opening: whole(at(r.extra, 2)),
		written: whole(at(r.extra, 3)), enough: text(at(r.extra, 4)) == "1", cut: whole(at(r.extra, 5)),
	}
}

func (s *season) drawState(ctx context.Context) (drawState, error) {
	r, err := s.call(ctx, drawScript, "", 0, 0, 0)
	if err != nil {
		return drawState{}, err
	}
	return stateOf(r), nil
}

// recordGathered notes in the ledger who had gathered, and which round of the
// beacon will count: one that does not exist yet. It returns nil when the line
// was lost while it was read.
func (s *season) recordGathered(ctx context.Context, state drawState) (*drawFreeze, error) {
	users, err := s.readGathered(ctx, state.cut)
	if err != nil {
		return nil, err
	}
	f := drawFreeze{Season: s.id, Epoch: state.epoch, Last: state.last, Opening: state.opening}
	if beacon := s.q.o.Beacon; beacon != nil {
		f.Source = beacon.Source()
		asking, cancel := context.WithTimeout(ctx, roundWait)
		newest, err := beacon.Latest(asking)
		cancel()
		if err == nil {
			f.Round = int64(newest) + 1
		} else {
			s.q.log.Warn("the beacon does not answer; the draw is held without", "season", s.id, "error", err)
		}
	}
	// Nobody can join the frozen, and who leaves has given up: what was read in
	// portions is right as long as Redis still has it.
	still, err := s.drawState(ctx)
	if err != nil || still.epoch != state.epoch || still.draw != drawFrozen {
		return nil, err
	}
	return s.q.ledger.freeze(ctx, f, users)
}

// readGathered reads who of the line had joined by the freeze.
func (s *season) readGathered(ctx context.Context, cut int64) ([]string, error) {
	var users []string
	seen, from := map[string]bool{}, "-inf"
	for {
		page, err := s.q.o.Redis.ZRangeByScoreWithScores(ctx, s.keys[3],
			&redis.ZRangeBy{Min: from, Max: strconv.FormatInt(cut, 10), Count: gatherPage}).Result()
		if err != nil {
			return nil, err
		}
		for _, z := range page {
			if user := z.Member.(string); !seen[user] {
				seen[user] = true
				users = append(users, user)
			}
		}
		if len(page) < gatherPage {
			return users, nil
		}
		from = strconv.FormatInt(int64(page[len(page)-1].Score), 10)
	}
}

// reveal ends the secrecy of the seed: with the beacon's round when it comes in
// time, else without.
func (s *season) reveal(ctx context.Context, f *drawFreeze) (*drawReveal, error) {
	r, err := s.q.ledger.revealed(ctx, s.id)
	if err != nil || r != nil {
		return r, err
	}
	value, note := s.awaitRound(ctx, f)
	if ctx.Err() != nil {
		return nil, ctx.Err() // a node that stops decides nothing in a hurry
	}
	return s.q.ledger.reveal(ctx, s.id, value, note)
}

// awaitRound waits for the value of the round that was chosen at the freeze.
func (s *season) awaitRound(ctx context.Context, f *drawFreeze) (value []byte, note string) {
	beacon := s.q.o.Beacon
	switch {
	case f.Source == "":
		return nil, noBeacon
	case f.Round == 0:
		return nil, noRound
	case beacon == nil || beacon.Source() != f.Source:
		return nil, otherBeacon
	}
	waiting, cancel := context.WithTimeout(ctx, beaconWait)
	defer cancel()
	for waiting.Err() == nil {
		if value, err := beacon.Value(waiting, uint64(f.Round)); err == nil && len(value) > 0 {
			return value, ""
		}
		pause(waiting, beaconPause)
	}
	return nil, noValueSoon
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
		if state.draw != drawFrozen || state.epoch != f.Epoch || state.last != f.Last {
			if state.draw == drawOver {
				s.q.log.Info("the order is drawn", "season", s.id, "gathered", len(users))
			}
			return nil
		}
		if state.written <= from {
			return nil // the ledger must allow more numbers first
		}
		from = state.written
	}
}

// outlive ends an epoch in which the draw cannot be held, because it was held on
// data that is lost: in the next one fans bring back what they drew.
func (s *season) outlive(ctx context.Context, epoch int64) error {
	s.q.log.Warn("the draw was held before Redis lost the line; it is made anew from the places fans hold", "season", s.id, "epoch", epoch)
	if err := deleteIfStill.Run(ctx, s.q.o.Redis, s.keys[:1], epoch).Err(); err != nil {
		return err
	}
	return s.open(ctx)
}
