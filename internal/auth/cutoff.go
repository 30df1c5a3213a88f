package auth

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/store"
)

//go:embed cutoff.lua
var cutoffText string

const cutoffsName = "session_cutoffs"

// everyUser stands for all users in a cutoff. No user has an empty id.
const everyUser = ""

// Cutoffs end all sessions of a user, or of every user, that were issued before a
// moment. A token needs no record to be ended like this, so a cutoff also ends tokens
// that other programs have minted. Safe for concurrent use.
type Cutoffs struct {
	redis redis.UniversalClient
	kept  *mongo.Collection
}

// NewCutoffs returns the cutoffs in these stores.
func NewCutoffs(client redis.UniversalClient, db *mongo.Database) *Cutoffs {
	return &Cutoffs{redis: client, kept: db.Collection(cutoffsName)}
}

// cutoff is a document in MongoDB. It is inserted once and never changed; of several
// for the same user the latest moment counts.
type cutoff struct {
	ID     string    `bson:"_id"`
	User   string    `bson:"userId"` // everyUser: of all users
	Before time.Time `bson:"before"`
	By     string    `bson:"by"` // who asked, for people
}

// RevokeUser ends every session of a user that was issued until now, on all nodes, and
// returns the cutoff: the end of the present second, because a token's time of issue has
// no fractions. by names who asks. It may be repeated. Errors: unavailable; then a
// repetition is needed.
func (c *Cutoffs) RevokeUser(ctx context.Context, user, by string, now time.Time) (time.Time, error) {
	if user == everyUser {
		return time.Time{}, errors.New("auth: the user's id is empty")
	}
	before, err := c.revoke(ctx, user, by, now)
	if err != nil {
		return before, err
	}
	if err := c.redis.Unlink(ctx, sessionsKey(user)).Err(); err != nil {
		return before, store.Fault(fmt.Errorf("auth: removing the list of a user's sessions: %w", err))
	}
	return before, nil
}

// RevokeAll is RevokeUser for all users.
func (c *Cutoffs) RevokeAll(ctx context.Context, by string, now time.Time) (time.Time, error) {
	return c.revoke(ctx, everyUser, by, now)
}

func (c *Cutoffs) revoke(ctx context.Context, user, by string, now time.Time) (time.Time, error) {
	before := now.UTC().Truncate(time.Second).Add(time.Second)
	// MongoDB first, see restore. When MongoDB does not answer the sessions end now, and
	// the caller is told to repeat.
	_, kept := c.kept.InsertOne(ctx, cutoff{ID: rand.Text(), User: user, Before: before, By: by})
	err := c.raise(ctx, map[string]int64{user: before.UnixMilli()})
	if err == nil {
		err = c.redis.Publish(ctx, cutoffsChannel, user).Err()
	}
	if err = errors.Join(kept, err); err != nil {
		return before, store.Fault(fmt.Errorf("auth: ending sessions: %w", err))
	}
	return before, nil
}

// raise raises cutoffs, in ms by user, in every slot.
func (c *Cutoffs) raise(ctx context.Context, cutoffs map[string]int64) error {
	script := redis.NewScript(cutoffText)
	for users := range slices.Chunk(slices.Collect(maps.Keys(cutoffs)), restoreBatch) {
		args := make([]any, len(users))
		for i, user := range users {
			args[i] = cutoffs[user]
		}
		for slot := range revocationSlots {
			at := make([]string, len(users))
			for i, user := range users {
				at[i] = cutoffKey(slot, user)
			}
			if err := script.Run(ctx, c.redis, at, args...).Err(); err != nil {
				return err
			}
		}
	}
	return nil
}

// restore copies every cutoff from MongoDB to Redis. It never lowers one, so a cutoff
// that is set at the same time stays.
func (c *Cutoffs) restore(ctx context.Context) error {
	found, err := c.kept.Find(ctx, bson.D{}, options.Find().SetBatchSize(restoreBatch))
	if err != nil {
		return err
	}
	defer func() { _ = found.Close(context.WithoutCancel(ctx)) }()
	latest := map[string]int64{}
	for found.Next(ctx) {
		var each cutoff
		if err := found.Decode(&each); err != nil {
			return err
		}
		latest[each.User] = max(latest[each.User], each.Before.UnixMilli())
	}
	if err := found.Err(); err != nil {
		return err
	}
	return c.raise(ctx, latest)
}

// before returns the cutoff of a user's sessions, in ms; 0 for none.
func (c *Cutoffs) before(ctx context.Context, user string) (int64, error) {
	got, err := c.redis.MGet(ctx, cutoffKey(0, everyUser), cutoffKey(0, user)).Result()
	if err != nil {
		return 0, err
	}
	return max(cutoffIn(got[0]), cutoffIn(got[1])), nil
}

// cutoffIn reads a cutoff that Redis answered; nil is none.
func cutoffIn(value any) int64 {
	text, _ := value.(string)
	ms, _ := strconv.ParseInt(text, 10, 64) // only cutoff.lua writes it
	return ms
}
