package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"usher/booking"
	"usher/hub"
	"usher/internal/auth"
	"usher/internal/wire"
	"usher/queue"
	"usher/web/sale"
)

// solo is one client on a real hub, without a queue and a booking.
type solo struct {
	*client
	t    *testing.T
	conn *websocket.Conn
}

// quiet drops the end of a solo's socket, because there is no queue to report to.
type quiet struct{ *client }

func (q quiet) Closed(*hub.Socket, string) { q.s.live.remove(q.client) }

const soloSoon = 10 * time.Second

// newSolo opens a client. Its welcome has the given status and a cart of version 10.
// before runs after the client is registered and before its welcome.
func newSolo(t *testing.T, status queue.Status, before func(*Server)) *solo {
	t.Helper()
	h := hub.New(hub.Options{Bye: Bye})
	s := &Server{o: Options{Hub: h}, log: slog.New(slog.DiscardHandler), live: newLiveSockets(), metrics: newMetrics(nil), board: sale.New(sale.Options{})}
	session := auth.Session{ID: "session", User: auth.User{ID: "fan"}}
	c := newClient(s, session, hub.Key{Season: "demo", User: "fan"})
	c.conn = 1
	s.live.add(c)
	ready := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		socket, err := h.Upgrade(w, r)
		if err != nil {
			t.Error(err)
			return
		}
		if before != nil {
			before(s)
		}
		c.attach(socket, status, booking.Cart{Version: 10})
		h.Register(socket, hub.Identity{Key: c.key, Session: session.ID, Conn: c.conn}, quiet{c}, []byte(`{"type":"pong","re":"welcome"}`))
		c.welcomed()
		close(ready)
	}))
	ctx, cancel := context.WithTimeout(context.Background(), soloSoon)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.CloseNow()
		drain, cancel := context.WithTimeout(context.Background(), soloSoon)
		defer cancel()
		h.Drain(drain, 0)
		server.Close()
		s.live.end(0)
	})
	<-ready
	p := &solo{client: c, t: t, conn: conn}
	if got := p.next(); got != "pong" {
		t.Fatalf("the first frame is a %s", got)
	}
	return p
}

// next returns the next message in a short form for comparing.
func (p *solo) next() string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), soloSoon)
	defer cancel()
	_, frame, err := p.conn.Read(ctx)
	if err != nil {
		p.t.Fatal(err)
	}
	m, err := wire.Parse(frame)
	if err != nil {
		p.t.Fatalf("%s: %v", frame, err)
	}
	switch m := m.(type) {
	case wire.StatusMessage:
		return strings.TrimSpace(fmt.Sprintf("status %s %s", m.Status.State, m.Re))
	case wire.Turn:
		return "turn"
	case wire.Lapsed:
		return "lapsed " + m.Reason
	case wire.CartMessage:
		return strings.TrimSpace(fmt.Sprintf("cart %d %s%s", m.Cart.Total, m.Re, m.Reason))
	case wire.TransactionMessage:
		return strings.TrimSpace(fmt.Sprintf("transaction %s %s", m.Transaction.Status, m.Re))
	case wire.Changes:
		return fmt.Sprintf("changes %d %v", m.Version, m.Seats)
	case wire.Position:
		return fmt.Sprintf("position %d", m.Position)
	}
	return m.Type()
}

// wants checks all messages sent so far.
func (p *solo) wants(want ...string) {
	p.t.Helper()
	p.send(wire.Bye{}) // marks the end of the messages before it
	var got []string
	for m := p.next(); m != "bye"; m = p.next() {
		got = append(got, m)
	}
	if !slices.Equal(got, want) {
		p.t.Errorf("sent %q, want %q", got, want)
	}
}

func at(version int64, state queue.State) queue.Status {
	return queue.Status{Season: "demo", State: state, Epoch: 1, Version: version}
}

func lineEvent(kind queue.Kind, status queue.Status) []queue.Event {
	return []queue.Event{{Kind: kind, Season: "demo", User: "fan", Status: status, Reason: queue.Idle}}
}

func cartEvent(version, total int64, reason string) []booking.Event {
	return []booking.Event{{
		Kind: booking.CartChanged, Season: "demo", User: "fan", Reason: reason,
		Cart: &booking.Cart{Version: version, Total: total},
	}}
}

func TestLineEventsAreSentOnceAndNeverBackwards(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		events []queue.Event
		want   []string
	}{
		"a change":                            {lineEvent(queue.Changed, at(11, queue.Waiting)), []string{"status waiting"}},
		"the state of the welcome":            {lineEvent(queue.Changed, at(10, queue.None)), nil},
		"a state before the welcome":          {lineEvent(queue.Changed, at(9, queue.Waiting)), nil},
		"a later version of the same":         {lineEvent(queue.Changed, at(11, queue.None)), nil},
		"a later epoch with an early version": {lineEvent(queue.Changed, queue.Status{State: queue.Gathering, Epoch: 2, Version: 1}), []string{"status gathering"}},
		"a turn":                              {lineEvent(queue.TurnCame, at(11, queue.Turn)), []string{"turn"}},
		"a turn of the welcome's version":     {lineEvent(queue.TurnCame, at(10, queue.Turn)), []string{"turn"}},
		"a turn that is over":                 {lineEvent(queue.TurnCame, at(9, queue.Turn)), nil},
		"a lapse":                             {lineEvent(queue.Lapsed, at(11, queue.None)), []string{"lapsed idle"}},
		"a turn and its lapse": {
			append(lineEvent(queue.TurnCame, at(11, queue.Turn)), lineEvent(queue.Lapsed, at(12, queue.None))...),
			[]string{"turn", "lapsed idle"},
		},
		"a lapse, and a turn from before it": {
			append(lineEvent(queue.Lapsed, at(12, queue.None)), lineEvent(queue.TurnCame, at(11, queue.Turn))...),
			[]string{"lapsed idle"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := newSolo(t, at(10, queue.None), nil)
			p.s.QueueEvents(c.events)
			p.wants(c.want...)
		})
	}
}

func TestPositionsAreSentOnlyWhileWaiting(t *testing.T) {
	t.Parallel()
	moved := []queue.Event{{Kind: queue.Moved, Season: "demo", User: "fan", Position: 3, Waiting: 9}}
	for state, want := range map[queue.State][]string{
		queue.Waiting: {"position 3"}, queue.Gathering: {"position 3"}, queue.None: nil, queue.Turn: nil, queue.Active: nil,
	} {
		t.Run(string(state), func(t *testing.T) {
			p := newSolo(t, at(10, state), nil)
			p.s.QueueEvents(moved)
			p.wants(want...)
		})
	}
}

func TestAPositionShownNeverGetsWorse(t *testing.T) {
	t.Parallel()
	moved := func(position int) []queue.Event {
		return []queue.Event{{Kind: queue.Moved, Season: "demo", User: "fan", Position: position}}
	}
	waiting := at(10, queue.Waiting)
	waiting.Position = 5
	p := newSolo(t, waiting, nil)
	p.s.QueueEvents(moved(6))
	p.answerStatus(t.Context(), wire.Request{ID: []byte("7")}, func() (queue.Status, error) {
		p.s.QueueEvents(moved(4))
		shown := at(11, queue.Waiting)
		shown.Position = 3
		return shown, nil
	})
	p.s.QueueEvents(moved(2))
	p.wants("status waiting 7", "position 2")

	gathering := queue.Status{State: queue.Gathering, Epoch: 2, Version: 1}
	p.s.QueueEvents(lineEvent(queue.Changed, gathering))
	p.s.QueueEvents(moved(9)) // in a new epoch, positions may be higher
	p.wants("status gathering", "position 9")
}

func TestEventsWaitForAPendingAnswer(t *testing.T) {
	t.Parallel()
	p := newSolo(t, at(10, queue.None), nil)
	request := wire.Request{ID: []byte("7")}
	p.answerStatus(t.Context(), request, func() (queue.Status, error) {
		p.s.QueueEvents(lineEvent(queue.Changed, at(11, queue.Waiting)))
		p.s.BookingEvents(cartEvent(11, 100, ""))
		return at(11, queue.Waiting), nil
	})
	p.wants("cart 100", "status waiting 7")

	p.answerStatus(t.Context(), request, func() (queue.Status, error) {
		p.s.QueueEvents(lineEvent(queue.TurnCame, at(12, queue.Turn)))
		return at(11, queue.Waiting), nil
	})
	p.wants("status waiting 7", "turn")

	p.answerCart(t.Context(), request, func() (booking.Cart, error) {
		p.s.BookingEvents(cartEvent(12, 200, ""))
		p.s.BookingEvents(cartEvent(13, 300, ""))
		return booking.Cart{Version: 12, Total: 200}, nil
	})
	p.wants("cart 200 7", "cart 300")

	p.watch()
	p.answerCart(t.Context(), request, func() (booking.Cart, error) {
		p.s.BookingEvents([]booking.Event{{
			Kind: booking.SeatsChanged, Season: "demo", Delta: &booking.SeatDelta{Version: 14, Seats: map[string]string{"A-1": "inTransaction"}},
		}})
		p.s.broadcastSeatsOnce()
		return booking.Cart{Version: 14, Total: 400}, nil
	})
	p.wants("cart 400 7", "changes 14 map[A-1:inTransaction]")

	p.answerCart(t.Context(), request, func() (booking.Cart, error) {
		p.s.BookingEvents(cartEvent(15, 0, "expired"))
		return booking.Cart{}, context.DeadlineExceeded
	})
	p.wants("error", "cart 0 expired")
}

func TestEventsWaitForTheWelcome(t *testing.T) {
	t.Parallel()
	p := newSolo(t, at(10, queue.Waiting), func(s *Server) {
		s.QueueEvents(lineEvent(queue.TurnCame, at(11, queue.Turn)))
		s.BookingEvents(cartEvent(10, 100, ""))
		s.BookingEvents(cartEvent(11, 200, ""))
	})
	p.wants("turn", "cart 200")
}

func TestASocketReplacedBeforeItsRegistrationIsClosed(t *testing.T) {
	t.Parallel()
	p := newSolo(t, at(10, queue.None), func(s *Server) {
		s.QueueEvents([]queue.Event{{Kind: queue.Replaced, Season: "demo", User: "fan", Conn: 2}})
	})
	ctx, cancel := context.WithTimeout(context.Background(), soloSoon)
	defer cancel()
	for {
		_, _, err := p.conn.Read(ctx)
		if err == nil {
			continue
		}
		if code := websocket.CloseStatus(err); code != 4001 {
			t.Errorf("closed with %d: %v", code, err)
		}
		return
	}
}

func TestAnOlderAnswerDoesNotOverwriteANewerState(t *testing.T) {
	t.Parallel()
	p := newSolo(t, at(10, queue.None), nil)
	p.s.QueueEvents(lineEvent(queue.Changed, at(12, queue.Waiting)))
	p.answerStatus(t.Context(), wire.Request{ID: []byte("7")}, func() (queue.Status, error) { return at(11, queue.None), nil })
	p.s.QueueEvents(lineEvent(queue.Changed, at(11, queue.None)))
	p.wants("status waiting", "status none 7")
}

func TestAPurchaseIsAnnouncedUnlessTheAnswerHadItsResult(t *testing.T) {
	t.Parallel()
	p := newSolo(t, at(10, queue.Active), nil)
	settled := func(status booking.TransactionStatus, tickets ...string) booking.Transaction {
		bought := booking.Transaction{ID: "t1", Status: status}
		for _, ticket := range tickets {
			bought.Tickets = append(bought.Tickets, booking.Ticket{Status: ticket})
		}
		return bought
	}
	announce := func(bought booking.Transaction) {
		p.s.BookingEvents([]booking.Event{{Kind: booking.TransactionSettled, Season: "demo", User: "fan", Transaction: &bought}})
	}
	p.begin(aboutPurchase)
	announce(settled(booking.Completed, "valid", "valid")) // before the answer is sent
	p.bought(t.Context(), wire.Request{ID: []byte("7")}, settled(booking.Completed, "valid", "valid"), nil)
	announce(settled(booking.Completed, "valid", "valid")) // and after the answer
	p.wants("transaction completed 7")

	announce(settled(booking.Completed, "valid", "void"))
	announce(settled(booking.Cancelled, "void", "void"))
	p.wants("transaction completed", "transaction cancelled")

	p.begin(aboutPurchase)
	p.bought(t.Context(), wire.Request{ID: []byte("8")}, settled(booking.Pending), nil)
	announce(booking.Transaction{ID: "t1", Status: booking.Cancelled})
	p.wants("transaction pending 8", "transaction cancelled")
}

func TestPurchasesInFlightAreBounded(t *testing.T) {
	t.Parallel()
	p := newSolo(t, at(10, queue.Active), nil)
	p.mu.Lock()
	p.buying = purchasesAtOnce
	p.mu.Unlock()
	p.answerPurchase(wire.Request{Type: wire.RequestPurchase})
	p.wants("error")
}

func TestAnEndingServerStartsNoPurchase(t *testing.T) {
	t.Parallel()
	p := newSolo(t, at(10, queue.Active), nil)
	p.s.live.end(soloSoon)
	p.answerPurchase(wire.Request{Type: wire.RequestPurchase})
	p.wants("error")
	if p.buying != 0 || p.answering[aboutPurchase] != 0 {
		t.Error("a purchase that was refused is counted as in flight")
	}
}

func TestTheHeartbeatIsAThirdOfTheLeaseInWholeSeconds(t *testing.T) {
	t.Parallel()
	for lease, want := range map[time.Duration]time.Duration{
		90 * time.Second: 25 * time.Second, 75 * time.Second: 25 * time.Second, 30 * time.Second: 10 * time.Second,
		20 * time.Second: 6 * time.Second, time.Second: time.Second, 0: time.Second,
	} {
		season := booking.Season{Settings: booking.Settings{Lease: booking.Duration(lease)}}
		if got := heartbeatOf(season); got != want {
			t.Errorf("for a lease of %v the heartbeat is %v, want %v", lease, got, want)
		}
	}
}
