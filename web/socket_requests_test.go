package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"usher/booking/payment"
	"usher/hub"
	"usher/internal/fault"
	"usher/internal/testkit/conform"
	"usher/internal/wire"
)

func TestAnInvalidFrameIsRefusedAndTheSocketStaysOpen(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).node()
	p, _ := n.connect(n.fan("fan1"))
	cases := map[string]struct{ frame, says string }{
		"no JSON":          {`hello`, "JSON"},
		"an unknown type":  {`{"type":"hodl","seats":["A-1"]}`, `"hold"`},
		"an unknown field": {`{"type":"ping","pong":1}`, `"pong"`},
		"a bad field":      {`{"type":"hold","best":{"count":0}}`, "best.count"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p.t = t
			p.write(c.frame)
			refused, ok := p.read().(wire.Error)
			if !ok || refused.Code != "invalid_request" || !strings.Contains(refused.Detail, c.says) {
				t.Errorf("answered with %+v", refused)
			}
		})
	}
	p.t = t
	p.write(`{"type":"hodl","id":"<é>"}`)
	if refused, _ := p.read().(wire.Error); string(refused.Re) != `"<é>"` {
		t.Errorf("the refusal names the request %s", refused.Re)
	}
	// Five invalid frames so far. After a valid one, nine more are not ten in a row.
	ask[wire.Pong](p, wire.Request{Type: wire.RequestPing})
	for range 9 {
		p.write(`{}`)
		p.read()
	}
	ask[wire.Pong](p, wire.Request{Type: wire.RequestPing})
	for range 10 {
		p.write(`{}`)
	}
	if code, bye := p.closed(); code != 4009 || bye.ReconnectAfterMs != 30_000 {
		t.Errorf("closed with %d after %+v", code, bye)
	}
}

func TestRequestsSentAtOnceAreAnsweredInOrder(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).node()
	p, _ := n.connect(n.fan("fan1"))
	var want []string
	for _, r := range []wire.Request{
		{Type: wire.RequestPing},
		{Type: wire.RequestJoin},
		{Type: wire.RequestStatus},
		hold("A-1"),
		{Type: wire.RequestPing},
		hold("B-1"),
		{Type: wire.RequestSeats, Format: wire.FormatBitmap},
		{Type: wire.RequestRelease},
		{Type: wire.RequestHelp},
		hold("A-1", "A-1x"),
		{Type: wire.RequestLeave},
		{Type: wire.RequestStatus},
	} {
		want = append(want, p.send(r))
	}
	var got []string
	for len(got) < len(want) {
		if re := reOf(p.read()); re != "" {
			got = append(got, re)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("answered in the order %v, want %v", got, want)
	}
}

func TestTheSocketAnswersDuringAPurchase(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).node()
	p := n.active(n.fan("fan1"))
	ask[wire.CartMessage](p, hold("A-1"))
	buying := p.send(purchase("slow", "tok_slow", "A-1"))
	ping := p.send(wire.Request{Type: wire.RequestPing})
	for answered := ""; answered != ping; {
		if answered = reOf(p.read()); answered == buying {
			t.Fatal("the purchase was answered first")
		}
	}
	bought, ok := p.answerTo(buying).(wire.TransactionMessage)
	if !ok || bought.Transaction.Status != "completed" {
		t.Errorf("bought %+v", bought)
	}
}

func TestAPurchaseWhoseAnswerIsLostIsAnnouncedWhenItSettles(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).node()
	p := n.active(n.fan("fan1"))
	ask[wire.CartMessage](p, hold("A-1"))
	pending := ask[wire.TransactionMessage](p, purchase("unknown", "tok_unknown", "A-1")).Transaction
	if pending.Status != "pending" {
		t.Fatalf("bought %+v", pending)
	}
	settled := await(p, "the settling", func(m wire.TransactionMessage) bool { return m.Transaction.Status == "completed" })
	if settled.Transaction.ID != pending.ID || len(settled.Transaction.Tickets) != 1 {
		t.Errorf("settled as %+v", settled.Transaction)
	}
}

func TestAMissedSettlementIsSentToTheBuyersNextSocket(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).nodeWith(hub.Options{}, func(n *node) { n.deaf = true })
	f := n.fan("fan1")
	first := n.active(f)
	ask[wire.CartMessage](first, hold("A-1"))
	pending := ask[wire.TransactionMessage](first, purchase("unknown", "tok_unknown", "A-1")).Transaction
	second, _ := n.connect(f)
	first.closed()
	settled := await[wire.TransactionMessage](second, "the settling", nil)
	if settled.Transaction.ID != pending.ID || settled.Transaction.Status != "completed" {
		t.Errorf("settled as %+v", settled.Transaction)
	}
}

func TestADeclinedPurchaseIsAnError(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).node()
	p := n.active(n.fan("fan1"))
	ask[wire.CartMessage](p, hold("A-1"))
	if refused := ask[wire.Error](p, purchase("declined", "tok_declined", "A-1")); refused.Code != "payment_declined" {
		t.Errorf("answered with %+v", refused)
	}
	if refused := ask[wire.Error](p, purchase("nothing", "tok_ok", "C-1")); refused.Code != "hold_expired" || fmt.Sprint(refused.Seats) != "[C-1]" {
		t.Errorf("answered with %+v", refused)
	}
}

// broken is a payment provider with a bug.
type broken struct{ payment.Provider }

func TestABugInAPurchaseEndsNothingElse(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).nodeWith(hub.Options{}, func(n *node) { n.provider = broken{} })
	p := n.active(n.fan("fan1"))
	for range 5 { // more than may be in flight at once
		if refused := ask[wire.Error](p, purchase("key", "tok_ok", "A-1")); refused.Code != "internal" || strings.Contains(refused.Detail, "a bug") {
			t.Errorf("answered with %+v", refused)
		}
	}
}

func TestARefusedHoldNamesTheTakenSeats(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).node()
	one, two := n.active(n.fan("fan1")), n.active(n.fan("fan2"))
	ask[wire.CartMessage](one, hold("A-1"))
	refused := ask[wire.Error](two, hold("A-1", "A-2"))
	if refused.Code != "seat_taken" || fmt.Sprint(refused.Seats) != "[A-1]" {
		t.Errorf("answered with %+v", refused)
	}
	best := ask[wire.CartMessage](two, wire.Request{Type: wire.RequestHold, Best: &wire.Best{Count: 2, Category: "VIP", Adjacent: true}}).Cart
	if len(best.Seats) != 2 || best.Total != 9000 {
		t.Errorf("the best seats are %+v", best)
	}
}

func TestChangesMadeOverHTTPAreSentToTheSocket(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).node()
	f := n.fan("fan1")
	p, _ := n.connect(f)
	post := func(path, body string) {
		t.Helper()
		r, err := http.NewRequest(http.MethodPost, n.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = f.bearer()
		r.Header.Set("Content-Type", "application/json")
		answer, err := conform.Through(http.DefaultTransport).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode >= 300 {
			t.Fatalf("%s was answered with %s", path, answer.Status)
		}
	}
	post("/waitingList/join", "")
	if status := await(p, "the joining", func(wire.StatusMessage) bool { return true }).Status; status.State != "active" {
		t.Errorf("the socket got %+v", status)
	}
	post("/holds", `{"seats":["A-1"]}`)
	await(p, "the hold", func(m wire.CartMessage) bool { return len(m.Cart.Seats) == 1 })
	post("/waitingList/leave", "")
	await(p, "the leaving", func(m wire.StatusMessage) bool { return m.Status.State == "none" })
}

func TestEveryExampleOfHelpIsAccepted(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).node()
	p, _ := n.connect(n.fan("fan1"))
	for _, entry := range ask[wire.Help](p, wire.Request{Type: wire.RequestHelp}).Types {
		var example struct {
			ID json.RawMessage `json:"id"`
		}
		if err := json.Unmarshal(entry.Example, &example); err != nil {
			t.Fatal(err)
		}
		p.write(string(entry.Example))
		answer := p.answerTo(string(example.ID))
		if refused, ok := answer.(wire.Error); ok && refused.Code == "invalid_request" {
			t.Errorf("%s was answered with %+v", entry.Example, refused)
		}
		if entry.Type == "leave" { // so that the examples after it can succeed
			ask[wire.StatusMessage](p, wire.Request{Type: wire.RequestJoin})
		}
		if answer.Type() != entry.Answer && answer.Type() != "error" {
			t.Errorf("%s was answered with %s, help says %s", entry.Example, answer.Type(), entry.Answer)
		}
	}
}

func TestMessagesAreCountedByTypeWithFixedLabels(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).node()
	p, _ := n.connect(n.fan("fan1"))
	p.write(`{"type":"label of my own"}`)
	p.read()
	ask[wire.Pong](p, wire.Request{Type: wire.RequestPing})
	families, err := n.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		if family.GetName() != "usher_ws_messages_total" {
			continue
		}
		for _, m := range family.GetMetric() {
			if count := m.GetCounter().GetValue(); count > 0 {
				got[m.GetLabel()[0].GetValue()+" "+m.GetLabel()[1].GetValue()] = count
			}
		}
	}
	for _, told := range []string{"out sale", "out waiting"} { // the node tells these when it likes
		delete(got, told)
	}
	want := map[string]float64{"in invalid": 1, "in ping": 1, "out welcome": 1, "out error": 1, "out pong": 1}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("counted %v, want %v", got, want)
	}
}

func TestACartGetsAMinuteMoreOverTheSocket(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{}`).node()
	p := n.active(n.fan("fan1"))
	if refused := ask[wire.Error](p, wire.Request{Type: wire.RequestExtend}); refused.Code != "hold_expired" {
		t.Errorf("an empty cart was refused with %+v", refused)
	}
	before := ask[wire.CartMessage](p, hold("A-1")).Cart
	after := ask[wire.CartMessage](p, wire.Request{Type: wire.RequestExtend}).Cart
	if more := time.Time(*after.ExpiresAt).Sub(time.Time(*before.ExpiresAt)); more != time.Minute || !before.CanExtend || after.CanExtend {
		t.Errorf("the cart got %v more: %+v, then %+v", more, before, after)
	}
}

// TestAWishOverTheSocketIsTheSameAsOverHTTP: left, refused, replaced and removed with the
// answers that HTTP gives, without costing the place. The next socket begins with it.
func TestAWishOverTheSocketIsTheSameAsOverHTTP(t *testing.T) {
	t.Parallel()
	n := newFixture(t, `{"returns":true,"activeLimit":1}`).node()
	n.active(n.fan("fan1"))
	fan := n.fan("fan2")
	p, _ := n.connect(fan)
	price := int64(9000)
	wish := func(seats int, categories ...string) wire.Request {
		return wire.Request{Type: wire.RequestWish, Wish: &wire.WishedSeats{Seats: seats, Categories: categories, UpTo: &price}}
	}
	refused := func(r wire.Request, code fault.Code) {
		t.Helper()
		if got := ask[wire.Error](p, r); got.Code != string(code) {
			t.Errorf("%s is refused with %+v, want %s", wire.EncodeRequest(r), got, code)
		}
	}
	refused(wish(1, "VIP"), fault.Conflict) // not in line
	joined := ask[wire.StatusMessage](p, wire.Request{Type: wire.RequestJoin}).Status
	refused(wish(1, "Moon"), fault.InvalidRequest)
	refused(wish(64), fault.SeatLimit)
	for _, r := range []wire.Request{wish(1), wish(2, "VIP"), wish(2, "VIP")} {
		got := ask[wire.StatusMessage](p, r).Status
		if got.State != "waiting" || *got.Number != *joined.Number || got.Wish == nil || got.Wish.Seats != r.Wish.Seats || *got.Wish.UpTo != price {
			t.Fatalf("the wish %s is answered with %+v %+v", wire.EncodeRequest(r), got, got.Wish)
		}
	}
	_, welcome := n.connect(fan)
	if got := welcome.Status.Wish; got == nil || got.Seats != 2 || len(got.Categories) != 1 || *got.UpTo != price || got.PassedOver {
		t.Errorf("the next socket begins with the wish %+v", got)
	}
	p, _ = n.connect(fan)
	for range 2 { // the second time there is no wish any more
		if got := ask[wire.StatusMessage](p, wire.Request{Type: wire.RequestUnwish}).Status; got.Wish != nil || *got.Number != *joined.Number {
			t.Errorf("unwish is answered with %+v", got)
		}
	}
}
