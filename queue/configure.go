package queue

import (
	"context"
	"time"

	"usher/internal/store"
)

// Configure lays a season's settings beside its line. An older revision than
// the one there changes nothing.
func (q *Queue) Configure(ctx context.Context, season string, settings Settings) error {
	s := q.season(season)
	_, err := s.call(ctx, configureScript, settings.args()...)
	return store.Fault(err)
}

// args are the settings as configure.lua takes them.
func (s Settings) args() []any {
	paused := 0
	if s.Paused {
		paused = 1
	}
	return []any{
		s.Revision,
		"opensAt", millis(s.OpensAt), "closesAt", millis(s.ClosesAt),
		"activeLimit", s.ActiveLimit, "admitPerMinute", s.AdmitPerMinute,
		"turnWindow", s.TurnWindow.Milliseconds(), "lease", s.Lease.Milliseconds(), "session", s.Session.Milliseconds(),
		"absence", s.Absence.Milliseconds(), "forget", s.Forget.Milliseconds(), "paused", paused,
	}
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
