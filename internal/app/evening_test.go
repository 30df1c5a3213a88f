package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/dev"
	"usher/internal/qrread"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// eveningPlan is a house of three categories, with prices for children, and an area of
// standing places.
const eveningPlan = `seatNumber,category,price,price:child,section,row,area,capacity
V-1,Box,9000,,Boxes,V,,
V-2,Box,9000,,Boxes,V,,
A-1,Stalls,6000,3000,Stalls,A,,
A-2,Stalls,6000,3000,Stalls,A,,
A-3,Stalls,6000,3000,Stalls,A,,
A-4,Stalls,6000,3000,Stalls,A,,
A-5,Stalls,5500,3000,Stalls,A,,
,Floor,3000,1500,,,Standing,40
`

// evening is a season that two people and the box office use.
type evening struct {
	t     *testing.T
	n     *node.Node
	o     node.Options
	staff *node.Fan
	codes map[string]string // seat → the code of its valid ticket
}

// TestABoxOfficeSellsAnEvening is the road of two people through a house with everything
// that a box office needs: categories, prices for children, standing places, an allotment of
// which a part is released during the sale, a payment that the fan approves on a page, the
// desk, a moved ticket, a refund by the box office, the gate, and a cancelled show. After
// each step usher audit finds nothing, and every ticket is printed and read from its print.
func TestABoxOfficeSellsAnEvening(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	o := node.Shared(t)
	o.Demo = func(d *dev.Demo) { d.Seats, d.ActiveLimit, d.MaxSeats = 20, 1, 8 }
	e := &evening{t: t, n: node.Start(t, o), o: o, codes: map[string]string{}}
	e.staff = e.n.SignIn(t, "Staff")
	importsPlan(t, e.n, eveningPlan)
	admin := e.n.SignIn(t, "Admin")
	// The sign-in of the admin has taken the only place.
	admin.Do("POST", "/waitingList/leave", nil, 200)
	e.staff.Do("POST", "/waitingList/leave", nil, 200)
	ann, bob := e.n.SignIn(t, "Ann"), e.n.SignIn(t, "Bob")
	if ann.Status["state"] == "turn" {
		ann.Do("POST", "/waitingList/enter", nil, 200)
	}
	if bob.Status["state"] != "waiting" {
		t.Fatalf("Bob does not wait: %v", bob.Status)
	}

	// The promoter has two seats, which no fan can get.
	allotted := func(name string, seats ...string) {
		t.Helper()
		admin.Do("PUT", "/admin/seasons/"+o.Season+"/allotments", map[string]any{"name": name, "seats": seats}, 200)
		e.clean()
	}
	allotted("promoter", "V-2", "A-4")
	ann.Do("POST", "/holds", map[string]any{"seats": []string{"A-4"}}, 409)

	// Ann: two categories, a child, standing places, and a card that asks its owner.
	cart := ann.Do("POST", "/holds", map[string]any{
		"seats": []any{"V-1", "A-1", map[string]any{"seatNumber": "A-2", "type": "child"}},
		"areas": []any{map[string]any{"area": "Standing", "count": 2}, map[string]any{"area": "Standing", "count": 1, "type": "child"}},
	}, 201)
	if cart["total"] != 9000.0+6000+3000+2*3000+1500 {
		t.Fatalf("the cart: %v", cart)
	}
	e.clean()
	seats := seatNumbers(cart)
	order := map[string]any{"seats": seats, "payment": map[string]any{"method": "sandbox", "token": "tok_3ds"}}
	began := ann.Do("POST", "/transactions", order, 202, "Idempotency-Key", "one")
	e.clean() // also while a page is open
	page := began["next"].(map[string]any)["url"].(string)
	answer, err := http.PostForm(page, url.Values{"answer": {"approve"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	var bought map[string]any
	testkit.Eventually(t, 20*time.Second, "the approved purchase is completed", func() bool {
		bought = ann.Do("GET", "/transactions/"+began["id"].(string), nil, 200)
		return bought["status"] == "completed"
	})
	e.printed(ann, bought, seats...)

	// The line moves on: Bob is called, and gets a seat that the promoter gives back while he chooses.
	ann.Do("POST", "/waitingList/leave", nil, 200)
	testkit.Eventually(t, 10*time.Second, "Bob is called", func() bool { return bob.Do("GET", "/auth/status", nil, 200)["state"] == "turn" })
	bob.Do("POST", "/waitingList/enter", nil, 200)

	// The desk sells while Bob chooses; what it sold is taken for him.
	sale := admin.Do("POST", "/admin/seasons/"+o.Season+"/sales", map[string]any{
		"seats": []any{"A-3"}, "areas": []any{map[string]any{"area": "Standing", "count": 1, "type": "child"}},
		"holder": "Grace Hopper", "payment": map[string]any{"method": "cash", "reference": "receipt 7"},
	}, 201, "Idempotency-Key", "desk")
	if sale["total"] != 7500.0 {
		t.Errorf("sold at the desk: %v", sale)
	}
	e.printedAtDesk(admin, sale, "A-3", "Standing-")
	bob.Do("POST", "/holds", map[string]any{"seats": []string{"A-3"}}, 409)
	bob.Do("POST", "/holds", map[string]any{"seats": []string{"A-4"}}, 409)
	allotted("", "A-4")
	cart = bob.Do("POST", "/holds", map[string]any{"seats": []any{"A-4"}, "areas": []any{map[string]any{"area": "Standing", "count": 1}}}, 201)
	second := bob.Do("POST", "/transactions", map[string]any{"seats": seatNumbers(cart), "payment": map[string]any{"method": "sandbox", "token": "tok_ok"}}, 201, "Idempotency-Key", "two")
	e.printed(bob, second, "A-4")

	sale = admin.Do("POST", "/admin/seasons/"+o.Season+"/sales", map[string]any{
		"seats": []any{"V-2"}, "allotment": "promoter", "holder": "The promoter", "payment": map[string]any{"method": "invoice", "reference": "invoice 12"},
	}, 201, "Idempotency-Key", "promoter")
	e.printedAtDesk(admin, sale, "V-2")

	// The box office moves a ticket, and refunds a standing place of Ann's.
	old := e.codes["A-1"]
	moved := admin.Do("POST", "/admin/transactions/"+began["id"].(string)+"/move", map[string]any{"from": "A-1", "to": "A-5", "reason": "a pillar in the way"}, 200)
	if moved["refunded"] != 500.0 || !slices.Contains(strings.Fields(fmt.Sprint(moved["seats"])), "A-5") {
		t.Errorf("moved: %v", moved)
	}
	delete(e.codes, "A-1")
	e.printed(ann, ann.Do("GET", "/transactions/"+began["id"].(string), nil, 200), "A-5")
	e.scan(old, "void")
	place := seats[slices.IndexFunc(seats, func(seat string) bool { return strings.HasPrefix(seat, "Standing-") })]
	admin.Do("POST", "/admin/transactions/"+began["id"].(string)+"/cancel", map[string]any{"seats": []string{place}, "reason": "ill"}, 200)
	e.clean()
	gone := e.codes[place]
	delete(e.codes, place)
	e.scan(gone, "void")

	// The gate: every ticket that is left admits once. One is not there yet.
	if len(e.codes) != 5+2 {
		t.Errorf("the tickets are of %v", e.codes)
	}
	late := e.codes["A-4"]
	delete(e.codes, "A-4")
	for _, code := range e.codes {
		e.scan(code, "admitted")
		e.scan(code, "already_admitted")
	}
	e.clean()

	// The show is cancelled: nothing is sold any more, and every purchase is paid back.
	path := "/admin/seasons/" + o.Season + "/cancel"
	ann.Do("POST", "/waitingList/join", nil, 200)
	bob.Do("POST", "/holds", map[string]any{"seats": []string{"A-1"}}, 201)
	admin.Do("POST", path, map[string]any{"reason": "the singer is ill"}, 202)
	if refused := bob.Do("POST", "/holds", map[string]any{"seats": []string{"A-1"}}, 409); refused["code"] != "season_closed" {
		t.Errorf("a hold after the show was cancelled: %v", refused)
	}
	e.scan(late, "void")
	testkit.Eventually(t, 30*time.Second, "everyone is refunded", func() bool {
		progress := admin.Do("GET", path, nil, 200)
		return progress["state"] == "done" && progress["refunded"] == 4.0 && progress["unreturned"] == 0.0
	})
	testkit.Eventually(t, 10*time.Second, "the line has ended, and the held seat is free", func() bool {
		waits, holds := ann.Do("GET", "/auth/status", nil, 200)["state"], bob.Do("GET", "/auth/status", nil, 200)["state"]
		return waits == "none" && holds == "none" && len(bob.Do("GET", "/holds", nil, 200)["seats"].([]any)) == 0
	})
	if refused := ann.Do("POST", "/waitingList/join", nil, 409); refused["code"] != "season_closed" {
		t.Errorf("a join after the show was cancelled: %v", refused)
	}
	for fan, id := range map[*node.Fan]any{ann: began["id"], bob: second["id"]} {
		if got := fan.Do("GET", "/transactions/"+id.(string), nil, 200); got["status"] != "cancelled" || got["reason"] != "refunded" {
			t.Errorf("after the show was cancelled: %v", got)
		}
	}
	for _, code := range e.codes {
		e.scan(code, "already_admitted")
	}
	e.clean()
}

// clean wants usher audit to find nothing.
func (e *evening) clean() {
	e.t.Helper()
	if printed, status := node.Audit(e.t, "--season", e.o.Season, "--redis-url", e.o.RedisURL, "--mongo-url", e.o.MongoURL, "--mongo-database", e.o.Database); status != 0 {
		e.t.Fatalf("the audit ends with %d: %s", status, printed)
	}
}

// printedAtDesk prints the tickets of a sale at the desk. Their codes stand on paper only,
// so they are checked in by hand.
func (e *evening) printedAtDesk(admin *node.Fan, sale map[string]any, seats ...string) {
	e.t.Helper()
	e.clean()
	path := "/admin/transactions/" + sale["id"].(string)
	for _, paper := range []string{"/print", "/tickets.pdf", "/receipt"} {
		if body := admin.Do("GET", path+paper, nil, 200)["body"].(string); len(body) < 1000 {
			e.t.Errorf("%s%s has %d bytes", path, paper, len(body))
		}
	}
	tickets := sale["tickets"].([]any)
	if len(tickets) != len(seats) {
		e.t.Fatalf("the desk sold the tickets %v, want %v", tickets, seats)
	}
	for i, ticket := range tickets {
		if seat := ticket.(map[string]any)["seatNumber"].(string); !strings.HasPrefix(seat, seats[i]) {
			e.t.Errorf("the desk sold %s, want %s", seat, seats[i])
		}
		got := e.staff.Do("POST", "/checkins", map[string]any{"ticket": ticket.(map[string]any)["id"], "gate": "North"}, 200)
		if got["result"] != "admitted" {
			e.t.Errorf("by hand: %v", got)
		}
	}
}

// printed wants a purchase to have tickets of these seats, prints its valid tickets, and
// reads their codes from the prints.
func (e *evening) printed(fan *node.Fan, bought map[string]any, seats ...string) {
	e.t.Helper()
	e.clean()
	for _, one := range bought["tickets"].([]any) {
		ticket := one.(map[string]any)
		seat, code := ticket["seatNumber"].(string), ticket["qrCode"].(string)
		if ticket["status"] == "void" || e.codes[seat] == code {
			continue
		}
		e.codes[seat] = code
		path := "/tickets/" + ticket["id"].(string)
		for _, paper := range []string{"/print", "/ticket.pdf"} {
			if body := fan.Do("GET", path+paper, nil, 200)["body"].(string); len(body) < 1000 {
				e.t.Errorf("%s%s has %d bytes", path, paper, len(body))
			}
		}
		image := fan.Do("GET", path+"/qr.png", nil, 200)["body"].(string)
		if read, err := qrread.Read("image/png", []byte(image)); err != nil || read != code {
			e.t.Errorf("the image of %s reads %q, want %q: %v", seat, read, code, err)
		}
	}
	for _, seat := range seats {
		if e.codes[seat] == "" {
			e.t.Errorf("%s has no ticket in %v", seat, bought["tickets"])
		}
	}
}

// scan wants a result at the gate.
func (e *evening) scan(code, want string) {
	e.t.Helper()
	if got := e.staff.Do("POST", "/checkins", map[string]any{"code": code, "gate": "North"}, 200); got["result"] != want {
		e.t.Errorf("the gate says %v, want %s", got, want)
	}
}
