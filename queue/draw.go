package queue

import (
	"context"
	"fmt"
	"sync"
	"time"

	"usher/internal/draw"
	"usher/internal/store"
)

// Draw is the public part of a season's draw, from the commitment on.
type Draw struct {
	Commitment  string // to the seed, hex
	CommittedAt time.Time
	Phases      []draw.Phase // at the commitment; read-only
	Beacon      string       // the source whose value is mixed in; "": none
	Frozen      *FrozenDraw  // nil until the users who gathered are recorded
	Held        bool         // the seed is revealed
}

// FrozenDraw is what is fixed before the order can be known.
type FrozenDraw struct {
	Gathered string    // hash of the ids of the users who gathered
	Count    int       // of these users
	At       time.Time // when they were recorded
	Schedule draw.Schedule
	Round    uint64 // of the beacon, whose value is mixed in; 0: drawn without a beacon
}

// Due is when the beacon publishes the value of the round; zero without a round.
func (f *FrozenDraw) Due() time.Time {
	if f.Round == 0 {
		return time.Time{}
	}
	return f.Schedule.Due(f.Round)
}

// HeldDraw is a draw that was held, with everything that is needed to check it.
type HeldDraw struct {
	Draw
	Seed       []byte
	Value      []byte // of the beacon's round; empty: drawn without a beacon
	Note       string // why without a beacon
	RevealedAt time.Time
	Marks      []draw.Mark // in order; read-only

	key  []byte
	last int64 // drawFreeze.Last
	from int64 // drawFreeze.Opening
	in   int64 // drawFreeze.Epoch
}

// MarkOf returns a user's mark and rank. Rank 0: the user had not gathered.
func (h *HeldDraw) MarkOf(user string) (draw.Mark, int) {
	mark := draw.MarkOf(h.key, user)
	return mark, draw.Rank(h.Marks, mark)
}

// drawMemory caches the documents of a draw. Each document is inserted once and
// never changes.
type drawMemory struct {
	mu         sync.Mutex
	commitment *drawCommitment
	frozen     *drawFreeze
	reveal     *drawReveal
	asked      time.Time // when the ledger was last read for the missing documents

	work sync.Mutex // held while the marks are computed: one or two seconds for a million users
	held *HeldDraw  // guarded by work
}

// drawAge is how long a node does not read the ledger again for a missing
// document.
const drawAge = time.Second

// Draw returns the public part of a season's draw; nil when the season is not
// committed to one. The answer may be a second old.
func (q *Queue) Draw(ctx context.Context, season string) (*Draw, error) {
	s := q.season(season)
	m := &s.draws
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reveal == nil && q.o.Now().Sub(m.asked) >= drawAge {
		err := s.recallLocked(ctx)
		m.asked = q.o.Now() // also after an error, so that callers do not queue up behind a ledger that does not answer
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
	d := &Draw{Commitment: m.commitment.Commitment, CommittedAt: m.commitment.At, Phases: m.commitment.Phases, Beacon: m.commitment.Source, Held: m.reveal != nil}
	if f := m.frozen; f != nil {
		d.Frozen = &FrozenDraw{Gathered: f.Gathered, Count: int(f.Count), At: f.At, Schedule: f.schedule(), Round: uint64(f.Round)}
	}
	return d
}

// HeldDraw returns a season's draw; nil while it has not been held.
func (q *Queue) HeldDraw(ctx context.Context, season string) (*HeldDraw, error) {
	d, err := q.Draw(ctx, season)
	if err != nil || d == nil || !d.Held {
		return nil, err
	}
	h, _, err := q.season(season).workOut(ctx)
	return h, store.Fault(err)
}

// recall returns the documents of the draw. It reads those from the ledger that
// this node has not cached.
func (s *season) recall(ctx context.Context) (drawDocuments, error) {
	m := &s.draws
	m.mu.Lock()
	defer m.mu.Unlock()
	err := s.recallLocked(ctx)
	return drawDocuments{m.commitment, m.frozen, m.reveal}, err
}

// drawDocuments are the documents of a draw; nil where there is none yet.
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

// workTime is how long computing an order may take.
const workTime = 30 * time.Second

// workOut computes the order of the users who gathered, once on each node.
// Concurrent callers wait for the result, and a caller that goes away does not
// stop it. Only the call that computed returns the users.
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

// order computes the order from the documents in the ledger.
func (s *season) order(ctx context.Context) (*HeldDraw, []string, error) {
	d, err := s.recall(ctx)
	if err != nil {
		return nil, nil, err
	}
	if d.reveal == nil {
		return nil, nil, fmt.Errorf("queue: the draw of season %s has not been held yet", s.id)
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
