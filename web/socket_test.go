package web_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/coder/websocket"

	"usher/booking/payment"
	"usher/hub"
	"usher/internal/testkit"
	"usher/internal/wire"
)

func TestAnUpgradeIsRefusedWithAProblem(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).node()
	f := n.fan("fan1")
	cookie := func(origin string) http.Header {
		h := http.Header{"Cookie": {"usher_session=" + f.token}}
		if origin != "" {
			h.Set("Origin", origin)
		}
		return h
	}
	cases := map[string]struct {
		season string
		header http.Header
		status int
		code   string
	}{
		"no session":                                         {n.season, nil, 401, "unauthenticated"},
		"a token without a valid signature":                  {n.season, http.Header{"Authorization": {"Bearer a.b.c"}}, 401, "unauthenticated"},
		"a cookie from a foreign origin":                     {n.season, cookie("https://evil.example"), 403, "bad_origin"},
		"a cookie without an origin":                         {n.season, cookie(""), 403, "bad_origin"},
		"a season that does not exist":                       {"no-such-season", f.bearer(), 404, "not_found"},
		"no session, a foreign origin and an unknown season": {"no-such-season", http.Header{"Origin": {"https://evil.example"}}, 401, "unauthenticated"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			status, problem := n.refused(c.season, c.header)
			if status != c.status || problem.Code != c.code {
				t.Errorf("refused with %d %s, want %d %s", status, problem.Code, c.status, c.code)
			}
		})
	}
	t.Run("no upgrade", func(t *testing.T) {
		answer := n.request(f.bearer())
		if answer.StatusCode != http.StatusUpgradeRequired || answer.Header.Get("Upgrade") != "websocket" {
			t.Errorf("answered with %s, Upgrade %q", answer.Status, answer.Header.Get("Upgrade"))
		}
	})
	t.Run("a node that drains", func(t *testing.T) {
		close(n.draining)
		status, problem := n.refused(n.season, f.bearer())
		if status != 503 || problem.Code != "draining" {
			t.Errorf("refused with %d %s", status, problem.Code)
		}
	})
}

func TestAMalformedUpgradeClosesNoSocket(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).node()
	f := n.fan("fan1")
	p, _ := n.connect(f)
	good := http.Header{
		"Authorization": f.bearer()["Authorization"], "Connection": {"Upgrade"}, "Upgrade": {"websocket"},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"AAAAAAAAAAAAAAAAAAAAAA=="},
	}
	for name, spoil := range map[string]func(http.Header){
		"without Connection":            func(h http.Header) { h.Del("Connection") },
		"of another version":            func(h http.Header) { h.Set("Sec-WebSocket-Version", "12") },
		"without a key":                 func(h http.Header) { h.Del("Sec-WebSocket-Key") },
		"with a key too short":          func(h http.Header) { h.Set("Sec-WebSocket-Key", "AAAA") },
		"with a key that is not base64": func(h http.Header) { h.Set("Sec-WebSocket-Key", "!") },
		"with two keys":                 func(h http.Header) { h.Add("Sec-WebSocket-Key", h.Get("Sec-WebSocket-Key")) },
	} {
		t.Run(name, func(t *testing.T) {
			header := good.Clone()
			spoil(header)
			answer := n.request(header)
			if media := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusBadRequest || media != "application/problem+json" {
				t.Errorf("answered with %s as %s", answer.Status, media)
			}
		})
	}
	ask[wire.Pong](p, wire.Request{Type: wire.RequestPing})
}

// TestADialOfAnUnknownProtocolClosesNoSocket: such a client is refused before it
// draws a connection number, which would close the fan's socket.
func TestADialOfAnUnknownProtocolClosesNoSocket(t *testing.T) {
	t.Parallel()
	h := newFixture(t, `{}`)
	here, there := h.node(), h.node()
	f := here.fan("fan1")
	p, _ := here.connect(f)
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	for _, n := range []*node{here, there} {
		for _, offered := range [][]string{{"soap"}, {"soap", "usher.v2"}, {"USHER.V1"}} {
			conn, answer, err := websocket.Dial(ctx, n.url+"/ws?season="+n.season, &websocket.DialOptions{HTTPHeader: f.bearer(), Subprotocols: offered})
			if err == nil {
				_ = conn.CloseNow()
				t.Errorf("offering %q opens a socket", offered)
				continue
			}
			if answer == nil || answer.StatusCode != http.StatusBadRequest {
				t.Errorf("offering %q: %v", offered, err)
			}
		}
	}
	ask[wire.Pong](p, wire.Request{Type: wire.RequestPing})
	if p.ended() {
		t.Error("the older socket was closed")
	}
}

func TestAFullNodeClosesWithBusy(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).nodeWith(hub.Options{MaxSockets: 1}, func(*node) {})
	n.connect(n.fan("fan1"))
	code, bye := n.dial(n.fan("fan2")).closed()
	if code != 1013 || bye.Reason != "busy" {
		t.Errorf("closed with %d after %+v, want 1013 busy", code, bye)
	}
}

func TestTheWelcomeHasEverythingAPageNeeds(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{"lease":"30s"}`).node()
	f := n.fan("fan1")
	p, welcome := n.connect(f)
	if welcome.Protocol != "usher.v1" || welcome.Season != n.season || welcome.HeartbeatSeconds != 10 {
		t.Errorf("welcomed with %+v", welcome)
	}
	if welcome.User.ID != f.user.ID || welcome.User.Email != "fan1@example.com" || welcome.User.Roles == nil {
		t.Errorf("welcomed as %+v", welcome.User)
	}
	if welcome.Status.State != "none" || welcome.Cart.Seats == nil || welcome.Cart.ExpiresAt != nil {
		t.Errorf("welcomed with %+v", welcome)
	}
	if p.conn.Subprotocol() != "usher.v1" {
		t.Errorf("the subprotocol is %q", p.conn.Subprotocol())
	}
}

func TestReconnectingResumes(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).node()
	f := n.fan("fan1")
	p := n.active(f)
	cart := ask[wire.CartMessage](p, hold("A-1")).Cart
	_ = p.conn.CloseNow()
	_, welcome := n.connect(f)
	if welcome.Status.State != "active" || len(welcome.Cart.Seats) != 1 || welcome.Cart.Total != 4500 {
		t.Errorf("welcomed with %+v", welcome)
	}
	if got, want := welcome.Cart.ExpiresAt.String(), cart.ExpiresAt.String(); got != want {
		t.Errorf("the cart ends at %s, it was %s", got, want)
	}
}

func TestTwoFansAndOnePlace(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{"activeLimit":1}`).node()
	one, two := n.fan("fan1"), n.fan("fan2")
	first := n.active(one)
	second, _ := n.connect(two)

	status := ask[wire.StatusMessage](second, wire.Request{Type: wire.RequestJoin}).Status
	if status.State != "waiting" || status.Position == nil || *status.Position != 1 || status.Place == nil {
		t.Fatalf("fan2 joined as %+v", status)
	}
	third, _ := n.connect(n.fan("fan3"))
	if status := ask[wire.StatusMessage](third, wire.Request{Type: wire.RequestJoin}).Status; status.Position == nil || *status.Position != 2 {
		t.Fatalf("fan3 joined as %+v", status)
	}

	if left := ask[wire.StatusMessage](first, wire.Request{Type: wire.RequestLeave}).Status; left.State != "none" {
		t.Errorf("fan1 left as %+v", left)
	}
	turn := await(second, "the turn", func(wire.Turn) bool { return true }).Status
	if turn.State != "turn" || turn.Deadline == nil || turn.Position != nil {
		t.Errorf("the turn came as %+v", turn)
	}
	await(third, "the move to the front", func(p wire.Position) bool { return p.Position == 1 })

	if entered := ask[wire.StatusMessage](second, wire.Request{Type: wire.RequestEnter}).Status; entered.State != "active" || entered.SessionEndsAt == nil {
		t.Fatalf("fan2 entered as %+v", entered)
	}
	ask[wire.SeatNames](second, wire.Request{Type: wire.RequestSeats})
	if cart := ask[wire.CartMessage](second, hold("A-1", "B-1")).Cart; cart.Total != 7000 || cart.Currency != "EUR" || len(cart.Seats) != 2 {
		t.Fatalf("the cart is %+v", cart)
	}
	bought := ask[wire.TransactionMessage](second, purchase("order-1", "tok_ok", "A-1", "B-1")).Transaction
	if bought.Status != "completed" || len(bought.Tickets) != 2 || bought.Tickets[0].QRCode == "" || bought.Tickets[0].Holder != "fan2" {
		t.Fatalf("bought %+v", bought)
	}
	await(second, "the empty cart", func(m wire.CartMessage) bool { return len(m.Cart.Seats) == 0 })
	for _, m := range second.unasked() {
		if told, twice := m.(wire.TransactionMessage); twice {
			t.Errorf("the purchase was answered and also announced: %+v", told)
		}
	}
	again := ask[wire.TransactionMessage](second, purchase("order-1", "tok_ok", "B-1", "A-1")).Transaction
	if again.ID != bought.ID || again.Status != "completed" {
		t.Errorf("the repeat bought %+v", again)
	}
	if refused := ask[wire.Error](second, purchase("order-1", "tok_ok", "A-1")); refused.Code != "key_reused" {
		t.Errorf("reusing the key for other seats was answered with %+v", refused)
	}
}

func TestAnAnswerIsNotRepeatedAsAnEvent(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).node()
	p := n.active(n.fan("fan1"))
	ask[wire.CartMessage](p, hold("A-1"))
	ask[wire.CartMessage](p, hold("A-2"))
	ask[wire.CartMessage](p, wire.Request{Type: wire.RequestRelease, Seats: []string{"A-1"}})
	// A change of another fan takes the same channels. When it arrives, every message
	// about the earlier changes has arrived.
	ask[wire.SeatNames](p, wire.Request{Type: wire.RequestSeats})
	ask[wire.CartMessage](n.active(n.fan("fan2")), hold("C-1"))
	await(p, "the other fan's hold", func(m wire.Changes) bool { return m.Seats["C-1"] == "inTransaction" })
	for _, m := range p.unasked() {
		switch m.(type) {
		case wire.CartMessage, wire.StatusMessage:
			t.Errorf("sent twice: %s", wire.Encode(m))
		}
	}
}

func TestChangesAreSeenByOtherActiveFansOnly(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{"activeLimit":2}`).node()
	one, two, three := n.active(n.fan("fan1")), n.active(n.fan("fan2")), n.dial(n.fan("fan3"))
	three.read() // welcome
	ask[wire.CartMessage](one, hold("A-1", "A-2"))

	names := ask[wire.SeatNames](two, wire.Request{Type: wire.RequestSeats})
	testkit.Eventually(t, soon, "the snapshot shows the hold", func() bool {
		names = ask[wire.SeatNames](two, wire.Request{Type: wire.RequestSeats})
		return len(names.Seats) == 2
	})
	if names.Seats["A-1"] != "inTransaction" || names.Seats["A-2"] != "inTransaction" {
		t.Errorf("the seats are %+v", names)
	}
	bitmaps := ask[wire.SeatBitmaps](two, wire.Request{Type: wire.RequestSeats, Format: wire.FormatBitmap})
	if bitmaps.Count != 30 || len(bitmaps.Booked) != 4 || bitmaps.InTransaction[0] != 0xC0 {
		t.Errorf("the bitmaps are %+v", bitmaps)
	}
	if refused := ask[wire.Error](three, wire.Request{Type: wire.RequestSeats}); refused.Code != "not_admitted" {
		t.Errorf("a fan who is not active was answered with %+v", refused)
	}

	ask[wire.CartMessage](one, wire.Request{Type: wire.RequestRelease, Seats: []string{"A-1"}})
	changes := await(two, "the release", func(m wire.Changes) bool { return m.Seats["A-1"] == "available" })
	if changes.Version <= names.Version {
		t.Errorf("the changes have version %d, the seats had %d", changes.Version, names.Version)
	}

	ask[wire.StatusMessage](two, wire.Request{Type: wire.RequestLeave})
	ask[wire.SeatNames](one, wire.Request{Type: wire.RequestSeats})
	four := n.active(n.fan("fan4"))
	two.kept = nil
	ask[wire.CartMessage](four, hold("C-10"))
	await(one, "the hold of the fan who came in", func(m wire.Changes) bool { return m.Seats["C-10"] != "" })
	for _, m := range two.unasked() {
		if told, late := m.(wire.Changes); late {
			t.Errorf("a fan who left receives changes of seats: %+v", told)
		}
	}
}

func TestATurnReachesAFanOnAnotherServer(t *testing.T) {
	t.Parallel()
	h := newFixture(t, `{"activeLimit":1}`)
	here, there := h.node(), h.node()
	first := here.active(here.fan("fan1"))
	second, _ := there.connect(there.fan("fan2"))
	ask[wire.StatusMessage](second, wire.Request{Type: wire.RequestJoin})
	ask[wire.StatusMessage](first, wire.Request{Type: wire.RequestLeave})
	await(second, "the turn", func(wire.Turn) bool { return true })
}

func TestWithoutRedisRequestsFailAndTheSocketStays(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	n := newFixtureOn(t, "redis://"+redis.Addr(), `{}`).node()
	f := n.fan("fan1")
	p := n.active(f)
	redis.SetError("LOADING Redis is loading the dataset in memory")
	for _, r := range []wire.Request{{Type: wire.RequestStatus}, hold("A-1"), {Type: wire.RequestSeats}} {
		if refused := ask[wire.Error](p, r); refused.Code != "unavailable" {
			t.Errorf("%s was answered with %+v", r.Type, refused)
		}
	}
	if status, problem := n.refused(n.season, f.bearer()); status != 503 || problem.Code != "unavailable" {
		t.Errorf("an upgrade was refused with %d %s", status, problem.Code)
	}
	redis.SetError("")
	if cart := ask[wire.CartMessage](p, hold("A-1")).Cart; len(cart.Seats) != 1 {
		t.Errorf("after the store came back the cart is %+v", cart)
	}
}

func (broken) Check(payment.Details) error { panic("a bug") }

func TestALapsedFanIsNotifiedAndLosesTheHolds(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{"activeLimit":1,"session":"2s"}`).node()
	one := n.active(n.fan("fan1"))
	ask[wire.CartMessage](one, hold("A-1"))
	two, _ := n.connect(n.fan("fan2"))
	ask[wire.StatusMessage](two, wire.Request{Type: wire.RequestJoin})

	lapsed := await(one, "the lapse", func(wire.Lapsed) bool { return true })
	if lapsed.Reason != "session_ended" || lapsed.Status.State != "none" || lapsed.Status.Position != nil {
		t.Errorf("lapsed as %+v", lapsed)
	}
	await(one, "the empty cart", func(m wire.CartMessage) bool { return len(m.Cart.Seats) == 0 })
	if refused := ask[wire.Error](one, hold("A-1")); refused.Code != "not_admitted" {
		t.Errorf("holding after the lapse was answered with %+v", refused)
	}
	await(two, "the turn", func(wire.Turn) bool { return true })
	ask[wire.StatusMessage](two, wire.Request{Type: wire.RequestEnter})
	ask[wire.CartMessage](two, hold("A-1"))
}

func TestAMissedTurnIsNotifiedAndGoesToTheNextFan(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{"activeLimit":1,"turnWindow":"1s"}`).node()
	one := n.active(n.fan("fan1"))
	two, _ := n.connect(n.fan("fan2"))
	ask[wire.StatusMessage](two, wire.Request{Type: wire.RequestJoin})
	three, _ := n.connect(n.fan("fan3"))
	ask[wire.StatusMessage](three, wire.Request{Type: wire.RequestJoin})
	ask[wire.StatusMessage](one, wire.Request{Type: wire.RequestLeave})
	await(two, "the turn", func(wire.Turn) bool { return true })
	if lapsed := await(two, "the lapse", func(wire.Lapsed) bool { return true }); lapsed.Reason != "turn_missed" {
		t.Errorf("lapsed as %+v", lapsed)
	}
	await(three, "the turn", func(wire.Turn) bool { return true })
	if refused := ask[wire.Error](two, wire.Request{Type: wire.RequestEnter}); refused.Code != "conflict" {
		t.Errorf("entering after the turn was answered with %+v", refused)
	}
}

func TestAnExpiredHoldIsNotified(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{"hold":"1s"}`).node()
	p := n.active(n.fan("fan1"))
	ask[wire.CartMessage](p, hold("A-1"))
	expired := await(p, "the expiry", func(m wire.CartMessage) bool { return len(m.Cart.Seats) == 0 })
	if expired.Reason != "expired" || expired.Cart.ExpiresAt != nil {
		t.Errorf("the notification is %+v", expired)
	}
}
