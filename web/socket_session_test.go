package web_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"usher/hub"
	"usher/internal/auth"
	"usher/internal/testkit"
	"usher/internal/testkit/conform"
	"usher/internal/wire"
)

func TestANewerSocketReplacesTheOlderOverTwoServers(t *testing.T) {
	t.Parallel()
	h := newFixture(t, `{}`)
	here, there := h.node(), h.node()
	f := here.fan("fan1")
	older, _ := here.connect(f)
	newer, _ := there.connect(f)
	if code, bye := older.closed(); code != 4001 || bye.Reason != "replaced" {
		t.Errorf("closed with %d after %+v", code, bye)
	}
	if status := ask[wire.StatusMessage](newer, wire.Request{Type: wire.RequestJoin}).Status; status.State != "active" {
		t.Errorf("the newer socket is %+v", status)
	}
	// Then a third socket, on the node of the first one.
	newest, _ := here.connect(f)
	if code, _ := newer.closed(); code != 4001 {
		t.Errorf("closed with %d", code)
	}
	ask[wire.Pong](newest, wire.Request{Type: wire.RequestPing})
}

func TestLoggingOutClosesTheSocketsOfTheSession(t *testing.T) {
	t.Parallel()
	h := newFixture(t, `{"activeLimit":1}`)
	here, there := h.node(), h.node()
	f := here.fan("fan1")
	p := there.active(f)
	ask[wire.CartMessage](p, hold("A-1"))
	r, err := http.NewRequest(http.MethodPost, here.url+"/auth/logout", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = f.bearer()
	answer, err := conform.Through(http.DefaultTransport).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		t.Fatalf("logging out was answered with %s", answer.Status)
	}
	if code, bye := p.closed(); code != 4002 || bye.Reason != "logged_out" {
		t.Errorf("closed with %d after %+v", code, bye)
	}
	if status, problem := there.refused(h.season, f.bearer()); status != 401 {
		t.Errorf("the session still opens sockets: %d %+v", status, problem)
	}
	other := there.active(there.fan("fan2"))
	ask[wire.CartMessage](other, hold("A-1"))
}

func TestALostRevocationIsFoundLater(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).nodeWith(hub.Options{}, func(n *node) {
		n.lostRevocation = func(string) bool { return true }
	})
	f, other := n.fan("fan1"), n.fan("fan2")
	p, _ := n.connect(f)
	bystander, _ := n.connect(other)
	n.opened(2)
	if err := n.auth.Revoke(context.Background(), f.session); err != nil {
		t.Fatal(err)
	}
	ask[wire.Pong](p, wire.Request{Type: wire.RequestPing})
	n.web.CloseRevokedOnce(context.Background())
	if code, _ := p.closed(); code != 4002 {
		t.Errorf("closed with %d", code)
	}
	ask[wire.Pong](bystander, wire.Request{Type: wire.RequestPing})
}

// TestACutoffClosesSocketsAndStreamsOfEveryNode: ending a user's sessions closes what the
// user has open on every node, whether the message between nodes arrives or not.
func TestACutoffClosesSocketsAndStreamsOfEveryNode(t *testing.T) {
	t.Parallel()
	h := newFixture(t, `{}`)
	here, there := h.node(), h.nodeWith(hub.Options{}, func(n *node) { n.lostCutoff = true })
	socket, stays := here.fan("fan1"), here.fan("fan2")
	elsewhere, streaming := there.fan("fan3"), here.fan("fan4")
	p, _ := here.connect(socket)
	q, _ := there.connect(elsewhere)
	stream, _ := here.stream(streaming, silent)
	bystander, _ := here.connect(stays)
	cutoffs := auth.NewCutoffs(h.stores.Redis, h.stores.Mongo)
	for _, f := range []fan{socket, elsewhere, streaming} {
		if _, err := cutoffs.RevokeUser(context.Background(), f.session.User.ID, "a test", time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if code, bye := p.closed(); code != 4002 || bye.Reason != "logged_out" {
		t.Errorf("closed with %d after %+v", code, bye)
	}
	if bye := stream.streamEnded(); bye.Reason != "logged_out" {
		t.Errorf("the stream ended with %+v", bye)
	}
	ask[wire.Pong](q, wire.Request{Type: wire.RequestPing})
	there.web.CloseRevokedOnce(context.Background())
	if code, _ := q.closed(); code != 4002 {
		t.Errorf("closed with %d", code)
	}
	if status, problem := there.refused(h.season, socket.bearer()); status != 401 {
		t.Errorf("the session still opens sockets: %d %+v", status, problem)
	}
	ask[wire.Pong](bystander, wire.Request{Type: wire.RequestPing})
}

func TestALogoutWhileTheSocketOpensClosesIt(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).node()
	f := n.fan("fan1")
	// The server asks whether it drains after it has checked the session.
	n.whenOpening = func() {
		if err := n.auth.Revoke(context.Background(), f.session); err != nil {
			t.Error(err)
		}
	}
	if code, bye := n.dial(f).closed(); code != 4002 || bye.Reason != "logged_out" {
		t.Errorf("closed with %d after %+v", code, bye)
	}
}

func TestASocketEndsWithItsToken(t *testing.T) {
	t.Parallel()
	h := newFixture(t, `{}`)
	h.issueAt = func() time.Time { return time.Now().Add(2*time.Second - 12*time.Hour) }
	n := h.node()
	p, _ := n.connect(n.fan("fan1"))
	if code, bye := p.closed(); code != 4003 || bye.Reason != "expired" {
		t.Errorf("closed with %d after %+v", code, bye)
	}
}

func TestOneOfManySocketsOpenedAtOnceStays(t *testing.T) {
	t.Parallel()
	h := newFixture(t, `{}`)
	here, there := h.node(), h.node()
	f := here.fan("fan1")
	var peers []*peer
	var dialing sync.WaitGroup
	var mu sync.Mutex
	for i := range 8 {
		dialing.Go(func() {
			p := []*node{here, there}[i%2].dial(f)
			mu.Lock()
			peers = append(peers, p)
			mu.Unlock()
		})
	}
	dialing.Wait()
	var left []*peer
	testkit.Eventually(t, soon, "one socket is left", func() bool {
		left = nil
		for _, p := range peers {
			if !p.ended() {
				left = append(left, p)
			}
		}
		return len(left) <= 1 && here.hub.Sockets()+there.hub.Sockets() <= 1
	})
	if len(left) != 1 {
		t.Fatal("no socket is left")
	}
	if status := ask[wire.StatusMessage](left[0], wire.Request{Type: wire.RequestJoin}).Status; status.State != "active" {
		t.Errorf("the socket that is left is %+v", status)
	}
}

func TestTheHubClosesWithTheReasonsTheProtocolNames(t *testing.T) {
	t.Parallel()
	reasons := map[int]string{}
	for _, c := range wire.Closes() {
		reasons[c.Code] = c.Reason
	}
	for code, reason := range map[hub.CloseCode]string{
		hub.CloseReplaced: hub.ReasonReplaced, hub.CloseExpired: hub.ReasonExpired, hub.CloseTooSlow: hub.ReasonTooSlow,
		hub.CloseFlooding: hub.ReasonFlooding, hub.CloseTooLarge: hub.ReasonTooLarge, hub.CloseRestart: hub.ReasonRestart,
	} {
		if reasons[int(code)] != reason {
			t.Errorf("close code %d is %q in the hub and %q in the protocol", code, reason, reasons[int(code)])
		}
	}
}
