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
	committed, err := s.commitDraws(ctx, settings)
	if err != nil {
		return store.Fault(err)
	}
	if _, err = s.call(ctx, configureScript, settings.args(committed)...); err != nil {
		return store.Fault(err)
	}
	// The new settings may have ended a gathering: the next phase needs a draw of its own then.
	further, err := s.commitDraws(ctx, settings)
	if err == nil && further != committed {
		_, err = s.call(ctx, configureScript, settings.args(further)...)
	}
	return store.Fault(err)
}

// args are the arguments of configure.lua. committed are the draws that the ledger has
// committed the season to, see drawList.mask.
func (s Settings) args(committed int64) []any {
	paused, returns := bit(s.Paused), bit(s.Returns)
	return []any{
		s.Revision, committed,
		"opensAt", millis(s.OpensAt), "closesAt", millis(s.ClosesAt),
		"activeLimit", s.ActiveLimit, "admitPerMinute", s.AdmitPerMinute,
		"turnWindow", s.TurnWindow.Milliseconds(), "lease", s.Lease.Milliseconds(), "session", s.Session.Milliseconds(),
		"absence", s.Absence.Milliseconds(), "forget", s.Forget.Milliseconds(), "paused", paused, "over", bit(s.Over), "returns", returns, "phases", phasesText(s.Phases),
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
