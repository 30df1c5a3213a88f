// Package sale keeps the public state of every sale on this node, and tells the
// sockets of a season when it changes: merged, at most once a second, encoded once.
//
// Entry points: [New], [Board.Of] makes the state from a season and its seats,
// [Board.Told] is the state that sockets were told last, [Board.CatchUp] sends it to a
// new socket, [Board.Wake] says that something may have changed, [Board.Run] tells.
// [Board.RunWaiting] tells how many are in line.
package sale

import (
	"context"
	"log/slog"
	"maps"
	"reflect"
	"sync"
	"time"

	"usher/booking"
	"usher/hub"
	"usher/internal/fault"
	"usher/internal/wire"
)

// pace is the shortest time between two messages about a season. A season whose change
// was not announced to this node is looked at as often.
const pace = time.Second

// Options configures a Board. All fields are required.
type Options struct {
	Seasons  func(ctx context.Context) ([]booking.Season, error)
	Snapshot func(ctx context.Context, season string) (*booking.Snapshot, error)
	// Tell sends a message to every socket of a season on this node.
	Tell func(season string, message *hub.Shared)
	// Waiting returns how many are in a season's line, or have gathered for its
	// opening; false when no socket on this node would be told.
	Waiting func(ctx context.Context, season string) (int, bool, error)
	// TellWaiting sends that number to every socket of a season on this node.
	TellWaiting func(season string, message *hub.Shared)
	Logger      *slog.Logger
}

// Board is this node's view of what is public about every sale. Safe for concurrent
// use.
type Board struct {
	o    Options
	wake chan struct{} // has a token when a sale may have changed

	mu   sync.Mutex
	made map[string]made
	told map[string]Told
}

// made is the last state that Of made of a season, and what it is made from.
type made struct {
	version, plan, revision int64
	sale                    *wire.Sale
}

// Told is what the sockets of a season were told last.
type Told struct {
	Sale    *wire.Sale  // nil: nothing yet
	Message *hub.Shared // the same, encoded
	at      time.Time
}

// New makes a Board. It tells nothing before Run.
func New(o Options) *Board {
	return &Board{o: o, wake: make(chan struct{}, 1), made: map[string]made{}, told: map[string]Told{}}
}

// Of returns the public state of a sale. The caller must not change it. All nodes that
// have read the same settings and seats make the same state of them.
func (b *Board) Of(season booking.Season, snapshot *booking.Snapshot) *wire.Sale {
	m := made{version: snapshot.Version, plan: snapshot.Plan.Version, revision: season.Revision}
	b.mu.Lock()
	known := b.made[season.ID]
	b.mu.Unlock()
	if known.sale != nil && known.version == m.version && known.plan == m.plan && known.revision == m.revision {
		return known.sale
	}
	m.sale = saleOf(season, snapshot)
	b.mu.Lock()
	if m.sale.Version >= known.version+known.revision {
		b.made[season.ID] = m
	}
	b.mu.Unlock()
	return m.sale
}

func saleOf(season booking.Season, snapshot *booking.Snapshot) *wire.Sale {
	stock := snapshot.Stock()
	sale := &wire.Sale{
		Paused: season.Paused, PauseReason: wire.TextOrNull(season.PauseReason), Notice: wire.TextOrNull(season.Notice),
		Cancelled: season.Cancelled != nil,
		OpensAt:   wire.AtOrNull(season.OpensAt), ClosesAt: wire.AtOrNull(season.ClosesAt),
		Stock: stock.Word, Available: stock.Available, Held: stock.Held, Total: stock.Total,
		Currency:   season.Currency,
		Categories: make([]wire.SaleCategory, 0, len(stock.Categories)),
		// Both grow with every change of theirs, and never become less.
		Version: snapshot.Version + season.Revision,
	}
	if snapshot.Plan.Currency != "" {
		sale.Currency = snapshot.Plan.Currency
	}
	for _, c := range stock.Categories {
		category := wire.SaleCategory{
			Category: string(c.Category), Available: c.Available, Held: c.Held, Total: c.Total, From: c.From, To: c.To,
			Types: make([]wire.SaleType, 0, len(c.Types)),
		}
		for _, t := range c.Types {
			category.Types = append(category.Types, wire.SaleType{Type: t.Type, From: t.From, To: t.To})
		}
		sale.Categories = append(sale.Categories, category)
	}
	return sale
}

// Told returns what the sockets of a season were told last.
func (b *Board) Told(season string) Told {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.told[season]
}

// CatchUp sends what a season's sockets were told since a state that a new socket has
// (nil: none). The socket is registered already, so Run may tell it at the same time:
// CatchUp looks again after each message, so that the last one is the newest.
func (b *Board) CatchUp(season string, has *wire.Sale, send func(*hub.Shared)) {
	for {
		told := b.Told(season)
		if told.Sale == nil || has != nil && told.Sale.Version <= has.Version {
			return
		}
		send(told.Message)
		has = told.Sale
	}
}

// Wake makes Run look at every season soon. It does not block.
func (b *Board) Wake() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Run tells sockets what has changed until ctx ends.
func (b *Board) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		case <-timer.C:
		}
		next, err := b.tellOnce(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			b.o.Logger.WarnContext(ctx, "sale: reading the public state failed: sockets keep the last one", "error", err)
		}
		failing = err != nil
		timer.Reset(next)
	}
}

// tellOnce tells what has changed in every season that was told nothing within pace,
// and returns when to look again.
func (b *Board) tellOnce(ctx context.Context) (next time.Duration, err error) {
	next = pace
	seasons, err := b.o.Seasons(ctx)
	if err == nil {
		b.keepOnly(seasons)
	}
	for _, season := range seasons {
		told := b.Told(season.ID)
		if rest := pace - time.Since(told.at); told.Sale != nil && rest > 0 {
			next = min(next, rest)
			continue
		}
		snapshot, failed := b.o.Snapshot(ctx, season.ID)
		if fault.Is(failed, fault.NotFound, fault.Unavailable) {
			continue // a season that is being made ready, or a store is away
		}
		if failed != nil {
			err = failed
			continue
		}
		if sale := b.Of(season, snapshot); told.Sale == nil || !sameMeaning(sale, told.Sale) {
			b.tell(season.ID, sale)
		}
	}
	return next, err
}

// keepOnly forgets the seasons that were removed.
func (b *Board) keepOnly(seasons []booking.Season) {
	known := make(map[string]bool, len(seasons))
	for _, season := range seasons {
		known[season.ID] = true
	}
	gone := func(id string) bool { return !known[id] }
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.DeleteFunc(b.made, func(id string, _ made) bool { return gone(id) })
	maps.DeleteFunc(b.told, func(id string, _ Told) bool { return gone(id) })
}

// tell keeps the state before it tells it: a socket that registers in between finds
// what it missed in Told.
func (b *Board) tell(season string, sale *wire.Sale) {
	told := Told{Sale: sale, Message: hub.NewShared(wire.Encode(wire.SaleMessage{Sale: *sale})), at: time.Now()}
	b.mu.Lock()
	b.told[season] = told
	b.mu.Unlock()
	b.o.Tell(season, told.Message)
}

// sameMeaning reports whether two states differ in their version alone.
func sameMeaning(a, b *wire.Sale) bool {
	same := *a
	same.Version = b.Version
	return reflect.DeepEqual(same, *b)
}
