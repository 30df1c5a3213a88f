package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"usher/internal/testkit"
)

// tripMark marks the context of what a test counts.
type tripMark struct{}

// trips counts the round trips to Redis of marked contexts. before runs before each of them.
type trips struct {
	taken  atomic.Int64
	before atomic.Pointer[func()]
}

func (h *trips) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h *trips) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		h.take(ctx)
		return next(ctx, cmd)
	}
}

func (h *trips) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		h.take(ctx)
		return next(ctx, cmds)
	}
}

func (h *trips) take(ctx context.Context) {
	if ctx.Value(tripMark{}) == nil {
		return
	}
	h.taken.Add(1)
	if before := h.before.Load(); before != nil {
		(*before)()
	}
}

// TestACheckIsOneRoundTrip: a proxy's check asks Redis for the session and for the place at
// the same time, each once, and checks that come at once share both questions.
func TestACheckIsOneRoundTrip(t *testing.T) {
	t.Parallel()
	stores := testkit.Open(t, "")
	counted := &trips{}
	stores.Redis.AddHook(counted)
	s := openSaleOf(t, setup{stores: stores}, `{"name":"Gala","activeLimit":1}`)
	inside := s.signIn(t, "inside@example.com")
	check := func() {
		r := httptest.NewRequestWithContext(context.WithValue(t.Context(), tripMark{}, true), "GET", "/gateway/check?season="+s.season, nil)
		r.Header.Set("Authorization", "Bearer "+inside.token)
		w := httptest.NewRecorder()
		if err := s.gateway.Check(w, r); err != nil || w.Code != http.StatusOK {
			t.Errorf("%d %v", w.Code, err)
		}
	}
	hold := func(until int64, reached *atomic.Int64) {
		wait := func() {
			if !testkit.Within(soon, func() bool { return reached.Load() >= until }) {
				t.Errorf("%d of %d came", reached.Load(), until)
			}
		}
		counted.before.Store(&wait)
	}
	check() // now each script is known

	counted.taken.Store(0)
	hold(2, &counted.taken) // neither question is sent before both are there
	check()
	if n := counted.taken.Load(); n != 2 {
		t.Errorf("a check asks %d times", n)
	}

	const crowd = 200
	var asking atomic.Int64
	var all sync.WaitGroup
	counted.taken.Store(0)
	hold(crowd, &asking)
	for range crowd {
		all.Go(func() {
			asking.Add(1)
			check()
		})
	}
	all.Wait()
	if n := counted.taken.Load(); n > crowd/4 {
		t.Errorf("%d checks at once ask Redis %d times", crowd, n)
	}
}
