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

// Revoke ends a session on every node. It may be repeated. Errors: unavailable.
func (a *Auth) Revoke(ctx context.Context, s Session) error {
	left := s.ExpiresAt.Sub(a.o.Now())
	if left <= 0 {
		return nil
	}
	// MongoDB first, see restore. If MongoDB does not answer, the session still
	// ends now, and the caller is told to repeat, because Redis alone might lose
	// the revocation.
	kept := a.keepSignOut(ctx, s)
	err := redis.NewScript(revokeText).Run(ctx, a.o.Redis, []string{revokedKey(s.ID)},
		(left + clockSkew).Milliseconds(), revocations, s.ID).Err()
	if err != nil {
		return store.Fault(fmt.Errorf("auth: revoking a session: %w", err))
	}
	// This node does not wait for its own message.
	a.o.Revoked(s.ID)
	if kept != nil {
		return store.Fault(kept)
	}
	if err := a.o.Redis.HDel(ctx, sessionsKey(s.User.ID), s.ID).Err(); err != nil {
		a.log.Debug("auth: removing a revoked session from its user's list failed: it is listed until it expires", "error", err)
	}
	return nil
}

// RevokedAmong returns the ids of the sessions that are revoked. Messages between nodes may be
// lost, so the owner of long-lived connections should call this every few seconds
// for all their sessions. Errors: unavailable.
func (a *Auth) RevokedAmong(ctx context.Context, sessions []Session) ([]string, error) {
	if len(sessions) == 0 {
		return nil, nil
	}
	pipe := a.o.Redis.Pipeline()
	asked := askRevoked(ctx, pipe, sessions)
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, store.Fault(fmt.Errorf("auth: reading revocations: %w", err))
	}
	for slot := range asked.bySlot {
		if asked.complete(slot) {
			continue
		}
		if err := a.restoreOnce(ctx, slot); err != nil {
			return nil, store.Fault(err)
		}
		asked.again(ctx, a.o.Redis, slot)
	}
	var revoked []string
	for i, session := range sessions {
		is, _, err := asked.of(i)
		if err != nil {
			return nil, store.Fault(fmt.Errorf("auth: reading revocations: %w", err))
		}
		if is {
			revoked = append(revoked, session.ID)
		}
	}
	return revoked, nil
}

// revokedAsked is a question about several sessions: one MGET a slot, of the slot's
// mark, of the cutoff of all users, and then for each session of its user's cutoff and its
// revocation.
type revokedAsked struct {
	bySlot map[int]*redis.SliceCmd
	place  []askedPlace
}

// askedPlace is a session's slot, where in the slot's answer its user's cutoff stands, and
// when the session was issued, in ms.
type askedPlace struct {
	slot, at int
	issued   int64
}

// askRevoked asks in a pipeline which of the sessions are revoked.
func askRevoked(ctx context.Context, pipe redis.Pipeliner, sessions []Session) *revokedAsked {
	asked := &revokedAsked{bySlot: map[int]*redis.SliceCmd{}, place: make([]askedPlace, len(sessions))}
	var keys [revocationSlots][]string
	for i, session := range sessions {
		slot := revocationSlot(session.ID)
		if keys[slot] == nil {
			keys[slot] = append(keys[slot], completeKey(slot), cutoffKey(slot, everyUser))
		}
		asked.place[i] = askedPlace{slot: slot, at: len(keys[slot]), issued: session.IssuedAt.UnixMilli()}
		keys[slot] = append(keys[slot], cutoffKey(slot, session.User.ID), revokedKey(session.ID))
	}
	for slot, of := range keys {
		if of != nil {
			asked.bySlot[slot] = pipe.MGet(ctx, of...)
		}
	}
	return asked
}

// again repeats the question about one slot.
func (r *revokedAsked) again(ctx context.Context, client redis.UniversalClient, slot int) {
	again := redis.NewSliceCmd(ctx, r.bySlot[slot].Args()...)
	_ = client.Process(ctx, again) // of reports the error
	r.bySlot[slot] = again
}

// complete reports whether Redis has all revocations of a slot.
func (r *revokedAsked) complete(slot int) bool {
	got := r.bySlot[slot].Val()
	return len(got) > 0 && got[0] != nil
}

// of returns what is known of the i-th session: whether it is revoked, and whether
// Redis has all revocations of its slot.
func (r *revokedAsked) of(i int) (revoked, complete bool, err error) {
	p := r.place[i]
	if err := r.bySlot[p.slot].Err(); err != nil {
		return false, false, err
	}
	got := r.bySlot[p.slot].Val()
	if p.at+1 >= len(got) {
		return false, false, nil
	}
	before := max(cutoffIn(got[1]), cutoffIn(got[p.at]))
	// Without a cutoff even a token without a time of issue is accepted.
	cut := before > 0 && p.issued < before
	return cut || got[p.at+1] != nil, r.complete(p.slot), nil
}
