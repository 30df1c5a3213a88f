package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"usher/hub"
	"usher/internal/testkit"
	"usher/internal/testkit/conform"
	"usher/internal/wire"
)

// reads asks for a stream and returns the answer.
func (n *node) reads(method string, header http.Header) *http.Response {
	n.t.Helper()
	r, err := http.NewRequest(method, n.url+"/events?season="+n.season, nil)
	if err != nil {
		n.t.Fatal(err)
	}
	r.Header = header
	answer, err := conform.Through(http.DefaultTransport).RoundTrip(r)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// stream opens a fan's stream as a peer that cannot write. answer is called at each
// comment.
func (n *node) stream(f fan, answer func()) (*peer, wire.Welcome) {
	n.t.Helper()
	response := n.reads(http.MethodGet, f.bearer())
	if response.StatusCode != http.StatusOK {
		n.t.Fatalf("%s cannot open a stream: %s", f.name, response.Status)
	}
	p := &peer{t: n.t, name: f.name, frames: make(chan []byte, 1000)}
	go func() {
		defer close(p.frames)
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if data, is := bytes.CutPrefix(lines.Bytes(), []byte("data: ")); is {
				p.frames <- bytes.Clone(data)
			} else if lines.Text() == ":" {
				answer()
			} else if lines.Text() == ": pong" {
				p.frames <- []byte(`{"type":"pong"}`)
			}
		}
		p.err = lines.Err()
	}()
	welcome, ok := p.read().(wire.Welcome)
	if !ok {
		n.t.Fatalf("%s: the first event is no welcome", f.name)
	}
	return p, welcome
}

func silent() {}

// ended reads a stream to its end and returns its last message.
func (p *peer) streamEnded() (bye wire.Bye) {
	p.t.Helper()
	late := time.After(soon)
	for {
		select {
		case frame, open := <-p.frames:
			if !open {
				return bye
			}
			m, err := wire.Parse(frame)
			if err != nil {
				p.t.Fatal(err)
			}
			bye, _ = m.(wire.Bye)
		case <-late:
			p.t.Fatalf("%s: the stream does not end", p.name)
		}
	}
}

// sends sends a request of a fan over HTTP and returns its status.
func (n *node) sends(f fan, method, path, body string) int {
	n.t.Helper()
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	r, err := http.NewRequest(method, n.url+path+separator+"season="+n.season, strings.NewReader(body))
	if err != nil {
		n.t.Fatal(err)
	}
	r.Header = f.bearer()
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := conform.Through(http.DefaultTransport).RoundTrip(r)
	if err != nil {
		n.t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// joins joins over REST with a body and returns the code of the problem; "" for none.
func (n *node) joins(f fan, body string) string {
	n.t.Helper()
	r, err := http.NewRequest(http.MethodPost, n.url+"/waitingList/join?season="+n.season, strings.NewReader(body))
	if err != nil {
		n.t.Fatal(err)
	}
	r.Header = f.bearer()
	r.Header.Set("Content-Type", "application/json")
	answer, err := conform.Through(http.DefaultTransport).RoundTrip(r)
	if err != nil {
		n.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var problem struct {
		Code string `json:"code"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&problem); err != nil {
		n.t.Fatal(err)
	}
	return problem.Code
}

// TestAStreamBringsWhatASocketBrings lets a fan wait, take the turn and hold a seat over
// HTTP at one node, while the stream is at another: it brings every message.
func TestAStreamBringsWhatASocketBrings(t *testing.T) {
	t.Parallel()
	h := newFixture(t, `{"activeLimit":1}`)
	here, there := h.node(), h.node()
	first, f := here.fan("first"), here.fan("fan")
	holder := here.active(first)
	p, welcome := there.stream(f, silent)
	if welcome.Status.State != "none" || welcome.HeartbeatSeconds == 0 || welcome.User.ID != f.user.ID {
		t.Errorf("the welcome is %+v", welcome)
	}
	here.sends(f, "POST", "/waitingList/join", "")
	await(p, "the place in line", func(m wire.StatusMessage) bool { return m.Status.State == "waiting" })
	ask[wire.StatusMessage](holder, wire.Request{Type: wire.RequestLeave})
	await[wire.Turn](p, "the turn", nil)
	if status := here.sends(f, "POST", "/waitingList/enter", ""); status != 200 {
		t.Fatalf("entering: %d", status)
	}
	await(p, "the active place", func(m wire.StatusMessage) bool { return m.Status.State == "active" })
	seats := await[wire.SeatBitmaps](p, "the seats", nil)
	if seats.Count != 30 || len(seats.Booked) != 4 || len(seats.Re) != 0 {
		t.Errorf("the seats are %+v", seats)
	}
	if status := here.sends(f, "POST", "/holds", `{"seats":["A-1"]}`); status != 201 {
		t.Fatalf("holding: %d", status)
	}
	await(p, "the held seat", func(m wire.Changes) bool { return m.Seats["A-1"] == "inTransaction" && m.Version > seats.Version })
	await(p, "the cart", func(m wire.CartMessage) bool { return len(m.Cart.Seats) == 1 })
	p.awaitSale("a seat is held", func(s wire.Sale) bool { return s.Held == 1 })
	here.sends(f, "POST", "/waitingList/leave", "")
	await(p, "the end", func(m wire.StatusMessage) bool { return m.Status.State == "none" })
	other := here.active(here.fan("other"))
	ask[wire.CartMessage](other, hold("B-1"))
	p.awaitSale("another seat is held", func(s wire.Sale) bool { return s.Held == 1 && s.Available == 29 })
	for _, m := range p.kept {
		if c, is := m.(wire.Changes); is && c.Seats["B-1"] != "" {
			t.Errorf("a fan who is not active hears of seats: %+v", c)
		}
	}
	if again, _ := there.stream(f, silent); again != nil { // active from the welcome on
		if bye := p.streamEnded(); bye.Reason != hub.ReasonReplaced {
			t.Errorf("the older stream ended with %+v", bye)
		}
	}
}

func TestAStreamOfAnActiveFanBeginsWithTheSeats(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).node()
	f := n.fan("fan")
	n.sends(f, "POST", "/waitingList/join", "")
	p, welcome := n.stream(f, silent)
	if welcome.Status.State != "active" {
		t.Fatalf("the welcome is %+v", welcome.Status)
	}
	await[wire.SeatBitmaps](p, "the seats", nil)
	ask[wire.CartMessage](n.active(n.fan("other")), hold("C-3"))
	await(p, "the change", func(m wire.Changes) bool { return m.Seats["C-3"] == "inTransaction" })
}

// TestOneLiveConnectionOverSocketsStreamsAndNodes: of a user's sockets and streams the
// newest stays, on whichever nodes they are.
func TestOneLiveConnectionOverSocketsStreamsAndNodes(t *testing.T) {
	t.Parallel()
	h := newFixture(t, `{}`)
	here, there := h.node(), h.node()
	f := here.fan("fan")
	socket, _ := here.connect(f)
	stream, _ := there.stream(f, silent)
	if code, bye := socket.closed(); code != 4001 || bye.Reason != hub.ReasonReplaced {
		t.Errorf("the socket closed with %d after %+v", code, bye)
	}
	newer, _ := here.connect(f)
	if bye := stream.streamEnded(); bye.Reason != hub.ReasonReplaced {
		t.Errorf("the stream ended with %+v", bye)
	}
	same, _ := here.stream(f, silent)
	if code, _ := newer.closed(); code != 4001 {
		t.Errorf("the socket of the same node closed with %d", code)
	}
	last, _ := here.connect(f)
	if bye := same.streamEnded(); bye.Reason != hub.ReasonReplaced {
		t.Errorf("the stream of the same node ended with %+v", bye)
	}
	ask[wire.Pong](last, wire.Request{Type: wire.RequestPing})
}

// TestAStreamEndsWithItsSession: signed out at another node, found revoked later, or
// expired.
func TestAStreamEndsWithItsSession(t *testing.T) {
	t.Parallel()
	h := newFixture(t, `{}`)
	here := h.node()
	there := h.nodeWith(hub.Options{}, func(n *node) {
		n.lostRevocation = func(string) bool { return true }
	})
	out, lost := here.fan("out"), here.fan("lost")
	p, _ := here.stream(out, silent)
	late, _ := there.stream(lost, silent)
	if status := there.sends(out, "POST", "/auth/logout", ""); status != http.StatusNoContent {
		t.Fatalf("signing out: %d", status)
	}
	if bye := p.streamEnded(); bye.Reason != "logged_out" {
		t.Errorf("the stream of a signed-out session ended with %+v", bye)
	}
	if err := here.auth.Revoke(context.Background(), lost.session); err != nil {
		t.Fatal(err)
	}
	there.web.CloseRevokedOnce(context.Background())
	if bye := late.streamEnded(); bye.Reason != "logged_out" {
		t.Errorf("the stream of a revoked session ended with %+v", bye)
	}
	if status := here.reads(http.MethodGet, out.bearer()).StatusCode; status != http.StatusUnauthorized {
		t.Errorf("a revoked session opens a stream: %d", status)
	}
	h.issueAt = func() time.Time { return time.Now().Add(2*time.Second - 12*time.Hour) }
	expiring, _ := here.stream(here.fan("expiring"), silent)
	if bye := expiring.streamEnded(); bye.Reason != hub.ReasonExpired {
		t.Errorf("the stream of an expired session ended with %+v", bye)
	}
}

// TestAStreamIsAnsweredForAtAnyNode: without an answer to its comments a stream ends and
// its fan is absent; an answer that another node takes keeps it.
func TestAStreamIsAnsweredForAtAnyNode(t *testing.T) {
	t.Parallel()
	h := newFixture(t, `{"activeLimit":1,"lease":"3s"}`)
	here, there := h.node(), h.node()
	here.active(here.fan("holder"))
	alive, dead := here.fan("alive"), here.fan("dead")
	comments := make(chan struct{}, 100)
	p, _ := here.stream(alive, func() {
		if status := there.sends(alive, "POST", "/events/answer", ""); status != http.StatusNoContent {
			t.Errorf("answering at another node: %d", status)
		}
		comments <- struct{}{}
	})
	silenced, _ := here.stream(dead, silent)
	for _, f := range []fan{dead, alive} {
		here.sends(f, "POST", "/waitingList/join", "")
	}
	silenced.streamEnded()
	present := func(f fan) bool {
		rows, err := here.queue.LineOf(context.Background(), h.season, []string{f.user.ID})
		if err != nil {
			t.Fatal(err)
		}
		return len(rows) == 1 && rows[0].Present
	}
	testkit.Eventually(t, soon, "the fan of the dead stream is absent", func() bool { return !present(dead) })
	for range 4 {
		select {
		case <-comments:
		case <-time.After(soon):
			t.Fatal("no comment came within a heartbeat")
		}
	}
	if !present(alive) {
		t.Error("a fan whose stream is answered for is absent")
	}
	if here.hub.Get(hub.Key{Season: h.season, User: alive.user.ID}) == nil {
		t.Error("a stream that is answered for at another node has ended")
	}
	for _, node := range []*node{here, there} {
		if status := node.sends(alive, "POST", "/events/answer?echo=true", ""); status != http.StatusNoContent {
			t.Errorf("asking for a pong: %d", status)
		}
		await[wire.Pong](p, "the pong", nil)
	}
}

func TestAStreamIsRefusedLikeAnUpgrade(t *testing.T) {
	t.Parallel()
	h := newFixture(t, `{}`)
	n := h.nodeWith(hub.Options{MaxSockets: 1}, func(*node) {})
	f, other := n.fan("fan"), n.fan("other")
	cookie := func(pairs ...string) http.Header {
		header := http.Header{"Cookie": {"usher_session=" + f.token}}
		for i := 0; i < len(pairs); i += 2 {
			header.Set(pairs[i], pairs[i+1])
		}
		return header
	}
	for _, c := range []struct {
		name, method string
		header       http.Header
		want         int
	}{
		{"without a session", "GET", http.Header{}, 401},
		{"its cookie alone", "GET", cookie(), 403},
		{"its cookie, from a page of another site", "GET", cookie("Origin", "https://evil.example"), 403},
		{"its cookie, typed as an address", "GET", cookie("Sec-Fetch-Site", "none"), 403},
		{"its cookie, from a page below another name", "GET", cookie("Sec-Fetch-Site", "same-site", "Referer", n.url+"/"), 403},
		{"its cookie, from an old browser on another site", "GET", cookie("Referer", "https://evil.example/"), 403},
		{"its cookie, from this site", "GET", cookie("Sec-Fetch-Site", "same-origin"), 200},
		{"its cookie, from this site in an old browser", "GET", cookie("Referer", n.url+"/"), 200},
		{"its cookie and this site's origin", "GET", cookie("Origin", n.url), 200},
		{"a bearer token", "GET", f.bearer(), 200},
		{"the head alone", "HEAD", f.bearer(), 400},
		{"a full node", "GET", other.bearer(), 503},
	} {
		answer := n.reads(c.method, c.header)
		if answer.StatusCode != c.want {
			t.Errorf("%s: %s, want %d", c.name, answer.Status, c.want)
		}
		if c.want == 503 && answer.Header.Get("Retry-After") == "" {
			t.Error("a full node does not say when to come back")
		}
	}
	close(n.draining)
	if answer := n.reads("GET", f.bearer()); answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a draining node: %s", answer.Status)
	}
	testkit.Eventually(t, soon, "the status of streams is measured", func() bool {
		families, err := n.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range families {
			for _, m := range family.GetMetric() {
				labels := map[string]string{}
				for _, label := range m.GetLabel() {
					labels[label.GetName()] = label.GetValue()
				}
				if labels["route"] == "/events" && labels["status"] == "200" && m.GetHistogram().GetSampleCount() == 4 {
					return true
				}
			}
		}
		return false
	})
}
