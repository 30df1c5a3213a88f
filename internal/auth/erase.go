package auth

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"

	"usher/internal/store"
)

// EraseSessions removes the records of users' sessions, for users who never were: their
// sessions were minted by a program that has the signing key, and such users have no
// document. It returns how many users had one.
func EraseSessions(ctx context.Context, client redis.UniversalClient, users []string) (erased int64, err error) {
	for some := range slices.Chunk(users, 500) {
		pipe := client.Pipeline()
		removed := make([]*redis.IntCmd, len(some))
		for i, user := range some {
			removed[i] = pipe.Unlink(ctx, sessionsKey(user))
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return erased, store.Fault(err)
		}
		for _, one := range removed {
			erased += one.Val()
		}
	}
	return erased, nil
}
