package booking

import (
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"usher/internal/testkit"
)

// silence is the address of a server that takes connections and says nothing.
func silence(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var listening sync.WaitGroup
	listening.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
		}
	})
	t.Cleanup(func() { _ = l.Close(); listening.Wait() })
	return l.Addr().String()
}

func TestHoldsGoOnWhileMongoDBIsSilent(t *testing.T) {
	t.Parallel()
	redisURL := testkit.Stores(t).RedisURL
	h := newHall(t, redisURL, `{"currency":"CHF"}`, "vvvvvvvvvvvvvvvvvvvv")
	users := []string{"ann", "bob", "cat", "dan", "eve", "fay", "gus", "hal"}
	h.admit(time.Minute, users...)
	h.hold("ann", "A-1")
	h.o.Mongo = testkit.OpenAt(t, redisURL, "mongodb://"+silence(t)+"/", "silent").Mongo
	h.catalog.mu.Lock()
	h.catalog.fetched = time.Now().Add(-time.Minute)
	h.catalog.mu.Unlock()
	began := time.Now()
	var holding sync.WaitGroup
	for i, user := range users {
		holding.Go(func() {
			cart, err := h.Hold(h.ctx, h.season, user, []string{fmt.Sprint("A-", i+2)})
			if err != nil || cart.Currency != "CHF" {
				t.Errorf("%s: %v %v", user, cart, err)
			}
			if _, err := h.Snapshot(h.ctx, h.season); err != nil {
				t.Error(err)
			}
		})
	}
	holding.Wait()
	if took := time.Since(began); took > 3*seasonsWait {
		t.Errorf("%d holds took %v", len(users), took)
	}
}
