package web

import (
	"net/http"

	"usher/internal/fault"
)

// How the browser app lets fans pay. It takes no card itself: cards are typed
// into pages that the organiser and the provider answer for.
const (
	PaysSandbox    = "sandbox"     // test cards of the sandbox
	PaysStripeTest = "stripe-test" // Stripe's test cards: no real money
	PaysStripe     = "stripe"      // on the organiser's own page
)

// maxPaymentNews is the longest event taken, in bytes; Stripe's are a few
// thousand.
const maxPaymentNews = 256 << 10

// postStripeWebhook takes an event that Stripe sends. Its signature says who
// sends it, so there is no session and no origin; whatever is not 2xx is sent
// again.
func (s *Server) postStripeWebhook(w http.ResponseWriter, r *http.Request) error {
	if s.o.PaymentNews == nil {
		return fault.New(fault.NotFound, "this server takes no payments by Stripe")
	}
	payload, err := readBody(w, r, maxPaymentNews)
	if err != nil {
		return err
	}
	if err := s.o.PaymentNews(r.Context(), payload, r.Header.Get("Stripe-Signature")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}
