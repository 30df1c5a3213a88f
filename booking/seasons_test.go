package booking

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/fault"
	"usher/internal/testkit"
)

// silentServer is the address of a server that accepts connections and never answers.
func silentServer(t *testing.T) string {
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

func TestHoldsContinueWithoutMongoDB(t *testing.T) {
	t.Parallel()
	redisURL := testkit.Stores(t).RedisURL
	h := newHall(t, redisURL, `{"currency":"CHF"}`, "vvvvvvvvvvvvvvvvvvvv")
	users := []string{"ann", "bob", "cat", "dan", "eve", "fay", "gus", "hal"}
	h.admit(time.Minute, users...)
	h.hold("ann", "A-1")
	h.o.Mongo = testkit.OpenAt(t, redisURL, "mongodb://"+silentServer(t)+"/", "silent").Mongo
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

// A season exists on every node as soon as it is created on one. Requests for unknown
// seasons cost a few reads a second, whatever their ids.
func TestANewSeasonExistsOnOtherNodesAtOnce(t *testing.T) {
	t.Parallel()
	h := emptyHall(t, "", "")
	other := h.node(nil)
	if _, err := other.Season(h.ctx, h.season); err != nil {
		t.Fatal(err)
	}
	reads := func() int {
		other.catalog.fetching.Lock()
		defer other.catalog.fetching.Unlock()
		return other.catalog.reads
	}
	before := reads()
	var asking sync.WaitGroup
	for i := range 500 {
		asking.Go(func() {
			if _, err := other.Season(h.ctx, fmt.Sprintf("%s-no-%d", h.season, i)); !fault.Is(err, fault.NotFound) {
				t.Error(err)
			}
		})
	}
	asking.Wait()
	// Each read serves all requests that came before it began.
	if n := reads() - before; n > 20 {
		t.Errorf("500 unknown seasons at once took %d reads", n)
	}
	for i := range 3 {
		id := fmt.Sprintf("%s-new-%d", h.season, i)
		if _, err := other.Season(h.ctx, id); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		if _, err := h.ApplySeason(h.ctx, id, []byte(`{}`), "test"); err != nil {
			t.Fatal(err)
		}
		if _, err := other.Season(h.ctx, id); err != nil {
			t.Error("created on another node:", err)
		}
	}
	before = reads()
	for _, id := range []string{"", "Not An Id", "..", strings.Repeat("x", 100)} {
		if _, err := other.Season(h.ctx, id); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	}
	if n := reads() - before; n > 1 {
		t.Errorf("invalid ids took %d reads", n)
	}
}

// A change of settings is published: no node waits for its tick.
func TestChangedSettingsReachOtherNodes(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := emptyHall(t, redisURL, `{"name":"Before"}`)
		other := h.node(nil)
		h.run(other)
		testkit.Eventually(t, soon, "the other node reads the changes", func() bool {
			h.announceSeason(h.ctx, h.season)
			select {
			case <-other.SeasonsRead():
				return true
			case <-time.After(10 * time.Millisecond):
				return false
			}
		})
		for i := range 3 {
			name := fmt.Sprint("Gala ", i)
			if _, err := h.ApplySeason(h.ctx, h.season, []byte(`{"name":"`+name+`"}`), "test"); err != nil {
				t.Fatal(err)
			}
			testkit.Eventually(t, soon, "the other node knows the name", func() bool {
				select {
				case <-other.SeasonsRead():
				default:
					return false
				}
				s, err := other.Season(h.ctx, h.season)
				return err == nil && s.Name == name
			})
		}
	})
}
