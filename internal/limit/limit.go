package limit

import (
	"context"
	_ "embed"
	"log/slog"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/httprate"
	"github.com/redis/go-redis/v9"

	"usher/internal/fault"
)

//go:embed spend.lua
var spendText string

const (
	// askTimeout is the longest delay of a caller by counting in Redis.
	askTimeout = 250 * time.Millisecond
	// askPause is how long this node counts alone after Redis did not answer.
	askPause = time.Second
)

// Budget is how much each caller may spend in a window. Most 0 means no limit.
type Budget struct {
	Name   string // part of the keys in Redis
	Most   int
	Window time.Duration
}

// Limiter counts what callers spend. Safe for concurrent use.
type Limiter struct {
	redis  redis.UniversalClient
	script *redis.Script
	log    *slog.Logger
	now    func() time.Time

	mu    sync.Mutex
	here  map[Budget]*counter
	alone time.Time // until then Redis is not asked
}

// counter counts on this node alone.
type counter struct {
	mu sync.Mutex
	httprate.LimitCounter
}

// New makes a limiter. now is the clock; nil means time.Now.
func New(client redis.UniversalClient, log *slog.Logger, now func() time.Time) *Limiter {
	if now == nil {
		now = time.Now
	}
	return &Limiter{redis: client, script: redis.NewScript(spendText), log: log, now: now, here: map[Budget]*counter{}}
}

// Spend takes one from a caller's budget. Errors: rate_limited.
func (l *Limiter) Spend(ctx context.Context, b Budget, key string) error {
	if err := l.Here(b, key); err != nil || b.Most <= 0 || l.isAlone() {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	wait, err := l.script.Run(ctx, l.redis, []string{keyOf(b, key)}, b.args(1)...).Int64()
	return l.judge(ctx, b, wait, err)
}

// Left returns an error when nothing is left of a caller's budget. It spends
// nothing. Errors: rate_limited.
func (l *Limiter) Left(ctx context.Context, b Budget, key string) error {
	if b.Most <= 0 {
		return nil
	}
	if err := l.counter(b).look(b, key, l.now()); err != nil || l.isAlone() {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	wait, err := l.script.Run(ctx, l.redis, []string{keyOf(b, key)}, b.args(0)...).Int64()
	return l.judge(ctx, b, wait, err)
}

// Here takes one from a caller's budget on this node only, so that a flood at one
// node is refused without asking Redis. Errors: rate_limited.
func (l *Limiter) Here(b Budget, key string) error {
	if b.Most <= 0 {
		return nil
	}
	return l.counter(b).spend(b, key, l.now())
}

// Asked is a question to Redis in a pipeline. The zero Asked asks nothing.
type Asked struct {
	budget  Budget
	key     string
	command *redis.Cmd
}

// Ask adds a question to a pipeline.
func (l *Limiter) Ask(ctx context.Context, pipe redis.Pipeliner, b Budget, key string) Asked {
	if b.Most <= 0 {
		return Asked{}
	}
	return Asked{b, key, l.script.EvalSha(ctx, pipe, []string{keyOf(b, key)}, b.args(1)...)}
}

// Answer reads the answer after the pipeline has run. Errors: rate_limited.
func (l *Limiter) Answer(ctx context.Context, a Asked) error {
	if a.command == nil {
		return nil
	}
	wait, err := a.command.Int64()
	if err != nil && redis.HasErrorPrefix(err, "NOSCRIPT") {
		// This server does not have the script yet, and did nothing. Run sends it.
		ctx, cancel := context.WithTimeout(ctx, askTimeout)
		defer cancel()
		wait, err = l.script.Run(ctx, l.redis, []string{keyOf(a.budget, a.key)}, a.budget.args(1)...).Int64()
	}
	return l.judge(ctx, a.budget, wait, err)
}

// judge turns Redis' answer into an error. When Redis does not answer nothing is
// refused, because this node has counted already.
func (l *Limiter) judge(ctx context.Context, b Budget, wait int64, err error) error {
	if err != nil {
		l.mu.Lock()
		l.alone = l.now().Add(askPause)
		l.mu.Unlock()
		l.log.DebugContext(context.WithoutCancel(ctx), "limit: Redis did not answer: counting on this node alone", "budget", b.Name, "error", err)
		return nil
	}
	if wait <= 0 {
		return nil
	}
	return b.exceeded(time.Duration(wait) * time.Millisecond)
}

func (l *Limiter) isAlone() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now().Before(l.alone)
}

func (l *Limiter) counter(b Budget) *counter {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.here[b]
	if c == nil {
		c = &counter{LimitCounter: httprate.NewLocalLimitCounter(b.Window)}
		l.here[b] = c
	}
	return c
}

func (c *counter) spend(b Budget, key string, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.lookLocked(b, key, now); err != nil {
		return err
	}
	return c.Increment(key, now.Truncate(b.Window))
}

func (c *counter) look(b Budget, key string, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lookLocked(b, key, now)
}

func (c *counter) lookLocked(b Budget, key string, now time.Time) error {
	window := now.Truncate(b.Window)
	spent, before, err := c.Get(key, window, window.Add(-b.Window))
	if err != nil {
		return err
	}
	left := b.Window - now.Sub(window)
	if float64(spent)+float64(before)*float64(left)/float64(b.Window)+1 > float64(b.Most) {
		return b.exceeded(left)
	}
	return nil
}

func (b Budget) args(cost int) []any { return []any{b.Most, b.Window.Milliseconds(), cost} }

// exceeded returns the error. Something is left at the end of the window at the
// earliest, and all of it after a whole window, which is what Retry-After says.
func (b Budget) exceeded(left time.Duration) error {
	wait := max(left, b.Window)
	f := fault.New(fault.RateLimited, "too many requests; wait as long as Retry-After says")
	f.After = time.Duration(math.Ceil(wait.Seconds())) * time.Second
	return f
}

// keyOf returns the key of a caller's budget. The caller's id is in braces, so that
// the budgets of one caller are on one server of a cluster.
func keyOf(b Budget, key string) string {
	return "limit:{" + strings.NewReplacer("{", "_", "}", "_").Replace(key) + "}:" + b.Name
}
