package queue

import (
	"context"
	"fmt"
	"time"

	"usher/internal/draw"
	"usher/internal/store"
)

// Draw is the public part of one of a season's draws, from the commitment on.
type Draw struct {
	Number      int    // from 1; the number of the phase whose opening is drawn, unless the phases were changed
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

	key    []byte
	before int64 // drawFreeze.From
	last   int64 // drawFreeze.Last
	from   int64 // drawFreeze.Opening
	in     int64 // drawFreeze.Epoch
}

// MarkOf returns a user's mark and rank. Rank 0: the user had not gathered.
func (h *HeldDraw) MarkOf(user string) (draw.Mark, int) {
	mark := draw.MarkOf(h.key, user)
	return mark, draw.Rank(h.Marks, mark)
}

// drawAge is how long a node does not read the ledger again for a missing
// document.
const drawAge = time.Second

// Draws returns the public parts of a season's draws, by number; none when the season
// is not committed to one. The answer may be a second old.
func (q *Queue) Draws(ctx context.Context, season string) ([]Draw, error) {
	s := q.season(season)
	m := &s.draws
	m.mu.Lock()
	defer m.mu.Unlock()
	if q.o.Now().Sub(m.asked) >= drawAge {
		err := s.recallLocked(ctx)
		m.asked = q.o.Now() // also after an error, so that callers do not queue up behind a ledger that does not answer
		if err != nil {
			return nil, store.Fault(err)
		}
	}
	var shown []Draw
	for _, d := range m.known {
		if d.commitment != nil {
			shown = append(shown, d.public())
		}
	}
	return shown, nil
}

// public returns the public part of a draw that has a commitment.
func (d drawDocuments) public() Draw {
	p := d.commitment
	shown := Draw{
		Number: int(d.nth), Commitment: p.Commitment, CommittedAt: p.At, Phases: p.Phases, Beacon: p.Source,
		Held: d.frozen != nil && d.reveal != nil,
	}
	if f := d.frozen; f != nil {
		shown.Frozen = &FrozenDraw{Gathered: f.Gathered, Count: int(f.Count), At: f.At, Schedule: f.schedule(), Round: uint64(f.Round)}
	}
	return shown
}

// HeldDraw returns a draw of a season by its number, 0 for the first that the season is
// committed to; nil while it has not been held.
func (q *Queue) HeldDraw(ctx context.Context, season string, number int) (*HeldDraw, error) {
	draws, err := q.Draws(ctx, season)
	if err != nil {
		return nil, err
	}
	for _, d := range draws {
		if d.Number != number && number != 0 {
			continue
		}
		if !d.Held {
			return nil, nil
		}
		h, _, err := q.season(season).workOut(ctx, int64(d.Number))
		return h, store.Fault(err)
	}
	return nil, nil
}

// workTime is how long computing an order may take.
const workTime = 30 * time.Second

// workOut computes the order of the users who gathered, once on each node.
// Concurrent callers wait for the result, and a caller that goes away does not
// stop it. Only the call that computed returns the users.
func (s *season) workOut(ctx context.Context, nth int64) (*HeldDraw, []string, error) {
	m := &s.draws
	m.work.Lock()
	defer m.work.Unlock()
	if h := m.held[nth]; h != nil {
		return h, nil, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), workTime)
	defer cancel()
	h, users, err := s.order(ctx, nth)
	if err == nil {
		m.held[nth] = h
	}
	return h, users, err
}

// order computes the order from the documents in the ledger.
func (s *season) order(ctx context.Context, nth int64) (*HeldDraw, []string, error) {
	d, err := s.recallOne(ctx, nth)
	if err != nil {
		return nil, nil, err
	}
	if d.commitment == nil || d.frozen == nil || d.reveal == nil {
		return nil, nil, fmt.Errorf("queue: draw %d of season %s has not been held yet", nth, s.id)
	}
	p, f, r := d.commitment, d.frozen, d.reveal
	users, err := s.q.ledger.gathered(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	h := &HeldDraw{
		Draw: d.public(), Seed: p.Seed, Value: r.Value, Note: r.Note, RevealedAt: r.At,
		key: draw.Key(p.Seed, r.Value), before: f.From, last: f.Last, from: f.Opening, in: f.Epoch,
	}
	users, h.Marks = draw.Order(h.key, users)
	return h, users, nil
}
