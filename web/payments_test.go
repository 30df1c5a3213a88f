package web

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"usher/internal/fault"
)

func TestPaymentNews(t *testing.T) {
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
		return s.nobody().with("Stripe-Signature", "t=1,v1=2").send(t, "POST", path, "application/json", body).status
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
				t.Errorf("answered %d, want %d; heard %d", status, c.status, len(heard))
			}
			if len(heard) == 1 && heard[0] != c.body+" t=1,v1=2" {
				t.Errorf("heard %q", heard)
			}
		})
	}
	if status := openIdle(t, nil).nobody().send(t, "POST", path, "application/json", "{}").status; status != http.StatusNotFound {
		t.Errorf("where no news comes it answers %d", status)
	}
}
