package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Needs are the keys and channels that a node uses in Redis. They belong to a season
// that does not exist.
type Needs struct {
	Keys     []string
	Channels []string
}

// redisCommands are the commands that scripts and packages send, each as a harmless
// call on a key K that does not exist. A test compares them with the scripts.
var redisCommands = []string{
	"BITCOUNT K", "BITOP OR K K", "DEL K", "EXISTS K", "GET K", "GETBIT K 0", "GETRANGE K 0 0", "HDEL K f", "HEXISTS K f", "HGET K f",
	"HGETALL K", "HINCRBY K f 1", "HKEYS K", "HLEN K", "HMGET K f", "HSCAN K 0", "HSET K f 1", "HSETNX K f 1", "HVALS K", "INCR K", "MGET K",
	"PEXPIRE K 1", "PTTL K", "SADD K m", "SCARD K", "SET K 1 PX 1", "SETBIT K 0 0", "SETNX K 1", "SETRANGE K 0 x",
	"SISMEMBER K m", "SRANDMEMBER K 1", "SREM K m", "TTL K", "UNLINK K", "ZADD K 1 m", "ZCARD K", "ZCOUNT K 0 1", "ZPOPMIN K", "ZRANGE K 0 0",
	"ZRANGEBYSCORE K 0 1", "ZRANK K m", "ZREM K m", "ZREMRANGEBYRANK K 0 0", "ZREMRANGEBYSCORE K 0 0", "ZSCAN K 0",
	"ZSCORE K m", "INFO server", "PING", "TIME", "EVALSHA 0000000000000000000000000000000000000000 1 K",
}

// rightsScript publishes, because Redis checks rights again inside a script.
var rightsScript = redis.NewScript(`for _, channel in ipairs(ARGV) do redis.call('PUBLISH', channel, '') end return #ARGV`)

// Rights tries every right that a node needs in Redis and returns the missing ones,
// such as "the command PUBLISH", "the key hold:*" or "the channel seats:*". Without
// this a script would fail at the missing right, after half of its work. Errors:
// Redis does not answer.
func (s *Stores) Rights(ctx context.Context, needs Needs) (missing []string, err error) {
	if len(needs.Keys) == 0 || len(needs.Channels) == 0 {
		return nil, errors.New("store: Rights needs at least one key and one channel")
	}
	try := func(what string, args ...any) error {
		err := s.Redis.Do(ctx, args...).Err()
		if err != nil && args[0] == "PUBLISH" && strings.Contains(err.Error(), "'publish'") {
			what = "the command PUBLISH" // not only this channel
		}
		denied, err := denied(err)
		if denied && !slices.Contains(missing, what) {
			missing = append(missing, what)
		}
		return err
	}
	var used []string
	defer func() {
		for _, key := range used {
			_ = s.Redis.Del(ctx, key).Err() // most keys do not exist, and none matters
		}
	}()
	for i, command := range redisCommands {
		words := strings.Fields(command)
		args := make([]any, len(words))
		for w, word := range words {
			args[w] = word
			if word == "K" {
				key := fmt.Sprintf("%s{rights-%d}", prefixOf(needs.Keys[0]), i)
				args[w] = key
				used = append(used, key)
			}
		}
		if err := try("the command "+words[0], args...); err != nil {
			return nil, err
		}
	}
	for _, key := range needs.Keys {
		if err := try("the key "+prefixOf(key)+"*", "EXISTS", key); err != nil {
			return nil, err
		}
	}
	for _, channel := range needs.Channels {
		if err := try("the channel "+prefixOf(channel)+"*", "PUBLISH", channel, ""); err != nil {
			return nil, err
		}
		denied, err := s.maySubscribe(ctx, channel)
		if err != nil {
			return nil, err
		}
		if denied {
			missing = append(missing, "the command SUBSCRIBE on "+prefixOf(channel)+"*")
		}
	}
	denied, err := denied(rightsScript.Eval(ctx, s.Redis, []string{needs.Keys[0]}, needs.Channels[0]).Err())
	if denied && len(missing) == 0 {
		missing = append(missing, "the command EVAL, or PUBLISH in a script")
	}
	return missing, err
}

// maySubscribe tries to subscribe to a channel.
func (s *Stores) maySubscribe(ctx context.Context, channel string) (refused bool, err error) {
	subscription := s.Redis.Subscribe(ctx)
	defer func() { _ = subscription.Close() }()
	if err := subscription.Subscribe(ctx, channel); err != nil {
		return denied(err)
	}
	_, err = subscription.ReceiveTimeout(ctx, redisTimeout)
	return denied(err)
}

// denied reports whether Redis has refused a right. Any other reply, even an error,
// shows that the right is there. err is set if Redis did not reply.
func denied(err error) (refused bool, _ error) {
	var reply redis.Error
	switch {
	case err == nil:
		return false, nil
	case !errors.As(err, &reply):
		return false, err
	}
	text := reply.Error()
	return strings.HasPrefix(text, "NOPERM") || strings.Contains(text, "ACL failure") || strings.Contains(text, "user executing the script can't"), nil
}

// prefixOf is the part of a key or channel before the season's id.
func prefixOf(key string) string {
	before, _, _ := strings.Cut(key, "{")
	if i := strings.LastIndexByte(before, ':'); i >= 0 {
		return before[:i+1]
	}
	return before
}
