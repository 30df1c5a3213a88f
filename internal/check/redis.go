package check

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"usher/internal/wire"
)

// redisOldest is the oldest major version of Redis that Usher supports.
const redisOldest = 7

// eachServer makes the line of a subject that every server of a cluster must pass:
// look is called for each master, and for the server where there is no cluster. The
// worst line is returned. In a cluster it begins with the server's address.
func (v *view) eachServer(ctx context.Context, name string, look func(ctx context.Context, server *redis.Client) wire.CheckLine) wire.CheckLine {
	switch client := v.Redis.(type) {
	case *redis.Client:
		return look(ctx, client)
	case *redis.ClusterClient:
		var mu sync.Mutex
		var lines []wire.CheckLine
		err := client.ForEachMaster(ctx, func(ctx context.Context, server *redis.Client) error {
			line := look(ctx, server)
			line.Found = server.Options().Addr + ": " + line.Found
			mu.Lock()
			defer mu.Unlock()
			lines = append(lines, line)
			return nil
		})
		if err != nil {
			return unseen(name, "the cluster does not say who its servers are", err)
		}
		if len(lines) == 0 {
			return fail(name, "Look at CLUSTER NODES.", "The cluster has no master.")
		}
		slices.SortFunc(lines, func(a, b wire.CheckLine) int { return cmp.Compare(a.Found, b.Found) })
		return worst(lines)
	}
	return unseen(name, "servers of this kind", fmt.Errorf("the client is a %T", v.Redis))
}

// info reads one section of INFO.
func info(ctx context.Context, server *redis.Client, section string) (map[string]string, error) {
	text, err := server.Info(ctx, section).Result()
	if err != nil {
		return nil, err
	}
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), ":"); found {
			fields[name] = value
		}
	}
	return fields, nil
}

func redisReachable(ctx context.Context, v *view) []wire.CheckLine {
	const name = "redis"
	return []wire.CheckLine{v.eachServer(ctx, name, func(ctx context.Context, server *redis.Client) wire.CheckLine {
		if err := server.Ping(ctx).Err(); err != nil {
			return fail(name, "Start Redis, and compare --redis-url with its address, user and password.", "Redis does not answer. %s", sentence(err))
		}
		return good(name, "Redis answers.")
	})}
}

func redisVersion(ctx context.Context, v *view) []wire.CheckLine {
	const name = "redis-version"
	return []wire.CheckLine{v.eachServer(ctx, name, func(ctx context.Context, server *redis.Client) wire.CheckLine {
		fields, err := info(ctx, server, "server")
		if err != nil {
			return unseen(name, "the version of Redis", err)
		}
		if version := fields["valkey_version"]; version != "" {
			return good(name, "Valkey %s.", version)
		}
		version := fields["redis_version"]
		major, _, _ := strings.Cut(version, ".")
		if n, err := strconv.Atoi(major); err != nil || n < redisOldest {
			return fail(name, "Upgrade Redis.", "Redis is of version %q; Usher needs %d or newer.", version, redisOldest)
		}
		return good(name, "Redis %s.", version)
	})}
}

// redisRights tries what the user of a node must be allowed.
func redisRights(ctx context.Context, v *view) []wire.CheckLine {
	const name = "redis-rights"
	missing, err := v.Rights(ctx)
	switch {
	case err != nil:
		return []wire.CheckLine{unseen(name, "the rights of Usher's user in Redis", err)}
	case len(missing) > 0:
		return []wire.CheckLine{fail(name, "Give the user the rights that docs/operating.md lists.", "Redis does not allow %s.", strings.Join(missing, ", "))}
	}
	return []wire.CheckLine{good(name, "Usher's user has every right that it needs.")}
}

// redisIdentity compares this Redis with that of the nodes that share the MongoDB.
func redisIdentity(ctx context.Context, v *view) []wire.CheckLine {
	const name = "redis-identity"
	same, err := v.Same(ctx)
	switch {
	case err != nil:
		return []wire.CheckLine{unseen(name, "whether Redis and MongoDB belong together", err)}
	case !same:
		return []wire.CheckLine{fail(name, "Give the same --redis-url and --mongo-url as the nodes. If the Redis is right and has lost its data, start a node first.",
			"This is not the Redis of the nodes that share this MongoDB.")}
	}
	return []wire.CheckLine{good(name, "Redis and MongoDB belong together.")}
}

// redisSlots: a cluster answers only while every one of its slots has a server.
func redisSlots(ctx context.Context, v *view) []wire.CheckLine {
	const name = "redis-cluster"
	cluster, is := v.Redis.(*redis.ClusterClient)
	if !is {
		return []wire.CheckLine{good(name, "Redis is no cluster.")}
	}
	text, err := cluster.ClusterInfo(ctx).Result()
	if err != nil {
		return []wire.CheckLine{unseen(name, "the slots of the cluster", err)}
	}
	var state, assigned, served string
	for line := range strings.Lines(text) {
		field, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch field {
		case "cluster_state":
			state = value
		case "cluster_slots_assigned":
			assigned = value
		case "cluster_slots_ok":
			served = value
		}
	}
	if state != "ok" || assigned != "16384" || served != "16384" {
		return []wire.CheckLine{fail(name, "Mend it: redis-cli --cluster fix.",
			"The cluster's state is %q, and of its 16,384 slots %s are assigned and %s have a server that answers.", state, assigned, served)}
	}
	return []wire.CheckLine{good(name, "Each of the cluster's slots has a server.")}
}
