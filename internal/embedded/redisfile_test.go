package embedded_test

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/embedded"
	"usher/internal/testkit"
)

func TestTheEmbeddedRedisSurvivesARestart(t *testing.T) {
	ctx := t.Context()
	o := embedded.Options{MongoDir: filepath.Join(t.TempDir(), "mongo"), RedisFile: filepath.Join(t.TempDir(), "redis")}
	const short = 5 * time.Millisecond
	var set time.Time
	var before, after []any
	for _, into := range []*[]any{&before, &after} {
		stores, err := embedded.Start(o)
		if err != nil {
			t.Fatal(err)
		}
		opened, closeAll := open(t, stores)
		r := opened.Redis
		if into == &before {
			set = time.Now()
			for _, err := range []error{
				r.Set(ctx, "text", "a\x00\xff", 0).Err(), r.Set(ctx, "short", "x", short).Err(), r.Set(ctx, "long", "x", time.Hour).Err(),
				r.SetBit(ctx, "bits", 1001, 1).Err(), r.HSet(ctx, "hash", "f", "v\xfe", "g", "").Err(), r.SAdd(ctx, "set", "a", "b").Err(),
				r.RPush(ctx, "list", "1", "2", "1").Err(),
				r.ZAdd(ctx, "sorted", redis.Z{Score: 1764345600123457, Member: "u"}, redis.Z{Score: 0.25, Member: "v"}).Err(),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		*into = []any{
			r.Get(ctx, "text").Val(), r.Get(ctx, "bits").Val(), r.HGetAll(ctx, "hash").Val(), r.SMembersMap(ctx, "set").Val(),
			r.LRange(ctx, "list", 0, -1).Val(), r.ZRangeWithScores(ctx, "sorted", 0, -1).Val(), r.PTTL(ctx, "text").Val(),
		}
		if left := r.PTTL(ctx, "long").Val(); left > time.Hour || left < time.Hour-10*time.Minute {
			t.Errorf("an hour has become %v", left)
		}
		if into == &after && r.Exists(ctx, "short").Val() != 0 {
			t.Error("a key outlived its time while the program was stopped")
		}
		closeAll()
		stores.Stop()
		testkit.Eventually(t, time.Second, "the short key's time is over", func() bool { return time.Since(set) > 2*short })
	}
	if !reflect.DeepEqual(before, after) {
		t.Errorf("before %v\nafter  %v", before, after)
	}
}
