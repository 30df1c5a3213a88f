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
	restoreLife   = time.Minute // the longest attempt to restore
	sweepInterval = time.Hour
)

// signOut is a revoked session in MongoDB. It is inserted once and deleted after
// its token has expired.
type signOut struct {
	Session string    `bson:"_id"`
	User    string    `bson:"userId"`
	Until   time.Time `bson:"until"`
}

// keepSignOut records a revocation in MongoDB, where Redis cannot lose it.
func (a *Auth) keepSignOut(ctx context.Context, s Session) error {
	_, err := a.signOuts.InsertOne(ctx, signOut{Session: s.ID, User: s.User.ID, Until: s.ExpiresAt.Add(clockSkew).UTC()})
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return fmt.Errorf("auth: keeping a sign-out: %w", err)
	}
	return nil
}

// restoreOnce restores the revocations, unless another call did so while this call
// waited.
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

// Restore copies every revocation that still matters, and every cutoff, from MongoDB to Redis. It runs
// when a node finds that Redis has lost revocations, and before a new epoch of a
// season. Errors: unavailable.
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
	// A revocation is inserted in MongoDB before it is set in Redis. So a
	// revocation that this query does not see is set in Redis after the marks
	// above.
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
	if err := a.cutoffs.restore(ctx); err != nil {
		return err
	}
	script := redis.NewScript(restoredText)
	for slot := range revocationSlots {
		marked, err := script.Run(ctx, a.o.Redis, []string{completeKey(slot), restoringKey(slot, attempt)}).Int()
		if err != nil {
			return err
		}
		if marked == 0 {
			return errors.New("auth: Redis lost data while revocations were restored")
		}
	}
	return nil
}

// sweepSignOuts deletes the revocations of expired tokens.
func (a *Auth) sweepSignOuts(ctx context.Context) {
	_, err := a.signOuts.DeleteMany(ctx, bson.D{{Key: "until", Value: bson.D{{Key: "$lt", Value: a.o.Now().Add(-clockSkew).UTC()}}}})
	if err != nil && ctx.Err() == nil {
		a.log.Warn("auth: sweeping old sign-outs failed: the next sweep deletes them", "error", err)
	}
}
