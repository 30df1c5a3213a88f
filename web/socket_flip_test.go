package web_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"usher/hub"
	"usher/internal/testkit"
	"usher/internal/testkit/conform"
	"usher/internal/wire"
)

// TestAFanWhoFlipsBetweenSocketsStreamsAndNodesKeepsThePlace: a page that changes over
// again and again, and a second window that does the same, cost neither the place nor more
// than one live connection.
func TestAFanWhoFlipsBetweenSocketsStreamsAndNodesKeepsThePlace(t *testing.T) {
	t.Parallel()
	h := newFixture(t, `{"activeLimit":1}`)
	nodes := []*node{h.node(), h.node()}
	nodes[0].active(nodes[0].fan("holder"))
	f, behind := nodes[0].fan("flips"), nodes[1].fan("behind")
	for _, one := range []fan{f, behind} {
		nodes[0].sends(one, "POST", "/waitingList/join", "")
	}
	waits, _ := nodes[1].connect(behind)
	// Each window opens the next connection without waiting for the end of the last.
	var windows sync.WaitGroup
	for window := range 3 {
		windows.Go(func() {
			for i := range 12 {
				n := nodes[(window+i)%2]
				if (window+i/2)%2 == 0 {
					n.dial(f)
					continue
				}
				r, err := http.NewRequest(http.MethodGet, n.url+"/events?season="+n.season, nil)
				if err != nil {
					t.Error(err)
					return
				}
				r.Header = f.bearer()
				answer, err := conform.Through(http.DefaultTransport).RoundTrip(r)
				if err != nil {
					t.Error(err)
					return
				}
				t.Cleanup(func() { _ = answer.Body.Close() })
				if answer.StatusCode != http.StatusOK {
					t.Errorf("a stream is answered with %s", answer.Status)
				}
			}
		})
	}
	windows.Wait()
	last, welcome := nodes[1].connect(f)
	if welcome.Status.State != "waiting" || welcome.Status.Position == nil || *welcome.Status.Position != 1 {
		t.Errorf("the welcome of the last connection says %+v", welcome.Status)
	}
	key := hub.Key{Season: h.season, User: f.user.ID}
	testkit.Eventually(t, soon, "only the last connection is left", func() bool {
		return nodes[0].hub.Get(key) == nil && nodes[1].hub.Get(key) != nil && nodes[0].hub.Open() == 1 && nodes[1].hub.Open() == 2 && nodes[1].hub.Streams() == 0
	})
	rows, err := nodes[0].queue.LineOf(context.Background(), h.season, []string{f.user.ID, behind.user.ID})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if !row.Present {
			t.Errorf("%+v is absent", row)
		}
	}
	ask[wire.Pong](last, wire.Request{Type: wire.RequestPing})
	ask[wire.Pong](waits, wire.Request{Type: wire.RequestPing})
	nodes[0].sends(nodes[0].fan("holder"), "POST", "/waitingList/leave", "")
	await[wire.Turn](last, "the turn", nil)
}
