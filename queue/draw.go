package queue

import (
	"context"
	"sync"
	"time"

	"usher/internal/draw"
	"usher/internal/fault"
	"usher/internal/store"
)

// Draw is what may be known of a season's draw.
type Draw struct {
	Commitment  string    // hex, to the seed
	CommittedAt time.Time // when it was published
	Held        *HeldDraw // nil until it was held
}

// HeldDraw is the rest, once the draw was held.
type HeldDraw struct {
	Seed       []byte
	Source     string // of the beacon
	Round      uint64
	Value      []byte // of that round; empty: drawn without a beacon
	Note       string // why without
	Gathered   string // hash of the ids of those who had gathered
	FrozenAt   time.Time
	RevealedAt time.Time
	Marks      []draw.Mark // in order; not to be changed

	key  []byte
	last int64 // as in drawFreeze
	from int64 // its Opening
	in   int64 // its Epoch
}

// MarkOf returns a user's mark, and rank; rank 0 is somebody who had not
// gathered.
func (h *HeldDraw) MarkOf(user string) (draw.Mark, int) {
	mark := draw.MarkOf(h.key, user)
	return mark, draw.Rank(h.Marks, mark)
}

// States of a line's draw, as freeze in line.lua has them.
const (
	drawNone   = 0
	drawFuture = 1
	drawFrozen = 2
	drawOver   = 3
)

// drawMemory is what this node remembers of a draw.
type drawMemory struct {
	mu      sync.Mutex
	promise *drawPromise // for good
	held    *HeldDraw    // for good
	asked   time.Time    // when the ledger was last asked for what is missing
}

// learn takes in a promise that this node has just made or seen.
func (m *drawMemory) learn(p *drawPromise) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p != nil {
		m.promise = p
	}
}

// drawAge is how long a node takes for granted that nothing of a draw is new.
const drawAge = time.Second

// Draw returns what may be known of a season's draw; nil when none is promised.
// It may lag by a second.
func (q *Queue) Draw(ctx context.Context, season string) (*Draw, error) {
	s := q.season(season)
	m := &s.draws
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held == nil && q.o.Now().Sub(m.asked) >= drawAge {
		err := s.recallDrawLocked(ctx)
		m.asked = q.o.Now() // a ledger that does not answer is not asked by each caller in turn
		if err != nil {
			return nil, store.Fault(err)
		}
	}
	if m.promise == nil {
		return nil, nil
	}
	return &Draw{Commitment: m.promise.Commitment, CommittedAt: m.promise.At, Held: m.held}, nil
}

// recallDrawLocked reads what the ledger has of the draw and this node has not.
func (s *season) recallDrawLocked(ctx context.Context) (err error) {
	m := &s.draws
	if m.promise == nil {
		if m.promise, err = s.q.ledger.promise(ctx, s.id); err != nil || m.promise == nil {
			return err
		}
	}
	if m.held != nil {
		return nil
	}
	f, err := s.q.ledger.frozen(ctx, s.id)
	if err != nil || f == nil {
		return err
	}
	r, err := s.q.ledger.revealed(ctx, s.id)
	if err != nil || r == nil {
		return err
	}
	m.held, _, err = s.workOut(ctx, m.promise, f, r)
	return err
}

// workOut orders those who had gathered.
func (s *season) workOut(ctx context.Context, p *drawPromise, f *drawFreeze, r *drawReveal) (*HeldDraw, []string, error) {
	users, err := s.q.ledger.gathered(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	h := &HeldDraw{
		Seed: p.Seed, Source: f.Source, Round: uint64(f.Round), Value: r.Value, Note: r.Note,
		Gathered: f.Gathered, FrozenAt: f.At, RevealedAt: r.At,
		key: draw.Key(p.Seed, r.Value), last: f.Last, from: f.Opening, in: f.Epoch,
	}
	users, h.Marks = draw.Order(h.key, users)
	return h, users, nil
}

// promiseDraw commits a season that opens in the future to a seed, before the
// line hears of the opening. There is one draw a season, whatever becomes of the
// opening afterwards; and none for a line in which somebody waits already by
// order of arrival.
func (s *season) promiseDraw(ctx context.Context, settings Settings) (bool, error) {
	if settings.OpensAt.IsZero() {
		return false, nil
	}
	p, err := s.q.ledger.promise(ctx, s.id)
	if err != nil || p != nil {
		s.draws.learn(p)
		return p != nil, err
	}
	a, err := s.look.do(ctx, asking{})
	if err != nil || a.counts.Waiting > 0 || a.counts.Now >= settings.OpensAt.UnixMicro() {
		return false, err
	}
	p, err = s.q.ledger.promiseDraw(ctx, s.id)
	if err != nil {
		return false, err
	}
	s.draws.learn(p)
	return true, nil
}

// drawAtOpening is open.lua's arguments on the season's draw.
func (s *season) drawAtOpening(ctx context.Context, epoch int64, settings Settings) ([]any, error) {
	l := s.q.ledger
	p, err := l.promise(ctx, s.id)
	if err == nil && p == nil && epoch == 1 && settings.OpensAt.After(s.q.o.Now()) {
		p, err = l.promiseDraw(ctx, s.id)
	}
	if err != nil || p == nil {
		return []any{drawNone, 0, 0, 0}, err
	}
	f, err := l.frozen(ctx, s.id)
	if err != nil || f == nil {
		return []any{drawFuture, 0, 0, 0}, err
	}
	// The order is decided: fans bring back what they drew.
	if _, err := s.reveal(ctx, f); err != nil {
		return nil, err
	}
	return []any{drawOver, f.Epoch, f.Last, f.Opening + f.Count}, nil
}

// drawnPlace is what a place from before the draw has become by it, for a line
// of a later epoch: nothing for somebody who had not gathered, or whose number
// is spent.
func (s *season) drawnPlace(ctx context.Context, before record, epoch int64) (record, error) {
	m := &s.draws
	m.mu.Lock()
	err := s.recallDrawLocked(ctx)
	h := m.held
	m.mu.Unlock()
	if err != nil {
		return record{}, err
	}
	if h == nil {
		return record{}, fault.New(fault.Unavailable, "the order is being drawn; try again")
	}
	_, rank := h.MarkOf(before.User)
	if rank == 0 || h.in >= epoch {
		return record{}, nil
	}
	drawn := record{User: before.User, Number: h.last + int64(rank), Joined: h.from + int64(rank), Origin: h.in}
	spent, err := s.q.ledger.spent(ctx, s.id, drawn)
	if err != nil || spent {
		return record{}, err
	}
	return drawn, nil
}

// bringDrawn joins those by what they drew whose places join.lua found to be
// from before the draw.
func (s *season) bringDrawn(ctx context.Context, epoch int64, brought []record, verdicts []any) error {
	var args []any
	for i, r := range brought {
		if text(at(verdicts, i)) != "drawn" {
			continue
		}
		drawn, err := s.drawnPlace(ctx, r, epoch)
		if err != nil {
			return err
		}
		args = append(args, r.User, drawn.bring())
	}
	if len(args) == 0 {
		return nil
	}
	_, err := s.call(ctx, joinScript, args...)
	return err
}
