package auth

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/store"
)

//go:embed restored.lua
var restoredText string

const (
	signOutsName  = "signouts"
	restoreBatch  = 500
	restoreLife   = time.Minute // an attempt to restore may take so long
	sweepInterval = time.Hour
)

// signOut is a revoked session in MongoDB. It is inserted once and deleted when
// its token has run out.
type signOut struct {
	Session string    `bson:"_id"`
	User    string    `bson:"userId"`
	Until   time.Time `bson:"until"`
}

// keepSignOut notes a revocation where Redis cannot lose it.
func (a *Auth) keepSignOut(ctx context.Context, s Session) error {
	_, err := a.signOuts.InsertOne(ctx, signOut{Session: s.ID, User: s.User.ID, Until: s.ExpiresAt.Add(clockSkew).UTC()})
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return fmt.Errorf("auth: keeping a sign-out: %w", err)
	}
	return nil
}

// restoreOnce restores the revocations unless another call did so while this one
// waited for its turn.
func (a *Auth) restoreOnce(ctx context.Context, slot int) error {
	select {
	case a.restoring <- struct{}{}:
		defer func() { <-a.restoring }()
	case <-ctx.Done():
		return ctx.Err()
	}
	complete, err := a.o.Redis.Exists(ctx, completeKey(slot)).Result()
	if err != nil || complete > 0 {
		return err
	}
	a.log.Info("auth: revocations are missing in Redis: restoring them from MongoDB")
	return a.Restore(ctx)
}

// Restore lays every revocation that still matters into Redis. It is called when a
// node finds that Redis has lost them, and before a season's line begins anew.
// Errors: unavailable.
func (a *Auth) Restore(ctx context.Context) error {
	if err := a.restore(ctx); err != nil {
		return store.Fault(fmt.Errorf("auth: restoring revocations: %w", err))
	}
	return nil
}

func (a *Auth) restore(ctx context.Context) error {
	attempt := random(8)
	pipe := a.o.Redis.Pipeline()
	for slot := range revocationSlots {
		pipe.Set(ctx, restoringKey(slot, attempt), "1", restoreLife)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return err
	}
	// A revocation is noted in MongoDB before it is set in Redis. So one that this
	// query does not see yet is set in Redis later than the marks above.
	now := a.o.Now()
	found, err := a.signOuts.Find(ctx, bson.D{{Key: "until", Value: bson.D{{Key: "$gt", Value: now.UTC()}}}}, options.Find().SetBatchSize(restoreBatch))
	if err != nil {
		return err
	}
	defer func() { _ = found.Close(context.WithoutCancel(ctx)) }()
	batch := a.o.Redis.Pipeline()
	for found.Next(ctx) {
		var s signOut
		if err := found.Decode(&s); err != nil {
			return err
		}
		if left := s.Until.Sub(now); left > 0 {
			batch.Set(ctx, revokedKey(s.Session), "1", left)
		}
		if batch.Len() >= restoreBatch {
			if _, err := batch.Exec(ctx); err != nil {
				return err
			}
		}
	}
	if err := found.Err(); err != nil {
		return err
	}
	if _, err := batch.Exec(ctx); err != nil {
		return err
	}
	script := redis.NewScript(restoredText)
	for slot := range revocationSlots {
		marked, err := script.Run(ctx, a.o.Redis, []string{completeKey(slot), restoringKey(slot, attempt)}).Int()
		if err != nil {
			return err
		}
		if marked == 0 {
			return errors.New("auth: Redis lost data while sign-outs were laid back")
		}
	}
	return nil
}

// sweepSignOuts deletes the revocations of tokens that have run out.
func (a *Auth) sweepSignOuts(ctx context.Context) {
	_, err := a.signOuts.DeleteMany(ctx, bson.D{{Key: "until", Value: bson.D{{Key: "$lt", Value: a.o.Now().Add(-clockSkew).UTC()}}}})
	if err != nil && ctx.Err() == nil {
		a.log.Warn("auth: sweeping old sign-outs failed: the next sweep deletes them", "error", err)
	}
}
