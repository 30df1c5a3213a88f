package store

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// scanCount is how many keys one step of a scan looks at: short enough that others wait
// less than a millisecond.
const scanCount = 1000

// EraseSeason removes every key of Redis that carries a season's id in braces, and returns
// how many there were. It looks at every key of each primary, in short steps. A key that is
// made while it runs may stay.
func EraseSeason(ctx context.Context, client redis.UniversalClient, season string) (int64, error) {
	var erased atomic.Int64
	one := func(ctx context.Context, server redis.Cmdable) error {
		n, err := eraseOn(ctx, server, "*{"+season+"}*")
		erased.Add(n)
		return err
	}
	var err error
	if cluster, ok := client.(*redis.ClusterClient); ok {
		err = cluster.ForEachMaster(ctx, func(ctx context.Context, server *redis.Client) error { return one(ctx, server) })
	} else {
		err = one(ctx, client)
	}
	if err != nil {
		err = Fault(fmt.Errorf("removing the keys of %s: %w", season, err))
	}
	return erased.Load(), err
}

func eraseOn(ctx context.Context, server redis.Cmdable, pattern string) (erased int64, err error) {
	for cursor := uint64(0); ; {
		keys, next, err := server.Scan(ctx, cursor, pattern, scanCount).Result()
		if err != nil {
			return erased, err
		}
		if len(keys) > 0 { // all in one slot: they share the season's id in braces
			n, err := server.Unlink(ctx, keys...).Result()
			if err != nil {
				return erased, err
			}
			erased += n
		}
		if cursor = next; cursor == 0 {
			return erased, nil
		}
	}
}
