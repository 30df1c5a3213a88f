package web

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/wire"
)

func TestRefunds(t *testing.T) {
	t.Parallel()
	s := openSale(t, oneAtATime, nil)
	ann, ben := s.signIn(t, "ann@example.com"), s.signIn(t, "ben@example.com")
	ann.hold(t, "A-1", "A-2")
	var bought wire.Transaction
	ann.buy(t, "order-1", `{"seats":["A-1","A-2"],`+payOK+`}`).wants(t, http.StatusCreated).into(t, &bought)
	path := "/transactions/" + bought.ID + "/cancel"
	ann.post(t, "/waitingList/leave", "").wants(t, http.StatusOK) // a refund needs no place in the line

	for name, body := range map[string]string{
		"no seat":        `{"seats":[]}`,
		"null":           `{"seats":null}`,
		"unknown field":  `{"seat":"A-1"}`,
		"not a list":     `{"seats":"A-1"}`,
		"an empty name":  `{"seats":[""]}`,
		"not an object":  `[]`,
		"more than JSON": `{"seats":["A-1"]} x`,
	} {
		t.Run(name, func(t *testing.T) {
			ann.post(t, path, body).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
		})
	}
	ben.post(t, path, "").wantsProblem(t, http.StatusNotFound, fault.NotFound)
	ann.post(t, path, `{"seats":["A-9"]}`).wantsProblem(t, http.StatusUnprocessableEntity, fault.UnknownSeat)

	for range 2 {
		var got wire.Transaction
		ann.post(t, path, `{"seats":["A-2"]}`).wants(t, http.StatusOK).into(t, &got)
		if got.Status != "completed" || got.Tickets[0].Status != "valid" || got.Tickets[1].Status != "void" {
			t.Fatalf("after refunding one of two seats: %+v", got)
		}
	}
	for range 2 {
		var got wire.Transaction
		ann.post(t, path, "").wants(t, http.StatusOK).into(t, &got)
		if got.Status != "cancelled" || got.Reason != "refunded" || got.Tickets[0].Status != "void" {
			t.Fatalf("after refunding both seats: %+v", got)
		}
	}
	var seat wire.Seat
	ben.get(t, "/seats/A-1").wants(t, http.StatusOK).into(t, &seat)
	if seat.Status != "available" {
		t.Errorf("the seat is %s", seat.Status)
	}
}

func TestPaymentWebhooks(t *testing.T) {
	t.Parallel()
	const path = "/payments/stripe/webhook"
	var heard []string
	var answer error
	s := openIdle(t, func(o *Options) {
		o.PaymentNews = func(_ context.Context, payload []byte, signature string) error {
			heard = append(heard, string(payload)+" "+signature)
			return answer
		}
	})
	post := func(body string) int {
		return s.anonymous().with("Stripe-Signature", "t=1,v1=2").send(t, "POST", path, "application/json", body).status
	}
	for _, c := range []struct {
		name   string
		body   string
		answer error
		status int
		heard  int
	}{
		{"taken", "{}", nil, http.StatusOK, 1},
		{"forged", "{}", fault.New(fault.InvalidRequest, "forged"), http.StatusBadRequest, 1},
		{"no store", "{}", fault.New(fault.Unavailable, "away"), http.StatusServiceUnavailable, 1},
		{"endless", strings.Repeat("x", maxPaymentNews+1), nil, http.StatusRequestEntityTooLarge, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			heard, answer = nil, c.answer
			if status := post(c.body); status != c.status || len(heard) != c.heard {
				t.Errorf("answered %d, want %d; the provider received %d", status, c.status, len(heard))
			}
			if len(heard) == 1 && heard[0] != c.body+" t=1,v1=2" {
				t.Errorf("the provider received %q", heard)
			}
		})
	}
	if status := openIdle(t, nil).anonymous().send(t, "POST", path, "application/json", "{}").status; status != http.StatusNotFound {
		t.Errorf("without a provider that sends webhooks, the answer is %d", status)
	}
}

// TestMailGoesToConfirmedAddressesOnly: an address that no provider has verified may be
// another person's, and a guest has none.
func TestMailGoesToConfirmedAddressesOnly(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct {
		user auth.User
		want booking.Contact
	}{
		"confirmed":                {auth.User{Email: "ann@fans.example", Confirmed: true}, booking.Contact{Email: "ann@fans.example", Language: "fr"}},
		"confirmed, without roles": {auth.User{Email: "ann@fans.example", Confirmed: true, Unverified: true}, booking.Contact{Email: "ann@fans.example", Language: "fr"}},
		"not confirmed":            {auth.User{Email: "ann@fans.example", Unverified: true}, booking.Contact{}},
		"a guest":                  {auth.User{Email: "ann@fans.example", Confirmed: true, Guest: true}, booking.Contact{}},
	} {
		if got := contactOf(try.user, "fr"); got != try.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
