package web

import (
	"bytes"
	"compress/gzip"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"usher/booking"
	"usher/internal/fault"
	"usher/internal/testkit"
	code "usher/internal/ticket"
	"usher/internal/wire"
)

const (
	oneAtATime = `{"name":"Gala","currency":"EUR","activeLimit":1}`
	payOK      = `"payment":{"method":"sandbox","token":"tok_ok"}`
)

func (c *caller) status(t testing.TB) wire.Status {
	t.Helper()
	var status wire.Status
	c.get(t, "/auth/status").wants(t, http.StatusOK).into(t, &status)
	return status
}

func (c *caller) hold(t testing.TB, seats ...string) wire.Cart {
	t.Helper()
	var cart wire.Cart
	c.post(t, "/holds", `{"seats":["`+strings.Join(seats, `","`)+`"]}`).wants(t, http.StatusCreated).into(t, &cart)
	return cart
}

// buy buys seats. On a busy machine the answer may be that the purchase is pending;
// then buy repeats the request, unless the token asks the sandbox to be slow.
func (c *caller) buy(t testing.TB, key, body string) *reply {
	t.Helper()
	for ask := 1; ; ask++ {
		answer := c.with("Idempotency-Key", key).post(t, "/transactions", body)
		if answer.status != http.StatusAccepted || ask == 10 || !strings.Contains(body, "tok_ok") {
			return answer
		}
	}
}

func TestAPurchaseFromSignInToTicket(t *testing.T) {
	t.Parallel()
	s := openSale(t, oneAtATime, nil)
	ann, ben := s.signIn(t, "ann@example.com"), s.signIn(t, "ben@example.com")

	if got := ann.status(t); got.State != "active" || got.Deadline == nil || got.SessionEndsAt == nil {
		t.Fatalf("the first fan's status is %+v, want active", got)
	}
	if got := ben.status(t); got.State != "waiting" || got.Position == nil || *got.Position != 1 || got.Number == nil || got.Place == nil {
		t.Fatalf("the second fan's status is %+v, want first in line", got)
	}
	var again wire.Status
	ben.post(t, "/waitingList/join", "").wants(t, http.StatusOK).into(t, &again)
	if again.State != "waiting" || *again.Number != *ben.status(t).Number {
		t.Fatalf("joining again changed the place: %+v", again)
	}

	cart := ann.hold(t, "A-1", "A-2")
	if len(cart.Seats) != 2 || cart.Total != 9000 || cart.Currency != "EUR" || cart.ExpiresAt == nil {
		t.Fatalf("got cart %+v", cart)
	}
	if again := ann.hold(t, "A-1", "A-2"); again.Total != cart.Total || *again.ExpiresAt != *cart.ExpiresAt {
		t.Fatalf("holding again changed the cart: %+v, then %+v", cart, again)
	}
	ben.post(t, "/holds", `{"seats":["A-3"]}`).wantsProblem(t, http.StatusForbidden, fault.NotAdmitted)
	ann.delete(t, "/holds/A-2").wants(t, http.StatusOK).into(t, &cart)
	if len(cart.Seats) != 1 || cart.Seats[0].SeatNumber != "A-1" {
		t.Fatalf("after releasing one of two: %+v", cart)
	}
	ann.post(t, "/holds", `{"best":{"count":1,"category":"Regular"}}`).wants(t, http.StatusCreated).into(t, &cart)
	if len(cart.Seats) != 2 || cart.Total != 7000 {
		t.Fatalf("after taking the best Regular seat: %+v", cart)
	}
	ann.get(t, "/holds").wants(t, http.StatusOK).into(t, &cart)
	regular := cart.Seats[1].SeatNumber

	order := `{"seats":["A-1","` + regular + `"],` + payOK + `}`
	ann.post(t, "/transactions", order).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	first := ann.buy(t, "order-1", order).wants(t, http.StatusCreated)
	var bought wire.Transaction
	first.into(t, &bought)
	if bought.Status != "completed" || bought.Total != 7000 || len(bought.Tickets) != 2 || bought.CompletedAt == nil {
		t.Fatalf("bought %+v", bought)
	}
	second := ann.buy(t, "order-1", order).wants(t, http.StatusCreated)
	if !bytes.Equal(first.body, second.body) {
		t.Fatalf("the repeated purchase got another answer:\n%s\n%s", first.body, second.body)
	}
	ann.buy(t, "order-1", `{"seats":["A-1"],`+payOK+`}`).wantsProblem(t, http.StatusUnprocessableEntity, fault.KeyReused)

	var list wire.Transactions
	ann.get(t, "/transactions").wants(t, http.StatusOK).into(t, &list)
	if len(list.Transactions) != 1 || list.Next != nil {
		t.Fatalf("got %+v", list)
	}
	var one wire.Transaction
	ann.get(t, "/transactions/"+bought.ID).wants(t, http.StatusOK).into(t, &one)
	if one.ID != bought.ID {
		t.Fatalf("got %+v", one)
	}
	ben.get(t, "/transactions/"+bought.ID).wantsProblem(t, http.StatusNotFound, fault.NotFound)

	s.wantsTickets(t, ann, ben)

	token := ann.token
	ann.post(t, "/auth/logout", "").wants(t, http.StatusNoContent)
	ann.get(t, "/auth/me").wantsProblem(t, http.StatusUnauthorized, fault.Unauthenticated)
	ann.token = token
	ann.post(t, "/auth/logout", "").wantsProblem(t, http.StatusUnauthorized, fault.Unauthenticated)
	if got := ben.status(t); got.State != "turn" || got.Deadline == nil || got.Position != nil {
		t.Fatalf("after the first fan left, the second fan's status is %+v, want the turn", got)
	}
	for range 2 {
		var entered wire.Status
		ben.post(t, "/waitingList/enter", "").wants(t, http.StatusOK).into(t, &entered)
		if entered.State != "active" {
			t.Fatalf("after entering, the status is %+v", entered)
		}
	}
	ben.hold(t, "A-2")
	for range 2 {
		var left wire.Status
		ben.post(t, "/waitingList/leave", "").wants(t, http.StatusOK).into(t, &left)
		if left.State != "none" {
			t.Fatalf("after leaving, the status is %+v", left)
		}
	}
	ben.post(t, "/waitingList/enter", "").wantsProblem(t, http.StatusConflict, fault.Conflict)
	testkit.Eventually(t, soon, "the held seat is available again", func() bool {
		var seat wire.Seat
		ben.get(t, "/seats/A-2").wants(t, http.StatusOK).into(t, &seat)
		return seat.Status == booking.Available
	})
}

// wantsTickets checks the owner's two tickets and their QR codes, and that another
// user sees none of them.
func (s *site) wantsTickets(t *testing.T, owner, other *caller) {
	t.Helper()
	var list, none wire.Tickets
	owner.get(t, "/tickets").wants(t, http.StatusOK).into(t, &list)
	other.get(t, "/tickets").wants(t, http.StatusOK).into(t, &none)
	if len(list.Tickets) != 2 || len(none.Tickets) != 0 {
		t.Fatalf("the owner sees %d tickets, another user %d", len(list.Tickets), len(none.Tickets))
	}
	path := "/tickets/" + list.Tickets[0].ID
	var ticket wire.Ticket
	owner.get(t, path).wants(t, http.StatusOK).into(t, &ticket)
	if ticket != list.Tickets[0] || ticket.Status != "valid" || ticket.Holder != owner.user.Name {
		t.Errorf("got %+v", ticket)
	}
	claims, err := code.Verify(s.o.TicketKeys, ticket.QRCode)
	if err != nil || claims.Seat != ticket.SeatNumber || claims.ID != ticket.ID {
		t.Errorf("the code has the claims %+v (%v)", claims, err)
	}
	for _, suffix := range []string{"", "/qr.png", "/qr.svg"} {
		other.get(t, path+suffix).wantsProblem(t, http.StatusNotFound, fault.NotFound)
	}
	picture := owner.get(t, path+"/qr.png").wants(t, http.StatusOK)
	if _, err := png.Decode(bytes.NewReader(picture.body)); err != nil || picture.header.Get("Content-Type") != "image/png" {
		t.Errorf("the PNG is %q: %v", picture.header.Get("Content-Type"), err)
	}
	drawing := owner.get(t, path+"/qr.svg").wants(t, http.StatusOK)
	if !strings.Contains(string(drawing.body), "<svg") || drawing.header.Get("Content-Type") != "image/svg+xml" || drawing.header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("the SVG is %q, Cache-Control %q", drawing.header.Get("Content-Type"), drawing.header.Get("Cache-Control"))
	}
}

func TestPaymentsThatAreDeclinedOrPending(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":5}`, nil)
	ann := s.signIn(t, "ann@example.com")

	ann.hold(t, "A-1")
	declined := `{"seats":["A-1"],"payment":{"method":"sandbox","token":"tok_declined"}}`
	for range 2 {
		ann.buy(t, "declined", declined).wantsProblem(t, http.StatusPaymentRequired, fault.PaymentDeclined)
	}
	ann.buy(t, "gone", `{"seats":["A-2"],`+payOK+`}`).wantsProblem(t, http.StatusGone, fault.HoldExpired)

	ann.hold(t, "B-1")
	var pending wire.Transaction
	answer := ann.buy(t, "unknown", `{"seats":["B-1"],"payment":{"method":"sandbox","token":"tok_unknown"}}`).wants(t, http.StatusAccepted)
	answer.into(t, &pending)
	if pending.Status != "pending" || answer.header.Get("Location") != "/transactions/"+pending.ID {
		t.Errorf("got %+v at %q", pending, answer.header.Get("Location"))
	}
	ann.get(t, answer.header.Get("Location")).wants(t, http.StatusOK)
}

func TestSeatsAreReadWithoutASessionFromMemory(t *testing.T) {
	t.Parallel()
	s := openSale(t, oneAtATime, nil)
	anonymous := s.anonymous()
	var all, some wire.Seats
	plain := anonymous.get(t, "/seats").wants(t, http.StatusOK)
	plain.into(t, &all)
	if all.Season != s.season || len(all.Seats) != 8 || all.Seats[7].Status != booking.Unavailable || all.Seats[0].ID == "" {
		t.Fatalf("got %s", plain.body)
	}
	anonymous.get(t, "/seats?category=Regular&status=available").wants(t, http.StatusOK).into(t, &some)
	if len(some.Seats) != 3 {
		t.Errorf("got %+v", some)
	}
	zipped := anonymous.with("Accept-Encoding", "gzip").get(t, "/seats").wants(t, http.StatusOK)
	z, err := gzip.NewReader(bytes.NewReader(zipped.body))
	must(t, err)
	if text, err := io.ReadAll(z); err != nil || !bytes.Equal(text, plain.body) {
		t.Errorf("compressed, the list is %s (%v)", text, err)
	}
	tag := plain.header.Get("ETag")
	if tag == "" || tag != zipped.header.Get("ETag") || plain.header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("got tags %q and %q, Vary %q", tag, zipped.header.Get("ETag"), plain.header.Get("Vary"))
	}
	if same := anonymous.with("If-None-Match", tag).get(t, "/seats").wants(t, http.StatusNotModified); len(same.body) != 0 {
		t.Errorf("the 304 has a body: %s", same.body)
	}
	anonymous.with("If-None-Match", tag).get(t, "/seats?category=VIP").wants(t, http.StatusOK)
	anonymous.get(t, "/seats?category=vip").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	anonymous.get(t, "/seats?status=free").wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	anonymous.get(t, "/seats/Z-1").wantsProblem(t, http.StatusNotFound, fault.NotFound)

	s.signIn(t, "ann@example.com").hold(t, "A-1")
	testkit.Eventually(t, soon, "the list shows the held seat, under a new tag", func() bool {
		var seats wire.Seats
		now := anonymous.with("If-None-Match", tag).get(t, "/seats")
		if now.status == http.StatusNotModified {
			return false
		}
		now.into(t, &seats)
		return seats.Seats[0].Status == booking.InTransaction
	})
}

func TestSeasonsShowWhatIsOnSale(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","currency":"CHF","hold":"2m","maxSeats":4}`, nil)
	var list wire.Seasons
	s.anonymous().get(t, "/seasons").wants(t, http.StatusOK).into(t, &list)
	var one wire.Season
	s.anonymous().get(t, "/seasons/"+s.season).wants(t, http.StatusOK).into(t, &one)
	if len(list.Seasons) != 1 || one.Name != "Gala" || one.Currency != "CHF" || one.HoldSeconds != 120 || one.MaxSeats != 4 ||
		one.Counts["VIP"]["available"] != 4 || one.Counts["Regular"]["unavailable"] != 1 {
		t.Errorf("got %+v and %+v", list, one)
	}
	s.anonymous().get(t, "/seasons/nothing").wantsProblem(t, http.StatusNotFound, fault.NotFound)
}

func TestAnUnknownSeasonIsNotFoundOnEveryRoute(t *testing.T) {
	t.Parallel()
	s := openSale(t, oneAtATime, nil)
	fan := s.signIn(t, "fan@example.com")
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/auth/status", ""},
		{"GET", "/waitingList/status", ""},
		{"POST", "/waitingList/join", ""},
		{"POST", "/waitingList/enter", ""},
		{"POST", "/waitingList/leave", ""},
		{"GET", "/seats", ""},
		{"GET", "/seats/A-1", ""},
		{"GET", "/holds", ""},
		{"POST", "/holds", `{"seats":["A-1"]}`},
		{"DELETE", "/holds", ""},
		{"POST", "/transactions", `{"seats":["A-1"],` + payOK + `}`},
		{"POST", "/auth/dev", `{"email":"new@example.com","name":"New"}`},
	} {
		fan.with("Idempotency-Key", "k").send(t, c.method, c.path+"?season=nothing", "application/json", c.body).wantsProblem(t, http.StatusNotFound, fault.NotFound)
	}
}

func TestWrongHoldsAreRefusedBeforeAnythingIsHeld(t *testing.T) {
	t.Parallel()
	s := openSale(t, oneAtATime, nil)
	fan := s.signIn(t, "fan@example.com")
	for _, body := range []string{
		`{}`, `{"seats":[]}`, `{"seats":["A-1"],"best":{"count":1}}`, `{"best":{"count":0}}`,
		`{"best":{"count":1,"category":"Balcony"}}`, `{"seats":[""]}`, `{"seats":["A-1"],"other":1}`, `{"best":{"count":1,"row":"A"}}`,
	} {
		fan.post(t, "/holds", body).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	}
	if problem := fan.post(t, "/holds", `{"seats":["A-1","Z-9"]}`).wantsProblem(t, http.StatusUnprocessableEntity, fault.UnknownSeat); len(problem.Seats) != 1 {
		t.Errorf("the problem names the unknown seats %v", problem.Seats)
	}
	var cart wire.Cart
	fan.get(t, "/holds").wants(t, http.StatusOK).into(t, &cart)
	if len(cart.Seats) != 0 || cart.ExpiresAt != nil {
		t.Errorf("after the refusal, the cart is %+v", cart)
	}
}

func TestBrowsersUseTheCookie(t *testing.T) {
	t.Parallel()
	s := openSale(t, oneAtATime, nil)
	answer := s.anonymous().with("Origin", s.url).post(t, "/auth/dev", `{"email":"fan@example.com","name":"Fan"}`).wants(t, http.StatusOK)
	cookie := answer.cookie(sessionCookie)
	if cookie == nil || !cookie.HttpOnly || cookie.MaxAge < int((11*time.Hour).Seconds()) {
		t.Fatalf("got cookie %v", cookie)
	}
	browser := s.anonymous().with("Cookie", cookie.Name+"="+cookie.Value)
	browser.get(t, "/auth/me").wants(t, http.StatusOK)
	browser.post(t, "/holds", `{"seats":["A-1"]}`).wantsProblem(t, http.StatusForbidden, fault.BadOrigin)
	browser.with("Origin", "http://evil.example").post(t, "/auth/logout", "").wantsProblem(t, http.StatusForbidden, fault.BadOrigin)
	browser.with("Origin", s.url).post(t, "/holds", `{"seats":["A-1"]}`).wants(t, http.StatusCreated)
	out := browser.with("Origin", s.url).post(t, "/auth/logout", "").wants(t, http.StatusNoContent)
	if cleared := out.cookie(sessionCookie); cleared == nil || cleared.MaxAge >= 0 {
		t.Errorf("after signing out, the cookie is %v", cleared)
	}
	browser.get(t, "/auth/me").wantsProblem(t, http.StatusUnauthorized, fault.Unauthenticated)
}
