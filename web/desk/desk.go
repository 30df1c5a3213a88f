// Package desk serves the desk, which is the box office: its staff sell seats to people in
// front of them, find transactions, and print receipts. The pages to print tickets are
// those of package web.
//
// Entry points: [New]; [Site.PostSale], [Site.Filter], [Site.GetTransaction] and
// [Site.GetReceipt]. The caller has checked that the request is from the desk.
package desk

import (
	"context"
	"html/template"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"usher/booking"
	"usher/internal/fault"
	"usher/internal/text"
	"usher/internal/wire"
	"usher/web/language"
)

// Options configures a Site. All fields are required.
type Options struct {
	Booking interface {
		Season(ctx context.Context, id string) (booking.Season, error)
		SellAtDesk(ctx context.Context, req booking.DeskRequest) (booking.DeskTransaction, error)
		OfferAtDesk(ctx context.Context, req booking.DeskRequest) (booking.DeskOffer, error)
		DeskTransaction(ctx context.Context, id string) (booking.DeskTransaction, error)
		Snapshot(ctx context.Context, season string) (*booking.Snapshot, error)
		Allotments(ctx context.Context, season string) ([]booking.Allotment, error)
	}
	// Search returns the ids of users whose name, e-mail address or id fits a text.
	Search func(ctx context.Context, text string, limit int) ([]string, error)
	// Event returns what a receipt says about the event of a season, and when the sale was.
	Event     func(ctx context.Context, season string, sold time.Time, texts *language.Texts) EventWords
	Languages *language.Chooser
	// Decode reads a JSON body strictly.
	Decode func(w http.ResponseWriter, r *http.Request, v any) error
	// DryRun reports whether a request only asks what it would do.
	DryRun func(r *http.Request) (bool, error)
	// PathValue returns a parameter of the path.
	PathValue func(r *http.Request, name string) string
	// Answer writes a value as JSON.
	Answer func(w http.ResponseWriter, status int, v any) error
	// Transaction, Lines, Best, Areas and AreaStocks translate between booking and wire.
	Transaction func(t booking.Transaction) wire.Transaction
	Lines       func(lines []booking.Line) []wire.CartSeat
	Best        func(b wire.Best) booking.Best
	Areas       func(areas []wire.AreaChoice) []booking.AreaCount
	AreaStocks  func(stocks []booking.AreaStock) []wire.Area
}

// Site serves the desk. Safe for concurrent use.
type Site struct {
	o      Options
	page   *template.Template // of a receipt
	policy string             // of its page
}

// New makes a Site.
func New(o Options) *Site {
	s := &Site{o: o}
	s.page, s.policy = parseReceipt()
	return s
}

// EventWords are what a receipt says about the event: its name, and its time and place,
// "" when they are not known. Sold is when the sale was, in the event's time zone.
type EventWords struct{ Name, When, Where, Sold string }

// Seller is who sells.
type Seller struct {
	ID   string
	Name string // as the books name the seller
}

// PostSale sells seats, or with ?dryRun=true answers what would be sold. Repeating a sale
// with the same key returns the same transaction.
func (s *Site) PostSale(w http.ResponseWriter, r *http.Request, by Seller) error {
	dry, err := s.o.DryRun(r)
	if err != nil {
		return err
	}
	var form saleForm
	if err := s.o.Decode(w, r, &form); err != nil {
		return err
	}
	key := r.Header.Get("Idempotency-Key")
	if (key == "" && !dry) || !utf8.ValidString(key) {
		return fault.New(fault.InvalidRequest, "send an Idempotency-Key header: a new key for each sale, the same key to repeat it")
	}
	if err := check(&form, key); err != nil {
		return fault.New(fault.InvalidRequest, "%v", err)
	}
	season, err := s.o.Booking.Season(r.Context(), s.o.PathValue(r, "id"))
	if err != nil {
		return err
	}
	req := booking.DeskRequest{
		Season: season.ID, Staff: by.ID, By: by.Name, Key: key, Areas: s.o.Areas(form.Areas),
		Holder: form.Holder, Email: form.Email, Method: booking.DeskMethod(form.Payment.Method), Reference: form.Payment.Reference, Allotment: form.Allotment,
	}
	if form.Seats != nil {
		req.Seats, req.Types = form.Seats.Seats, form.Seats.Types
	}
	if form.Best != nil {
		best := s.o.Best(*form.Best)
		req.Best = &best
	}
	if dry {
		offer, err := s.o.Booking.OfferAtDesk(r.Context(), req)
		if err != nil {
			return err
		}
		return s.o.Answer(w, http.StatusOK, wire.DeskOffer{Seats: s.o.Lines(offer.Lines), Total: offer.Total, ListTotal: offer.ListTotal, Currency: offer.Currency})
	}
	sold, err := s.o.Booking.SellAtDesk(r.Context(), req)
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if sold.Status == booking.Pending {
		status = http.StatusAccepted
	}
	w.Header().Set("Location", "/admin/transactions/"+sold.ID)
	return s.o.Answer(w, status, s.Shown(sold))
}

// saleForm is the body of a request to sell.
type saleForm struct {
	Seats     *wire.SeatChoices `json:"seats"`
	Areas     []wire.AreaChoice `json:"areas"`
	Best      *wire.Best        `json:"best"` // of the other seats
	Allotment string            `json:"allotment"`
	Holder    string            `json:"holder"`
	Email     string            `json:"email"`
	Payment   struct {
		Method    string `json:"method"`
		Reference string `json:"reference"`
	} `json:"payment"`
}

// check checks the form of a request to sell.
func check(form *saleForm, key string) error {
	if key != "" {
		if err := wire.CheckKey(key); err != nil {
			return err
		}
	}
	if form.Best != nil {
		if err := wire.CheckBest(*form.Best); err != nil || form.Seats == nil && form.Areas == nil {
			return err
		}
	}
	return wire.CheckHold(form.Seats, form.Areas)
}

// GetStock answers with the areas and the allotments that the desk may sell from. Errors:
// not_found, unavailable.
func (s *Site) GetStock(w http.ResponseWriter, r *http.Request) error {
	season, err := s.o.Booking.Season(r.Context(), s.o.PathValue(r, "id"))
	if err != nil {
		return err
	}
	snapshot, err := s.o.Booking.Snapshot(r.Context(), season.ID)
	if err != nil {
		return err
	}
	allotments, err := s.o.Booking.Allotments(r.Context(), season.ID)
	if err != nil {
		return err
	}
	stock := wire.DeskStock{Areas: s.o.AreaStocks(snapshot.AreaStocks()), Allotments: make([]wire.DeskAllotment, len(allotments))}
	for i, a := range allotments {
		stock.Allotments[i] = wire.DeskAllotment{Name: a.Name, Seats: len(a.Seats)}
	}
	return s.o.Answer(w, http.StatusOK, stock)
}

// maxQuery is the most characters of a search for transactions.
const maxQuery = 100

// usersFound is the most users whose transactions a search finds by their accounts.
const usersFound = 20

// Filter reads ?status and ?q of a list of transactions.
func (s *Site) Filter(r *http.Request) (booking.TransactionFilter, error) {
	query := r.URL.Query()
	filter := booking.TransactionFilter{Status: booking.TransactionStatus(query.Get("status")), Text: strings.TrimSpace(query.Get("q"))}
	if filter.Text == "" {
		return filter, nil
	}
	if err := text.CheckLabel(filter.Text, maxQuery); err != nil {
		return filter, fault.New(fault.InvalidRequest, "q %v", err)
	}
	users, err := s.o.Search(r.Context(), filter.Text, usersFound)
	if fault.Is(err, fault.InvalidRequest) {
		err = nil // no account has such a name
	}
	filter.Users = users
	return filter, err
}

// GetTransaction answers with one transaction of any buyer, without the codes of its
// tickets.
func (s *Site) GetTransaction(w http.ResponseWriter, r *http.Request) error {
	t, err := s.o.Booking.DeskTransaction(r.Context(), s.o.PathValue(r, "id"))
	if err != nil {
		return err
	}
	return s.o.Answer(w, http.StatusOK, s.Shown(t))
}

// Shown returns the wire form of a transaction as the desk sees it.
func (s *Site) Shown(t booking.DeskTransaction) wire.DeskTransaction {
	shown := wire.DeskTransaction{Transaction: s.o.Transaction(t.Transaction), UserID: t.User, Holder: t.Holder, Email: wire.TextOrNull(t.Email), Refunded: t.Refunded}
	if t.Desk != nil {
		shown.Desk = &wire.DeskSale{
			By: t.Desk.By, Method: string(t.Desk.Method), Reference: wire.TextOrNull(t.Desk.Reference),
			Allotment: wire.TextOrNull(t.Desk.Allotment), ListTotal: t.Desk.ListTotal,
		}
	}
	return shown
}
