package queue

import (
	"context"
	"time"
)

// Mirror is a node's mirror of one season, moved by hand: what Run does by the
// machine's clock and a subscription, the simulator does by a clock and a wire
// of its own. A Queue that is moved by hand must not Run.
type Mirror struct{ s *season }

// Mirror returns this node's mirror of a season.
func (q *Queue) Mirror(season string) Mirror { return Mirror{q.season(season)} }

// Tick is what happens once a second, the ledger's learning of given-up numbers
// included, and the errands and the draw when they are due.
func (m Mirror) Tick(ctx context.Context) error {
	if err := m.s.tick(ctx); err != nil {
		return err
	}
	if err := m.s.giveUpOnce(ctx); err != nil {
		return err
	}
	select {
	case <-m.s.ledgerDue:
		if err := m.s.runLedgerTasks(ctx); err != nil {
			m.s.needLedger()
			return err
		}
	default:
	}
	select {
	case <-m.s.drawDue:
		return m.s.holdDraw(ctx)
	default:
		return nil
	}
}

// Chores does what came up since the last Tick, as far as it is due.
func (m Mirror) Chores(ctx context.Context) error { return m.s.doTasks(ctx, m.s.q.o.Now()) }

// Due returns when Chores should next be called, and false when there is
// nothing to do before the next Tick.
func (m Mirror) Due() (time.Time, bool) {
	now := m.s.q.o.Now()
	select {
	case <-m.s.wake:
		return now, true
	default:
	}
	wait := m.s.untilNext(now)
	return now.Add(wait), wait < tickEvery
}

// Hear takes in a message that a script published.
func (m Mirror) Hear(message string) { m.s.handleNews(message, false) }

// Key is the Redis key of one of the season's things, by its name in keys.go.
func (m Mirror) Key(name string) string { return key(name, m.s.id) }
