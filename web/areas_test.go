package web

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"testing"

	"usher/booking"
	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/wire"
)

// areaPlan has two seats and an area of three places, which children get for less.
const areaPlan = `seatNumber,category,price,price:child,area,capacity
A-1,VIP,9000,,,
A-2,VIP,9000,,,
,Regular,3000,1500,Standing,3
`

// TestPlacesOfAnAreaAreSoldLikeSeats: an area is listed with its counts and held by its
// name; each place becomes a ticket of its own, and the books balance.
func TestPlacesOfAnAreaAreSoldLikeSeats(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":5,"maxSeats":3}`, nil)
	admin := s.session(t, adminEmail)
	admin.send(t, "POST", "/admin/seasons/"+s.season+"/seats", "text/csv", areaPlan).wants(t, http.StatusOK)
	ann, bob := s.signIn(t, "ann@example.com"), s.signIn(t, "bob@example.com")
	listed := func(query string) (areas []wire.Area, seats int) {
		t.Helper()
		var page struct {
			Season  string      `json:"season"`
			Version int64       `json:"version"`
			Areas   []wire.Area `json:"areas"`
			Count   int         `json:"count"`
			Seats   []wire.Seat `json:"seats"`
		}
		ann.get(t, "/seats"+query).wants(t, http.StatusOK).into(t, &page)
		return page.Areas, len(page.Seats)
	}
	testkit.Eventually(t, soon, "the area is on sale", func() bool { areas, _ := listed(""); return len(areas) == 1 })
	areas, seats := listed("")
	if got := areas[0]; seats != 2 || got.Area != "Standing" || got.Category != "Regular" || got.Price != 3000 || got.Prices["child"] != 1500 || got.Capacity != 3 || got.Available != 3 {
		t.Errorf("%d seats and the area %+v are listed", seats, got)
	}
	if other, _ := listed("?category=VIP"); len(other) != 0 {
		t.Errorf("the category VIP has the areas %+v", other)
	}

	hold := func(c *caller, body string) *reply { return c.post(t, "/holds", body) }
	for body, code := range map[string]fault.Code{
		`{"areas":[]}`: fault.InvalidRequest,
		`{"areas":[{"area":"Standing","count":0}]}`:                                 fault.InvalidRequest,
		`{"areas":[{"area":"Standing","count":1,"type":"senior"}]}`:                 fault.InvalidRequest,
		`{"areas":[{"area":"Standing","count":1}],"best":{"count":1}}`:              fault.InvalidRequest,
		`{"areas":[{"area":"` + strings.Repeat("x", 25) + `","count":1}]}`:          fault.InvalidRequest,
		`{"areas":[{"area":"Balcony","count":1}]}`:                                  fault.UnknownSeat,
		`{"areas":[{"area":"Standing","count":4}]}`:                                 fault.SeatLimit,
		`{"seats":["A-1"],"areas":[{"area":"Standing","count":3}]}`:                 fault.SeatLimit,
		`{"areas":[{"area":"Standing","count":2},{"area":"Standing","count":"x"}]}`: fault.InvalidRequest,
	} {
		if answer := hold(ann, body); answer.status < 400 || !strings.Contains(string(answer.body), `"`+string(code)+`"`) {
			t.Errorf("%s: got %d %s, want %s", body, answer.status, answer.body, code)
		}
	}
	var cart wire.Cart
	ann.get(t, "/holds").wants(t, http.StatusOK).into(t, &cart)
	if len(cart.Seats) != 0 {
		t.Fatalf("refused holds left %+v in the cart", cart)
	}
	hold(ann, `{"seats":["A-1"],"areas":[{"area":"Standing","count":2,"type":"child"}]}`).wants(t, http.StatusCreated).into(t, &cart)
	if len(cart.Seats) != 3 || cart.Total != 12000 {
		t.Fatalf("the cart is %+v", cart)
	}
	if areas, _ := listed(""); areas[0].Available != 1 {
		t.Errorf("%+v is listed after two places are held", areas[0])
	}
	hold(bob, `{"areas":[{"area":"Standing","count":2}]}`).wantsProblem(t, http.StatusConflict, fault.SoldOut)
	var numbers []string
	for _, seat := range cart.Seats {
		numbers = append(numbers, `"`+seat.SeatNumber+`"`)
	}
	var bought wire.Transaction
	ann.buy(t, "k", `{"seats":[`+strings.Join(numbers, ",")+`],`+payOK+`}`).wants(t, http.StatusCreated).into(t, &bought)
	units := map[string]bool{}
	for _, ticket := range bought.Tickets {
		page := string(ann.get(t, "/tickets/"+ticket.ID+"/print").wants(t, http.StatusOK).body)
		if name := cmp.Or(ticket.Area, ticket.SeatNumber); !strings.Contains(page, `<dd class="seat"><bdi>`+name+`</bdi></dd>`) || strings.Contains(page, "Standing-") {
			t.Errorf("the paper of %s does not have %s alone:\n%s", ticket.SeatNumber, name, page)
		}
		if ticket.Area == "Standing" && strings.HasPrefix(ticket.SeatNumber, "Standing-") && ticket.Type != nil && *ticket.Type == "child" && ticket.Price == 1500 {
			units[ticket.SeatNumber] = true
		}
	}
	if len(bought.Tickets) != 3 || len(units) != 2 || bought.Total != 12000 {
		t.Errorf("bought is %+v", bought)
	}
	hold(bob, `{"areas":[{"area":"Standing","count":1}]}`).wants(t, http.StatusCreated)
	report, err := s.o.Booking.Audit(context.Background(), s.season, booking.AuditOptions{})
	if err != nil || len(report.Findings) != 0 || report.Checked.Tickets != 3 {
		t.Errorf("the audit checked %+v and found %v: %v", report.Checked, report.Findings, err)
	}
	// More places are new ones; fewer than are taken are refused.
	admin.send(t, "POST", "/admin/seasons/"+s.season+"/seats", "text/csv", strings.Replace(areaPlan, "Standing,3", "Standing,5", 1)).wants(t, http.StatusOK)
	testkit.Eventually(t, soon, "the new places are on sale", func() bool { areas, _ := listed(""); return areas[0].Capacity == 5 && areas[0].Available == 2 })
	admin.send(t, "POST", "/admin/seasons/"+s.season+"/seats", "text/csv", strings.Replace(areaPlan, "Standing,3", "Standing,1", 1)).wantsProblem(t, http.StatusConflict, fault.SeatTaken)
}
