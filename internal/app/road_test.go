package app_test

import (
	"bytes"
	"fmt"
	"image/png"
	"strings"
	"testing"
	"time"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// oneAtATime returns options with an active limit of one; change may change more.
func oneAtATime(more ...func(*dev.Demo)) node.Options {
	return node.Options{Demo: func(d *dev.Demo) {
		d.ActiveLimit = 1
		for _, change := range more {
			change(d)
		}
	}}
}

// TestAFansPathOverREST is the whole path of one fan without a socket, while another
// fan waits.
func TestAFansPathOverREST(t *testing.T) {
	t.Parallel()
	roadOverREST(t, oneAtATime())
}

func roadOverREST(t *testing.T, o node.Options) {
	t.Helper()
	n := node.Start(t, o)
	ann := n.SignIn(t, "Ann")
	if ann.Status["state"] != "active" {
		t.Fatalf("the first fan is not active at once: %v", ann.Status)
	}
	bob := n.SignIn(t, "Bob")
	if bob.Status["state"] != "waiting" || bob.Status["position"] != 1.0 || bob.Status["place"] == nil {
		t.Fatalf("the second fan does not wait at position 1 with a signed place: %v", bob.Status)
	}
	if again := bob.Do("POST", "/waitingList/join", nil, 200); again["number"] != bob.Status["number"] {
		t.Errorf("joining again drew another number: %v, then %v", bob.Status["number"], again["number"])
	}
	bob.Do("POST", "/holds", map[string]any{"seats": []string{"A-1"}}, 403)
	bob.Do("POST", "/waitingList/enter", nil, 409)

	cart := ann.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": 2, "category": "VIP", "adjacent": true}}, 201)
	seats := seatNumbers(cart)
	if len(seats) != 2 || cart["expiresAt"] == nil {
		t.Fatalf("the cart does not hold two seats: %v", cart)
	}
	buy := map[string]any{"seats": seats, "payment": map[string]any{"method": "sandbox", "token": "tok_ok"}}
	ann.Do("POST", "/transactions", buy, 400) // without a key
	bought := ann.Do("POST", "/transactions", buy, 201, "Idempotency-Key", "k1")
	if bought["status"] != "completed" || len(bought["tickets"].([]any)) != 2 {
		t.Fatalf("bought: %v", bought)
	}
	if again := ann.Do("POST", "/transactions", buy, 201, "Idempotency-Key", "k1"); again["id"] != bought["id"] {
		t.Errorf("the same key bought again: %v and %v", bought["id"], again["id"])
	}
	buy["seats"] = seats[:1]
	if other := ann.Do("POST", "/transactions", buy, 422, "Idempotency-Key", "k1"); other["code"] != "key_reused" {
		t.Errorf("the same key with another body was answered with %v", other)
	}
	if empty := ann.Do("GET", "/holds", nil, 200); len(empty["seats"].([]any)) != 0 || empty["expiresAt"] != nil {
		t.Errorf("the cart still has bought seats: %v", empty)
	}
	ticket := bought["tickets"].([]any)[0].(map[string]any)
	id := ticket["id"].(string)
	image := ann.Do("GET", "/tickets/"+id+"/qr.png", nil, 200)["body"].(string)
	if _, err := png.Decode(bytes.NewReader([]byte(image))); err != nil {
		t.Error("the QR code is no PNG:", err)
	}
	if svg := ann.Do("GET", "/tickets/"+id+"/qr.svg", nil, 200)["body"].(string); !strings.Contains(svg, "<svg") {
		t.Error("the QR code is no SVG")
	}
	bob.Do("GET", "/tickets/"+id, nil, 404)
	bob.Do("GET", "/transactions/"+bought["id"].(string), nil, 404)
	if seat := bob.Do("GET", "/seats/"+strings.ReplaceAll(seats[0], " ", "%20"), nil, 200); seat["status"] != "booked" {
		testkit.Eventually(t, 3*time.Second, "everyone sees the seat as booked", func() bool {
			return bob.Do("GET", "/seats/"+seats[0], nil, 200)["status"] == "booked"
		})
	}

	ann.Do("POST", "/auth/logout", nil, 204)
	ann.Do("GET", "/auth/status", nil, 401)
	turn := bob.Do("GET", "/auth/status", nil, 200)
	if turn["state"] != "turn" || turn["deadline"] == nil || turn["position"] != nil {
		t.Fatalf("after the first fan logged out, the next has no turn: %v", turn)
	}
	if in := bob.Do("POST", "/waitingList/enter", nil, 200); in["state"] != "active" || in["sessionEndsAt"] == nil {
		t.Fatalf("entered: %v", in)
	}
	if taken := bob.Do("POST", "/holds", map[string]any{"seats": seats}, 409); taken["code"] != "seat_taken" || len(taken["seats"].([]any)) != 2 {
		t.Errorf("sold seats: %v", taken)
	}
	if out := bob.Do("POST", "/waitingList/leave", nil, 200); out["state"] != "none" {
		t.Errorf("left: %v", out)
	}
}

// TestAFansPathOverTheSocket is the same path over sockets, while another fan watches.
func TestAFansPathOverTheSocket(t *testing.T) {
	t.Parallel()
	n := node.Start(t, oneAtATime())
	ann, bob, cem := n.SignIn(t, "Ann"), n.SignIn(t, "Bob"), n.SignIn(t, "Cem")
	a, b, c := ann.Open(), bob.Open(), cem.Open()
	if state := a.Welcome.At("status.state"); state != "active" {
		t.Fatalf("Ann is %v", state)
	}
	if at := c.Welcome.At("status.position"); at != 2.0 {
		t.Fatalf("Cem is at %v", at)
	}
	for _, field := range []string{"cart", "user.id", "season", "protocol", "heartbeatSeconds"} {
		if a.Welcome.At(field) == nil {
			t.Errorf("welcome lacks %s: %v", field, a.Welcome)
		}
	}
	if refused := b.Ask(map[string]any{"type": "seats"}); refused.Type() != "error" || refused["code"] != "not_admitted" {
		t.Errorf("seats before the turn: %v", refused)
	}
	if seats := a.Ask(map[string]any{"type": "seats"}); seats.Type() != "seats" || seats["version"] == nil {
		t.Errorf("seats: %v", seats)
	}
	held := a.Ask(map[string]any{"type": "hold", "best": map[string]any{"count": 2}})
	cart, _ := held["cart"].(map[string]any)
	if held.Type() != "cart" || len(cart["seats"].([]any)) != 2 {
		t.Fatalf("hold: %v", held)
	}
	seats := seatNumbers(cart)
	changed := a.Want("changes")
	for _, seat := range seats {
		if changed.At("seats").(map[string]any)[seat] != "inTransaction" {
			t.Errorf("changes: %v", changed)
		}
	}
	bought := a.Buy("k", seats, map[string]any{"method": "sandbox", "token": "tok_ok"})
	if bought.Type() != "transaction" || bought.At("transaction.status") != "completed" {
		t.Fatalf("purchase: %v", bought)
	}
	if left := a.Ask(map[string]any{"type": "leave"}); left.At("status.state") != "none" {
		t.Errorf("leave: %v", left)
	}
	turn := b.Want("turn")
	if turn.At("status.state") != "turn" || turn.At("status.deadline") == nil {
		t.Errorf("turn: %v", turn)
	}
	if moved := c.Want("position"); moved["position"] != 1.0 {
		t.Errorf("Cem moved to %v", moved)
	}
	if in := b.Ask(map[string]any{"type": "enter"}); in.At("status.state") != "active" {
		t.Errorf("enter: %v", in)
	}
	snapshot := b.Ask(map[string]any{"type": "seats"})
	for _, seat := range seats {
		if snapshot.At("seats").(map[string]any)[seat] != "booked" {
			t.Errorf("%s in %v", seat, snapshot)
		}
	}
}

// TestAMissedTurnGoesToTheNextFan: a fan who does not enter in time is notified, and
// the next fan gets the turn.
func TestAMissedTurnGoesToTheNextFan(t *testing.T) {
	t.Parallel()
	n := node.Start(t, oneAtATime(func(d *dev.Demo) { d.TurnWindow = time.Second }))
	ann, bob, cem := n.SignIn(t, "Ann"), n.SignIn(t, "Bob"), n.SignIn(t, "Cem")
	b, c := bob.Open(), cem.Open()
	ann.Do("POST", "/waitingList/leave", nil, 200)
	b.Want("turn")
	if lapsed := b.Want("lapsed"); lapsed["reason"] != "turn_missed" || lapsed.At("status.state") != "none" {
		t.Errorf("lapsed: %v", lapsed)
	}
	c.Want("turn")
}

func TestALapsedLeaseFreesPlaceAndSeats(t *testing.T) {
	t.Parallel()
	n := node.Start(t, oneAtATime(func(d *dev.Demo) { d.Lease = 2 * time.Second }))
	ann, bob := n.SignIn(t, "Ann"), n.SignIn(t, "Bob")
	b := bob.Open()
	cart := ann.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": 1}}, 201)
	seat := seatNumbers(cart)[0]
	b.Want("turn") // Ann sends nothing any more
	b.Ask(map[string]any{"type": "enter"})
	testkit.Eventually(t, 5*time.Second, "the seat that Ann held is available", func() bool {
		return b.Ask(map[string]any{"type": "hold", "seats": []string{seat}}).Type() == "cart"
	})
}

func seatNumbers(cart map[string]any) []string {
	var seats []string
	for _, seat := range cart["seats"].([]any) {
		seats = append(seats, seat.(map[string]any)["seatNumber"].(string))
	}
	return seats
}

func fanName(i int) string { return fmt.Sprintf("Fan %03d", i) }
