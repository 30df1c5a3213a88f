package check

import (
	"context"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"usher/internal/wire"
)

// fanMemory is how much memory a waiting fan takes in Redis: a place in line, a
// session and the counts of the limits took 963 bytes in a measurement with 4,000 fans
// on Redis 8; carts and orders come on top.
const fanMemory = 1500

// redisLog: without an append-only file a restart loses the line and the holds.
func redisLog(ctx context.Context, v *view) []wire.CheckLine {
	const name = "redis-append-only"
	return []wire.CheckLine{v.eachServer(ctx, name, func(ctx context.Context, server *redis.Client) wire.CheckLine {
		fields, err := info(ctx, server, "persistence")
		switch {
		case err != nil:
			return unseen(name, "whether Redis keeps an append-only file", err)
		case fields["aof_enabled"] != "1":
			return fail(name, "Set appendonly yes.", "Redis keeps no append-only file: a restart loses the line and the holds.")
		case fields["aof_last_write_status"] == "err":
			return fail(name, "Look at the disk of Redis: it may be full.", "Redis could not write to its append-only file, and refuses every change.")
		case fields["aof_last_bgrewrite_status"] == "err":
			return warn(name, "Look at the disk and the memory of Redis.", "Redis could not rewrite its append-only file, which grows until that works.")
		}
		if set, err := server.ConfigGet(ctx, "appendfsync").Result(); err == nil && set["appendfsync"] == "no" {
			return warn(name, "Set appendfsync everysec.", "Redis leaves it to the system when its append-only file reaches the disk: a power cut may lose half a minute of the line.")
		}
		return good(name, "Redis keeps an append-only file.")
	})}
}

// redisEviction: a key of the line that Redis evicts is a fan without a place.
func redisEviction(ctx context.Context, v *view) []wire.CheckLine {
	const name = "redis-eviction"
	return []wire.CheckLine{v.eachServer(ctx, name, func(ctx context.Context, server *redis.Client) wire.CheckLine {
		fields, err := info(ctx, server, "memory")
		policy := fields["maxmemory_policy"]
		switch {
		case err != nil:
			return unseen(name, "what Redis does when its memory is full", err)
		case policy == "":
			return warn(name, "Set maxmemory-policy noeviction.", "Redis does not say what it does when its memory is full.")
		case strings.EqualFold(policy, "noeviction"):
			return good(name, "Redis evicts no keys.")
		case fields["maxmemory"] == "0":
			return warn(name, "Set maxmemory-policy noeviction.", "The policy is %s, which takes effect as soon as maxmemory is set.", policy)
		}
		return fail(name, "Set maxmemory-policy noeviction.", "The policy is %s: when memory is short Redis evicts keys of the line and of holds.", policy)
	})}
}

// redisMemory compares the memory that is free with what the expected crowd takes.
func redisMemory(ctx context.Context, v *view) []wire.CheckLine {
	const name = "redis-memory"
	fans, given := v.fans()
	if fans == 0 {
		return []wire.CheckLine{warn(name, "Give --fans, or import the seat plan.", "Not looked at: how many fans are expected is unknown.")}
	}
	who := strconv.Itoa(fans) + " fans"
	if !given {
		who += " (ten for each seat; --fans says how many are expected)"
	}
	need := int64(fans) * fanMemory
	return []wire.CheckLine{v.eachServer(ctx, name, func(ctx context.Context, server *redis.Client) wire.CheckLine {
		fields, err := info(ctx, server, "memory")
		if err != nil {
			return unseen(name, "the memory of Redis", err)
		}
		number := func(field string) int64 {
			n, _ := strconv.ParseInt(fields[field], 10, 64)
			return n
		}
		used, most, all := number("used_memory"), number("maxmemory"), number("total_system_memory")
		limit := most
		if limit == 0 {
			limit = all
		}
		free := limit - used
		switch {
		case limit == 0:
			return warn(name, "Look at it by other means.", "Not looked at: Redis does not say how much memory it has.")
		case free < need:
			return fail(name, "Raise maxmemory, or give Redis a larger machine.", "%s need %s, and %s of %s are free: then joins, holds and purchases are refused.", who, size(need), size(max(free, 0)), size(limit))
		case most == 0:
			return warn(name, "Set maxmemory to at most two thirds of the machine's memory.", "Redis has no maxmemory: instead of refusing a change it takes all memory of the machine, and is killed. %s need %s.", who, size(need))
		case free < 2*need:
			return warn(name, "Raise maxmemory.", "%s need %s, and %s of %s are free, which leaves little for carts, orders and the rewriting of the append-only file.", who, size(need), size(free), size(limit))
		}
		return good(name, "%s need %s, and %s of %s are free.", who, size(need), size(free), size(limit))
	})}
}

// size writes a number of bytes for people.
func size(bytes int64) string {
	switch {
	case bytes >= 1<<30:
		return strconv.FormatFloat(float64(bytes)/(1<<30), 'f', 1, 64) + " GiB"
	case bytes >= 1<<20:
		return strconv.FormatInt(bytes>>20, 10) + " MiB"
	}
	return strconv.FormatInt((bytes+1023)>>10, 10) + " KiB"
}
