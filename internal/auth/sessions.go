package auth

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/batch"
	"usher/internal/store"
)

//go:embed sessions.lua
var sessionsText string

const (
	// maxSessions is how many live sessions a user may have. One more ends the
	// oldest.
	maxSessions = 10
	// seenInterval is the precision of the time at which a session was last seen.
	seenInterval = time.Minute
	// noteInterval is how often sessions that were seen are recorded in Redis.
	noteInterval = time.Second
	maxSeen      = 100_000 // the most sessions remembered per seenInterval
)

// LiveSession is one entry of a user's list of sessions.
type LiveSession struct {
	ID        string
	CreatedAt time.Time
	SeenAt    time.Time // within a minute
	ExpiresAt time.Time
}

// seenSessions are the sessions seen lately on this node. A token is valid without
// a record in Redis; the records are for listing and ending sessions.
type seenSessions struct {
	mu           sync.Mutex
	newer, older map[string]bool // session ids recorded in this interval and the one before
	turned       time.Time
	pending      map[string][]Session // by user, to be recorded
}

// note schedules a session to be recorded, unless it was recorded lately.
func (g *seenSessions) note(s Session, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.newer == nil || now.Sub(g.turned) >= seenInterval || len(g.newer) >= maxSeen {
		g.newer, g.older, g.turned = map[string]bool{}, g.newer, now
	}
	if g.newer[s.ID] {
		return
	}
	g.newer[s.ID] = true
	if g.pending == nil {
		g.pending = map[string][]Session{}
	}
	g.pending[s.User.ID] = append(g.pending[s.User.ID], s)
}

func (g *seenSessions) take() map[string][]Session {
	g.mu.Lock()
	defer g.mu.Unlock()
	pending := g.pending
	g.pending = nil
	return pending
}

// Record records a new session, and ends the oldest session of a user who has more
// than maxSessions. Errors: unavailable.
func (a *Auth) Record(ctx context.Context, s Session) error {
	return a.record(ctx, s.User.ID, []Session{s})
}

func (a *Auth) record(ctx context.Context, user string, sessions []Session) error {
	over, err := a.sessions.Run(ctx, a.o.Redis, []string{sessionsKey(user)}, recordArgs(sessions)...).StringSlice()
	if err != nil {
		return store.Fault(fmt.Errorf("auth: recording a session: %w", err))
	}
	return a.endOver(ctx, user, over)
}

func recordArgs(sessions []Session) []any {
	args := []any{maxSessions}
	for _, s := range sessions {
		args = append(args, s.ID, s.IssuedAt.UnixMilli(), s.ExpiresAt.UnixMilli())
	}
	return args
}

// endOver revokes a user's oldest sessions beyond maxSessions, which the script
// returns as pairs of id and expiry in ms.
func (a *Auth) endOver(ctx context.Context, user string, over []string) error {
	for pair := range slices.Chunk(over, 2) {
		until, err := strconv.ParseInt(pair[1], 10, 64)
		if err != nil {
			return fmt.Errorf("auth: reading a session's expiry: %w", err)
		}
		oldest := Session{ID: pair[0], User: User{ID: user}, ExpiresAt: time.UnixMilli(until).UTC()}
		if err := a.Revoke(ctx, oldest); err != nil {
			return err
		}
		a.log.Info("security: session ended: its user has too many sessions", "user", user, "session", oldest.ID)
	}
	return nil
}

// noteSeen records the sessions seen since the last call, many users in one round
// trip.
func (a *Auth) noteSeen(ctx context.Context) {
	pending := a.seen.take()
	if len(pending) == 0 {
		return
	}
	var err error
	for users := range slices.Chunk(slices.Collect(maps.Keys(pending)), batch.Size) {
		if err == nil {
			err = a.noteUsers(ctx, users, pending)
		}
	}
	if err != nil && ctx.Err() == nil {
		a.log.Debug("auth: recording sessions failed: their next requests try again", "error", err)
	}
}

func (a *Auth) noteUsers(ctx context.Context, users []string, pending map[string][]Session) error {
	pipe := a.o.Redis.Pipeline()
	noted := make([]*redis.Cmd, len(users))
	for i, user := range users {
		noted[i] = a.sessions.EvalSha(ctx, pipe, []string{sessionsKey(user)}, recordArgs(pending[user])...)
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	for i, user := range users {
		over, err := noted[i].StringSlice()
		if redis.HasErrorPrefix(err, "NOSCRIPT") {
			// This server does not have the script yet. Run sends it.
			err = a.record(ctx, user, pending[user])
		}
		if err != nil {
			return err
		}
		if err := a.endOver(ctx, user, over); err != nil {
			return err
		}
	}
	return nil
}

// Sessions returns a user's live sessions, the newest first. Errors: unavailable.
func (a *Auth) Sessions(ctx context.Context, user string) ([]LiveSession, error) {
	all, err := a.o.Redis.HGetAll(ctx, sessionsKey(user)).Result()
	if err != nil {
		return nil, store.Fault(fmt.Errorf("auth: reading sessions: %w", err))
	}
	before, err := a.cutoffs.before(ctx, user)
	if err != nil {
		return nil, store.Fault(fmt.Errorf("auth: reading sessions: %w", err))
	}
	now := a.o.Now()
	var live []LiveSession
	for id, value := range all {
		var times [4]int64
		parts := strings.Fields(value)
		if len(parts) != len(times) {
			continue
		}
		for i := range times {
			times[i], _ = strconv.ParseInt(parts[i], 10, 64)
		}
		s := LiveSession{ID: id, CreatedAt: time.UnixMilli(times[0]).UTC(), SeenAt: time.UnixMilli(times[2]).UTC(), ExpiresAt: time.UnixMilli(times[3]).UTC()}
		if s.ExpiresAt.After(now) && times[0] >= before {
			live = append(live, s)
		}
	}
	slices.SortFunc(live, func(a, b LiveSession) int {
		if c := b.CreatedAt.Compare(a.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return live, nil
}
