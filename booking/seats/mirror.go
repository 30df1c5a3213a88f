package seats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"usher/booking/seatmap"
)

const (
	mirrorTick    = time.Second            // how long a lost message goes unnoticed
	MirrorPause   = 100 * time.Millisecond // between two readings: changes are merged, ten a second
	sweepGap      = 100 * time.Millisecond // between two sweeps of a season, by whatever nodes
	cartsPerSweep = 500
	OpeningTime   = 5 * time.Second // how long a season may be unopened before that is worth a warning
)

// mirror is what a node knows of a season's seats.
type mirror struct {
	season   string
	Snapshot atomic.Pointer[seatmap.Snapshot]
	dirty    chan struct{} // holds one token while there is news to read

	reading chan struct{} // has a token during a reading: one at a time, so that each is compared with the one before

	Acts atomic.Int64 // how many changes this node has made; each counts when its script has returned
	read atomic.Int64 // how many of them the snapshot is sure to contain

	asked time.Time // guarded by reading: when a caller of Snapshot last caused a reading

	Failing time.Time // owned by keepMirror: since when readings fail, zero while they do not
	Warned  bool      // owned by keepMirror: that has been told

	mu    sync.Mutex
	heard int64 // every change of a cart up to this version has been told; -1: nothing has been read yet
}

// MirrorOf returns the mirror of a season that exists.
func (s *Store) MirrorOf(season string) *mirror {
	if known, ok := s.mirrors.Load(season); ok {
		return known.(*mirror)
	}
	fresh := &mirror{season: season, dirty: make(chan struct{}, 1), reading: make(chan struct{}, 1), heard: -1}
	kept, _ := s.mirrors.LoadOrStore(season, fresh)
	return kept.(*mirror)
}

// touch asks for a reading soon.
func (m *mirror) touch() {
	select {
	case m.dirty <- struct{}{}:
	default: // one is asked for already
	}
}

// keepMirror keeps a season's mirror and does this node's share of its sweeps
// until ctx ends.
func (s *Store) keepMirror(ctx context.Context, m *mirror) {
	tick := time.NewTimer(0)
	defer tick.Stop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.dirty:
		case <-tick.C:
			tick.Reset(s.Sweep(ctx, m.season))
		}
		if err := s.ReadMirror(ctx, m); ctx.Err() == nil {
			s.NoteReading(ctx, m, err)
		}
		pause.Reset(MirrorPause)
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
	}
}

// NoteReading warns of readings that fail, once until one succeeds. That a season
// is not opened is no trouble at first: somebody is opening it.
func (s *Store) NoteReading(ctx context.Context, m *mirror, err error) {
	if err == nil {
		m.Failing, m.Warned = time.Time{}, false
		return
	}
	if m.Failing.IsZero() {
		m.Failing = time.Now()
	}
	const what = "the seats cannot be read; the last picture stays"
	switch {
	case errors.Is(err, errClosed) && time.Since(m.Failing) < OpeningTime:
		s.Log.DebugContext(ctx, what, "season", m.season, "error", err)
	case !m.Warned:
		m.Warned = true
		s.Log.WarnContext(ctx, what, "season", m.season, "error", err)
	}
}

// Sweep ends what is over in a season and returns when to come again. A failure
// is told by the reading that follows.
func (s *Store) Sweep(ctx context.Context, season string) time.Duration {
	r, err := s.Run(ctx, s.Scripts.Sweep, season, sweepGap.Milliseconds(), cartsPerSweep)
	if err != nil {
		return mirrorTick
	}
	return min(mirrorTick, time.Duration(max(1, r.Number(2)))*time.Millisecond)
}

// ReadMirror reads a season's seats once and tells what has changed.
func (s *Store) ReadMirror(ctx context.Context, m *mirror) error {
	select {
	case m.reading <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-m.reading }()
	return s.readMirrorLocked(ctx, m)
}

// readMirrorLocked is readMirror for a caller that holds m.reading.
func (s *Store) readMirrorLocked(ctx context.Context, m *mirror) error {
	acts := m.Acts.Load()
	before := m.Snapshot.Load()
	known := int64(-1)
	if before != nil {
		known = before.Version
	}
	m.mu.Lock()
	heard := m.heard
	m.mu.Unlock()

	r, err := s.RunAt(ctx, s.Scripts.picture, m.season, 0, known, heard)
	if err != nil {
		return err
	}
	if r.Word() == "closed" {
		return errNotOpened(m.season)
	}
	s.epochs.Store(m.season, r.Number(1))
	version, planVersion, revision := r.Number(2), r.Number(3), r.Number(4)
	if err := s.catchUp(ctx, m.season, planVersion, revision); err != nil {
		return err
	}
	if before != nil && version < before.Version {
		return s.regain(ctx, m, r.Number(1), before.Version)
	}
	if r.Word() == "same" {
		if before.Acts < acts {
			m.Snapshot.Store(before.With(acts))
		}
		m.read.Store(acts)
		return nil
	}
	plan, err := s.Source.Plan(ctx, m.season)
	if err != nil {
		return err
	}
	after := seatmap.NewSnapshot(plan.Plan, version, r.text(5), r.text(6), r.text(7))
	after.Acts = acts
	m.Snapshot.Store(after)
	m.read.Store(acts)
	s.HeldSeats(m.season, seatmap.CountBits(r.text(5)))

	var events []Event
	if before != nil {
		if changes := after.Since(before); changes != nil {
			events = append(events, Event{Season: m.season, Delta: changes})
		}
	}
	for _, text := range r.Texts(8) {
		var news message
		if err := json.Unmarshal([]byte(text), &news); err != nil {
			s.Log.WarnContext(ctx, "news of a cart is not understood", "season", m.season, "error", err)
			continue
		}
		if event, ok := s.cartEvent(ctx, m.season, &news); ok {
			events = append(events, event)
		}
	}
	if len(events) > 0 {
		s.Notify(events)
	}
	m.mu.Lock()
	m.heard = max(m.heard, version)
	m.mu.Unlock()
	return nil
}

// regain mends a season whose Redis has lost its last changes but not its epoch: a
// failover, or the end of an append-only file. What MongoDB knows as claimed is
// marked again, the versions go on above what was shown here, and the next reading
// tells the seats and carts there are.
func (s *Store) regain(ctx context.Context, m *mirror, epoch, shown int64) error {
	s.Log.WarnContext(ctx, "Redis has lost changes of seats; what is claimed is marked again", "season", m.season)
	if err := s.rebuild(ctx, m.season, epoch, shown+1); err != nil {
		return err
	}
	m.mu.Lock()
	m.heard = min(m.heard, 0)
	m.mu.Unlock()
	m.touch()
	return nil
}

// catchUp brings this node's plan up to Redis', or Redis up to MongoDB when a
// node died between writing the two.
func (s *Store) catchUp(ctx context.Context, season string, plan, revision int64) error {
	settings, err := s.Source.Settings(ctx, season)
	if err != nil {
		return err
	}
	known, err := s.Source.Plan(ctx, season)
	if err != nil {
		return err
	}
	if plan > known.Version {
		if known, err = s.Source.ReloadPlan(ctx, season); err != nil {
			return err
		}
	}
	if plan < known.Version || revision < settings.Revision {
		return s.Configure(ctx, settings, &known, 0)
	}
	return nil
}

// message is what lib.lua's announce publishes.
type message struct {
	Version  int64    `json:"v"`
	User     string   `json:"u"` // "": only seats changed
	Reason   string   `json:"r"`
	Seats    []string `json:"s"`
	Deadline int64    `json:"t"`

	Transaction json.RawMessage `json:"x"` // a purchase that has settled; then nothing else but the version
}

// cartEvent makes the event of a message, if it is about a cart.
func (s *Store) cartEvent(ctx context.Context, season string, m *message) (Event, bool) {
	if m.User == "" {
		return Event{}, false
	}
	cart, err := s.makeCart(ctx, season, m.Version, m.Deadline, m.Seats)
	if err != nil {
		s.Log.WarnContext(ctx, "news of a cart cannot be told", "season", season, "error", err)
		return Event{}, false
	}
	return Event{Season: season, User: m.User, Cart: &cart, Reason: m.Reason}, true
}

// Hear takes a message from the season's channel. Each has a version of its own:
// it is not told when something as new has been already, and a gap before it is
// left to the next reading.
func (s *Store) Hear(ctx context.Context, m *mirror, text string) error {
	var got message
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		return fmt.Errorf("a message of %s: %w", m.season, err)
	}
	m.touch()
	if len(got.Transaction) > 0 {
		if err := s.Settled(m.season, got.Transaction); err != nil {
			return fmt.Errorf("a transaction of %s: %w", m.season, err)
		}
		return nil
	}
	m.mu.Lock()
	old := got.Version <= m.heard
	if got.Version == m.heard+1 && m.heard >= 0 {
		m.heard = got.Version
	}
	m.mu.Unlock()
	if old {
		return nil
	}
	if event, ok := s.cartEvent(ctx, m.season, &got); ok {
		s.Notify([]Event{event})
	}
	return nil
}
