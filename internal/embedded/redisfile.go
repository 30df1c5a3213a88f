package embedded

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// repairedPrefix begins the keys with the time at which a season's orders were last
// compared with MongoDB. These keys are not restored, so that a node compares soon
// after a restart: orders settled after the last save are in MongoDB alone.
const repairedPrefix = "repaired:"

// saveEvery is how much a killed program may lose of the embedded Redis. To the nodes
// this looks like a Redis that lost its last writes, which they detect by comparing
// versions, and answer with a new epoch.
const saveEvery = time.Second

// snapshot is the embedded Redis at one moment.
type snapshot struct {
	At   time.Time
	Keys []savedKey
}

// savedKey is a key with its value. Values lists a string, or the members of a list
// or set, or alternates fields with values or members with scores.
type savedKey struct {
	Key, Kind string
	TTL       time.Duration // 0: none
	Values    []string
}

// snapshotScript reads all keys at one moment: each as key, kind, TTL in ms, values.
var snapshotScript = redis.NewScript(`
local all = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key)
  kind = kind.ok or kind
  local values
  if kind == 'string' then values = { redis.call('GET', key) }
  elseif kind == 'hash' then values = redis.call('HGETALL', key)
  elseif kind == 'set' then values = redis.call('SMEMBERS', key)
  elseif kind == 'zset' then values = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  elseif kind == 'list' then values = redis.call('LRANGE', key, 0, -1)
  end
  if values then
    table.insert(all, { key, kind, tostring(redis.call('PTTL', key)), values })
  end
end
return all`)

// redisFile keeps the embedded Redis in a file.
type redisFile struct {
	path   string
	client *redis.Client
	log    *slog.Logger
}

// load fills an embedded Redis, before it serves clients, from the file if there is
// one. It leaves out keys that have expired since.
func (f *redisFile) load(into *miniredis.Miniredis, now time.Time) error {
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	var s snapshot
	if err := gob.NewDecoder(file).Decode(&s); err != nil {
		return fmt.Errorf("%s cannot be read: %w", f.path, err)
	}
	away := max(now.Sub(s.At), 0)
	for _, k := range s.Keys {
		if k.TTL != 0 && k.TTL <= away || strings.HasPrefix(k.Key, repairedPrefix) {
			continue
		}
		if err := k.restore(into); err != nil {
			return fmt.Errorf("%s: key %q: %w", f.path, k.Key, err)
		}
		if k.TTL != 0 {
			into.SetTTL(k.Key, k.TTL-away)
		}
	}
	return nil
}

func (k savedKey) restore(into *miniredis.Miniredis) error {
	switch k.Kind {
	case "string":
		return into.Set(k.Key, k.Values[0])
	case "hash":
		into.HSet(k.Key, k.Values...)
		return nil
	case "set":
		_, err := into.SetAdd(k.Key, k.Values...)
		return err
	case "list":
		_, err := into.Push(k.Key, k.Values...)
		return err
	case "zset":
		for i := 0; i+1 < len(k.Values); i += 2 {
			score, err := strconv.ParseFloat(k.Values[i+1], 64)
			if err == nil {
				_, err = into.ZAdd(k.Key, score, k.Values[i])
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("kind %q is none of string, list, set, hash and zset", k.Kind)
}

// run saves once a second until ctx ends, and then once more.
func (f *redisFile) run(ctx context.Context) {
	ticker := time.NewTicker(saveEvery)
	defer ticker.Stop()
	defer func() { _ = f.client.Close() }()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
		if err := f.save(context.WithoutCancel(ctx)); err != nil {
			f.log.Error("embedded Redis: saving failed: trying again; a restart now would lose the newest part of the line and the carts", "file", f.path, "error", err)
		}
	}
}

// save writes a new file and renames it over the last one.
func (f *redisFile) save(ctx context.Context) error {
	at := time.Now()
	s := snapshot{At: at}
	all, err := snapshotScript.Run(ctx, f.client, nil).Slice()
	if err != nil {
		return err
	}
	for _, one := range all {
		k, err := readSaved(one)
		if err != nil {
			return err
		}
		s.Keys = append(s.Keys, k)
	}
	file, err := os.CreateTemp(filepath.Dir(f.path), filepath.Base(f.path)+".*")
	if err != nil {
		return err
	}
	err = errors.Join(gob.NewEncoder(file).Encode(s), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), f.path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// readSaved reads one row of the script's answer.
func readSaved(row any) (k savedKey, err error) {
	parts, _ := row.([]any)
	if len(parts) != 4 {
		return k, fmt.Errorf("a row has %d parts instead of key, kind, TTL and values", len(parts))
	}
	k.Key, _ = parts[0].(string)
	k.Kind, _ = parts[1].(string)
	text, _ := parts[2].(string)
	ms, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return k, err
	}
	if ms >= 0 {
		k.TTL = max(time.Duration(ms)*time.Millisecond, time.Millisecond)
	}
	values, _ := parts[3].([]any)
	for _, value := range values {
		text, ok := value.(string)
		if !ok {
			return k, fmt.Errorf("key %q has a value of type %T, which is not a string", k.Key, value)
		}
		k.Values = append(k.Values, text)
	}
	return k, nil
}
