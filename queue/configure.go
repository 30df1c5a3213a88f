package queue

import (
	"context"
	"time"

	"usher/internal/store"
)

// Configure stores a season's settings beside its line. A revision that is not
// above the current one changes nothing.
func (q *Queue) Configure(ctx context.Context, season string, settings Settings) error {
	s := q.season(season)
	committed, err := s.commitDraw(ctx, settings)
	if err != nil {
		return store.Fault(err)
	}
	_, err = s.call(ctx, configureScript, settings.args(committed)...)
	return store.Fault(err)
}

// args are the arguments of configure.lua. draws says that the ledger has
// committed the season to a draw.
func (s Settings) args(draws bool) []any {
	paused, returns, committed := bit(s.Paused), bit(s.Returns), bit(draws)
	return []any{
		s.Revision, committed,
		"opensAt", millis(s.OpensAt), "closesAt", millis(s.ClosesAt),
		"activeLimit", s.ActiveLimit, "admitPerMinute", s.AdmitPerMinute,
		"turnWindow", s.TurnWindow.Milliseconds(), "lease", s.Lease.Milliseconds(), "session", s.Session.Milliseconds(),
		"absence", s.Absence.Milliseconds(), "forget", s.Forget.Milliseconds(), "paused", paused, "returns", returns, "phases", phasesText(s.Phases),
	}
}

func bit(is bool) int {
	if is {
		return 1
	}
	return 0
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
