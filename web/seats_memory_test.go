package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/testkit"
	"usher/internal/wire"
)

type asker struct{}

// storeCalls counts the Redis commands of a marked request.
type storeCalls struct {
	mu    sync.Mutex
	calls []string
}

func (s *storeCalls) note(ctx context.Context, cmd redis.Cmder) {
	if ctx.Value(asker{}) != nil {
		s.mu.Lock()
		s.calls = append(s.calls, cmd.String())
		s.mu.Unlock()
	}
}

func (s *storeCalls) DialHook(next redis.DialHook) redis.DialHook { return next }

func (s *storeCalls) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		s.note(ctx, cmd)
		return next(ctx, cmd)
	}
}

func (s *storeCalls) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		for _, cmd := range cmds {
			s.note(ctx, cmd)
		}
		return next(ctx, cmds)
	}
}

// TestReadingSeatsCallsNoStore: a crowd that reloads the page must not reach the
// stores. The requests here are cancelled already, so that a call of MongoDB fails.
// They are marked, so that a call of Redis is counted even when its error is lost.
func TestReadingSeatsCallsNoStore(t *testing.T) {
	h := newFixture(t, "{}")
	var seen storeCalls
	h.stores.Redis.AddHook(&seen)
	n := h.node()
	get := func(path, tag string) *httptest.ResponseRecorder {
		ctx, giveUp := context.WithCancel(context.WithValue(t.Context(), asker{}, true))
		giveUp()
		r := httptest.NewRequestWithContext(ctx, "GET", path, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		r.Header.Set("If-None-Match", tag)
		answer := httptest.NewRecorder()
		n.web.Handler().ServeHTTP(answer, r)
		return answer
	}
	var tag string
	testkit.Eventually(t, soon, "the seats are in memory", func() bool {
		first := get("/seats", "")
		tag = first.Header().Get("ETag")
		return first.Code == http.StatusOK && get("/seats?category=VIP", "").Code == http.StatusOK
	})
	seen.mu.Lock()
	seen.calls = nil
	seen.mu.Unlock()
	for range 20 {
		for path, want := range map[string]int{"/seats": http.StatusNotModified, "/seats?category=VIP": http.StatusOK, "/seats/A-1": http.StatusOK} {
			if answer := get(path, tag); answer.Code != want {
				t.Fatalf("%s: %d %s", path, answer.Code, answer.Body)
			}
		}
	}
	if len(seen.calls) > 0 {
		t.Errorf("the stores were called: %v", seen.calls)
	}
}

// TestChangesOfManySeatsAreMerged: a socket gets at most ten messages a second,
// however fast seats change, and ends with the right status of each.
func TestChangesOfManySeatsAreMerged(t *testing.T) {
	n := newFixture(t, `{"activeLimit":10,"maxSeats":30}`).node()
	watcher := n.active(n.fan("watcher"))
	names := ask[wire.SeatNames](watcher, wire.Request{Type: wire.RequestSeats})
	mover := n.fan("mover")
	n.active(mover)
	began := time.Now()
	moves := 0
	for ; moves < 300 && time.Since(began) < 1500*time.Millisecond; moves++ {
		seats := []string{[]string{"A-1", "B-2", "C-3"}[moves%3]}
		if _, err := n.booking.Hold(t.Context(), n.season, mover.user.ID, seats); err != nil {
			t.Fatal(err)
		}
		if _, err := n.booking.Release(t.Context(), n.season, mover.user.ID, seats); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := n.booking.Hold(t.Context(), n.season, mover.user.ID, []string{"C-10"}); err != nil {
		t.Fatal(err)
	}
	heard, version := 0, names.Version
	await(watcher, "the last hold", func(m wire.Changes) bool {
		heard++
		if m.Version <= version {
			t.Errorf("version %d after %d", m.Version, version)
		}
		version = m.Version
		return m.Seats["C-10"] == "inTransaction"
	})
	if most := int(time.Since(began)/(100*time.Millisecond)) + 2; heard > most {
		t.Errorf("%d messages for %d changes, want at most %d", heard, moves, most)
	}
}
