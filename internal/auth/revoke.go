package auth

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/store"
)

//go:embed revoke.lua
var revokeText string

// clockSkew is added to a revocation's life. Without the margin a node whose clock is
// late would accept the token again after the revocation has expired.
const clockSkew = time.Minute

// Revoke ends a session on every node until its token runs out. Repeating it is
// harmless. Errors: unavailable.
func (a *Auth) Revoke(ctx context.Context, s Session) error {
	left := s.ExpiresAt.Sub(a.o.Now())
	if left <= 0 {
		return nil
	}
	// MongoDB first, see restore. Should it not answer, the session still ends now;
	// the caller is told to repeat what Redis alone might lose.
	kept := a.keepSignOut(ctx, s)
	err := redis.NewScript(revokeText).Run(ctx, a.o.Redis, []string{revokedKey(s.ID)},
		(left + clockSkew).Milliseconds(), revocations, s.ID).Err()
	if err != nil {
		return store.Fault(fmt.Errorf("auth: revoking a session: %w", err))
	}
	// This node need not wait to hear of it from Redis.
	a.o.Revoked(s.ID)
	if kept != nil {
		return store.Fault(kept)
	}
	if err := a.o.Redis.HDel(ctx, sessionsKey(s.User.ID), s.ID).Err(); err != nil {
		a.log.Debug("auth: a revoked session stays in its user's list until it runs out", "error", err)
	}
	return nil
}

// RevokedAmong returns those of the sessions that have been revoked. A message
// between nodes may be lost, so whoever keeps something open for sessions asks
// for all of them once in a while (every few seconds) and ends what it returns.
// Errors: unavailable.
func (a *Auth) RevokedAmong(ctx context.Context, sids []string) ([]string, error) {
	if len(sids) == 0 {
		return nil, nil
	}
	pipe := a.o.Redis.Pipeline()
	asked := make([]*redis.SliceCmd, len(sids))
	for i, sid := range sids {
		asked[i] = pipe.MGet(ctx, revokedKey(sid), completeKey(revocationSlot(sid)))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, store.Fault(fmt.Errorf("auth: asking for revocations: %w", err))
	}
	var revoked []string
	for i, sid := range sids {
		is, complete := readRevocation(asked[i].Val())
		if !is && !complete {
			if err := a.restoreOnce(ctx, revocationSlot(sid)); err != nil {
				return nil, store.Fault(err)
			}
			again, err := a.o.Redis.Exists(ctx, revokedKey(sid)).Result()
			if err != nil {
				return nil, store.Fault(fmt.Errorf("auth: asking for revocations: %w", err))
			}
			is = again > 0
		}
		if is {
			revoked = append(revoked, sid)
		}
	}
	return revoked, nil
}

// readRevocation reads an MGET of a session's revocation and its slot's mark.
func readRevocation(got []any) (revoked, complete bool) {
	return len(got) == 2 && got[0] != nil, len(got) == 2 && got[1] != nil
}
