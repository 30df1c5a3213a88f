package queue

import (
	"context"
	"time"
)

// Mirror moves a node's mirror of one season by hand. The simulator uses it with
// a simulated clock and simulated pub/sub, where Run would use the machine's
// clock and a subscription. A Queue with a Mirror must not Run.
type Mirror struct{ s *season }

// Mirror returns this node's mirror of a season.
func (q *Queue) Mirror(season string) Mirror { return Mirror{q.season(season)} }

// Tick does what happens once a second: the tick, recording given-up numbers, and
// the ledger's tasks and the draw when they are due.
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

// Tasks does the tasks that have come up since the last Tick and are due.
func (m Mirror) Tasks(ctx context.Context) error { return m.s.doTasks(ctx, m.s.q.o.Now()) }

// Due returns when Tasks should be called next, and false when there is nothing
// to do before the next Tick.
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

// Handle handles a message that a script published.
func (m Mirror) Handle(message string) { m.s.handleNews(message, false) }

// Key returns the Redis key for a name of keys.go.
func (m Mirror) Key(name string) string { return key(name, m.s.id) }
