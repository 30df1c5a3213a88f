package limit_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"usher/internal/fault"
	"usher/internal/limit"
	"usher/internal/testkit"
)

// A server that was restarted, or whose scripts were flushed, counts the first
// question too, with no right but to run scripts.
func TestAPipelineCountsOnAServerThatDoesNotHaveTheScript(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		client := testkit.Open(t, redisURL).Redis
		budget := limit.Budget{Name: "test", Most: 1, Window: time.Hour}
		user := testkit.SeasonID()
		spend := func() error {
			ctx := context.Background()
			if err := client.ScriptFlush(ctx).Err(); err != nil {
				t.Fatal(err)
			}
			node := limit.New(client, slog.New(slog.DiscardHandler), nil)
			pipe := client.Pipeline()
			asked := node.Ask(ctx, pipe, budget, user)
			_, _ = pipe.Exec(ctx)
			return node.Answer(ctx, asked)
		}
		if err := spend(); err != nil {
			t.Fatal(err)
		}
		if err := spend(); !fault.Is(err, fault.RateLimited) {
			t.Errorf("another node's second question: %v, want rate_limited", err)
		}
	})
}
