package queue

import (
	"context"
	"fmt"
	"sync"
	"time"

	"usher/internal/draw"
	"usher/internal/store"
)

// Draw is what anybody may know of a season's draw, as soon as there is
// something to know.
type Draw struct {
	Commitment  string // hex, to the seed
	CommittedAt time.Time
	Beacon      string      // the source that will be mixed in; "": none
	Frozen      *FrozenDraw // nil until the gathered are recorded
	Held        bool        // the seed is revealed
}

// FrozenDraw is what stands before anybody can know the order.
type FrozenDraw struct {
	Gathered string    // hash of the ids of those who had gathered
	Count    int       // of them
	At       time.Time // when they were recorded
	Schedule draw.Schedule
	Round    uint64 // of the beacon, that counts; 0: drawn without
}

// Due is when the value of the round will be known; zero without one.
func (f *FrozenDraw) Due() time.Time {
	if f.Round == 0 {
		return time.Time{}
	}
	return f.Schedule.Due(f.Round)
}

// HeldDraw is all of a draw that was held.
type HeldDraw struct {
	Draw
	Seed       []byte
	Value      []byte // of the beacon's round; empty: drawn without
	Note       string // why without
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

// drawMemory is what this node remembers of a draw. All of it is decided once.
type drawMemory struct {
	mu         sync.Mutex
	commitment *drawCommitment
	frozen     *drawFreeze
	reveal     *drawReveal
	asked      time.Time // when the ledger was last asked for what is missing

	work sync.Mutex // held while the marks are worked out: a second or two for a million
	held *HeldDraw  // guarded by work
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
	if m.reveal == nil && q.o.Now().Sub(m.asked) >= drawAge {
		err := s.recallLocked(ctx)
		m.asked = q.o.Now() // a ledger that does not answer is not asked by each caller in turn
		if err != nil {
			return nil, store.Fault(err)
		}
	}
	return m.shownLocked(), nil
}

func (m *drawMemory) shownLocked() *Draw {
	if m.commitment == nil {
		return nil
	}
	d := &Draw{Commitment: m.commitment.Commitment, CommittedAt: m.commitment.At, Beacon: m.commitment.Source, Held: m.reveal != nil}
	if f := m.frozen; f != nil {
		d.Frozen = &FrozenDraw{Gathered: f.Gathered, Count: int(f.Count), At: f.At, Schedule: f.schedule(), Round: uint64(f.Round)}
	}
	return d
}

// HeldDraw returns all of a season's draw; nil while it was not held.
func (q *Queue) HeldDraw(ctx context.Context, season string) (*HeldDraw, error) {
	d, err := q.Draw(ctx, season)
	if err != nil || d == nil || !d.Held {
		return nil, err
	}
	h, _, err := q.season(season).workOut(ctx)
	return h, store.Fault(err)
}

// recall reads what the ledger has of the draw and this node has not.
func (s *season) recall(ctx context.Context) (drawDocuments, error) {
	m := &s.draws
	m.mu.Lock()
	defer m.mu.Unlock()
	err := s.recallLocked(ctx)
	return drawDocuments{m.commitment, m.frozen, m.reveal}, err
}

// drawMemo are the documents of a draw that there are.
type drawDocuments struct {
	commitment *drawCommitment
	frozen     *drawFreeze
	reveal     *drawReveal
}

func (s *season) recallLocked(ctx context.Context) (err error) {
	m, l := &s.draws, s.q.ledger
	if m.commitment == nil {
		if m.commitment, err = l.commitment(ctx, s.id); err != nil || m.commitment == nil {
			return err
		}
	}
	if m.frozen == nil {
		if m.frozen, err = l.frozen(ctx, s.id); err != nil || m.frozen == nil {
			return err
		}
	}
	if m.reveal == nil {
		m.reveal, err = l.revealed(ctx, s.id)
	}
	return err
}

// workTime is how long working out an order may take.
const workTime = 30 * time.Second

// workOut orders those who had gathered, once a node for the marks: whoever asks
// meanwhile waits, and none who goes away stops it. The users are returned only
// to the call that worked.
func (s *season) workOut(ctx context.Context) (*HeldDraw, []string, error) {
	m := &s.draws
	m.work.Lock()
	defer m.work.Unlock()
	if m.held != nil {
		return m.held, nil, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), workTime)
	defer cancel()
	h, users, err := s.order(ctx)
	if err == nil {
		m.held = h
	}
	return h, users, err
}

// order works out the order from what the ledger has.
func (s *season) order(ctx context.Context) (*HeldDraw, []string, error) {
	d, err := s.recall(ctx)
	if err != nil {
		return nil, nil, err
	}
	if d.reveal == nil {
		return nil, nil, fmt.Errorf("queue: the draw of %s was not held", s.id)
	}
	p, f, r := d.commitment, d.frozen, d.reveal
	users, err := s.q.ledger.gathered(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	s.draws.mu.Lock()
	shown := s.draws.shownLocked()
	s.draws.mu.Unlock()
	h := &HeldDraw{
		Draw: *shown, Seed: p.Seed, Value: r.Value, Note: r.Note, RevealedAt: r.At,
		key: draw.Key(p.Seed, r.Value), last: f.Last, from: f.Opening, in: f.Epoch,
	}
	users, h.Marks = draw.Order(h.key, users)
	return h, users, nil
}
