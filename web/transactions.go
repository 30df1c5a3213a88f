package web

import (
	"net/http"
	"unicode/utf8"

	"usher/booking"
	"usher/booking/payment"
	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/wire"
	"usher/web/desk"
)

const (
	transactionsPage    = 20
	maxTransactionsPage = 100
)

// postTransactions buys held seats. Repeating it with the same key returns the same
// purchase.
func (s *Server) postTransactions(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	var form struct {
		Seats   wire.SeatChoices `json:"seats"`
		Payment wire.Payment     `json:"payment"`
	}
	if err := decode(w, r, &form); err != nil {
		return err
	}
	key := r.Header.Get("Idempotency-Key")
	if key == "" || !utf8.ValidString(key) {
		return fault.New(fault.InvalidRequest, "send an Idempotency-Key header: a new key for each purchase, the same key to repeat it")
	}
	for _, err := range []error{wire.CheckKey(key), wire.CheckSeatChoices(form.Seats), wire.CheckPayment(form.Payment)} {
		if err != nil {
			return fault.New(fault.InvalidRequest, "%v", err)
		}
	}
	season, err := s.seasonOf(r)
	if err != nil {
		return err
	}
	s.alive(r.Context(), session, season.ID)
	details := payment.Details{Method: form.Payment.Method, Token: form.Payment.Token}
	bought, err := s.buy(r.Context(), session, s.languages.Of(r).Tag, season.ID, key, form.Seats, details)
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if bought.Status == booking.Pending {
		status = http.StatusAccepted
		w.Header().Set("Location", "/transactions/"+bought.ID)
	}
	return answerJSON(w, status, toTransaction(bought))
}

func (s *Server) getTransactions(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	limit, cursor, err := page(r, transactionsPage, maxTransactionsPage)
	if err != nil {
		return err
	}
	transactions, next, err := s.o.Booking.Transactions(r.Context(), session.User.ID, limit, cursor)
	if err != nil {
		return err
	}
	list := wire.Transactions{Transactions: make([]wire.Transaction, 0, len(transactions)), Next: orNull(next)}
	for _, t := range transactions {
		list.Transactions = append(list.Transactions, toTransaction(t))
	}
	return answerJSON(w, http.StatusOK, list)
}

func (s *Server) getTransaction(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	t, err := s.o.Booking.Transaction(r.Context(), session.User.ID, pathValue(r, "id"))
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, toTransaction(t))
}

// postRefund answers POST /transactions/{id}/cancel: it refunds a purchase, or the named seats of it. It needs no place in the
// season.
func (s *Server) postRefund(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	var form struct {
		Seats []string `json:"seats"` // no pointer: null is refused
	}
	if err := decodeOptional(w, r, &form); err != nil {
		return err
	}
	if form.Seats != nil {
		// An empty list does not mean all seats.
		if err := wire.CheckSeats(form.Seats); err != nil {
			return fault.New(fault.InvalidRequest, "%v", err)
		}
	}
	t, err := s.o.Booking.Refund(r.Context(), session.User.ID, pathValue(r, "id"), form.Seats)
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, toTransaction(t))
}

// postAdminSale sells seats at the desk.
func (s *Server) postAdminSale(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	return s.desk.PostSale(w, r, desk.Seller{ID: session.User.ID, Name: session.User.Signature()})
}

// getApproval and postApproval are the page on which a fan approves or declines a payment
// of the sandbox. The secret in the page's address is what authenticates the fan, as at a
// bank: no session is checked.
func (s *Server) getApproval(w http.ResponseWriter, r *http.Request) error {
	return s.approvals.Get(w, r, pathValue(r, "id"))
}

func (s *Server) postApproval(w http.ResponseWriter, r *http.Request) error {
	return s.approvals.Post(w, r, pathValue(r, "id"))
}

// orNull returns the wire form of a cursor: null at the end.
func orNull(cursor string) *string {
	if cursor == "" {
		return nil
	}
	return &cursor
}

// How the browser app takes payments. The app never handles a card: cards are typed
// into pages of the organiser or the provider.
const (
	PaysSandbox    = "sandbox"     // test cards of the sandbox
	PaysStripeTest = "stripe-test" // Stripe's test cards: no real money
	PaysStripe     = "stripe"      // on the organiser's own page
)

// maxPaymentNews is the largest event, in bytes. Stripe's have a few thousand.
const maxPaymentNews = 256 << 10

// postStripeWebhook receives an event from Stripe. The event is authenticated by
// its signature, so no session or origin is checked. Stripe repeats it until the
// answer is 2xx.
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
