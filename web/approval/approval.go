// Package approval serves the payment page of the sandbox: it asks a fan whether to approve
// or to decline a payment, as the bank of a card does (3-D Secure). A form without scripts:
// it works by keyboard and with screen readers, in the languages of the site.
//
// Entry points: [New], [Site.Get], [Site.Post].
package approval

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"usher/booking"
	"usher/booking/payment"
	"usher/internal/fault"
	"usher/web/language"
)

//go:embed approval.html
var source string

// longestForm is the largest form, in bytes.
const longestForm = 4 << 10

// Options configures a Site.
type Options struct {
	Sandbox *payment.Sandbox // nil: there are no pages
	// Reconcile is told the charge of each answer, so that its purchase is settled soon.
	Reconcile func(ctx context.Context, charge string) error
	Languages *language.Chooser
	Logger    *slog.Logger
}

// Site serves the pages. Safe for concurrent use.
type Site struct {
	o      Options
	page   *template.Template
	policy string
}

// New makes a Site.
func New(o Options) *Site {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	_, style, _ := strings.Cut(source, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	sum := sha256.Sum256([]byte(style))
	return &Site{
		o: o, page: template.Must(template.New("approval").Parse(source)),
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
	}
}

// Get answers with the page of a charge. Errors: not_found.
func (s *Site) Get(w http.ResponseWriter, r *http.Request, id string) error {
	if s.o.Sandbox == nil {
		return errNoPage()
	}
	q, err := s.o.Sandbox.Question(r.Context(), id, r.URL.Query().Get("secret"))
	if err != nil {
		return err
	}
	return s.show(w, r, q)
}

// Post takes the form of the page: answer is approve or decline. The fan goes on to where
// the charge says. Errors: not_found, invalid_request.
func (s *Site) Post(w http.ResponseWriter, r *http.Request, id string) error {
	if s.o.Sandbox == nil {
		return errNoPage()
	}
	r.Body = http.MaxBytesReader(w, r.Body, longestForm)
	if err := r.ParseForm(); err != nil {
		return fault.Wrap(fault.InvalidRequest, err, "the body must be a form with the field answer")
	}
	answer := r.PostForm.Get("answer")
	if answer != "approve" && answer != "decline" {
		return fault.New(fault.InvalidRequest, "the answer %q is neither approve nor decline", answer)
	}
	secret := r.URL.Query().Get("secret")
	q, err := s.o.Sandbox.Question(r.Context(), id, secret)
	if err != nil {
		return err
	}
	outcome, err := s.o.Sandbox.Answer(r.Context(), id, secret, answer == "approve")
	if err != nil {
		return err
	}
	if err := s.o.Reconcile(r.Context(), id); err != nil {
		s.o.Logger.WarnContext(r.Context(), "approval: telling the purchase failed: recovery asks the sandbox later", "charge", id, "error", err)
	}
	if q.Return == "" || outcome == payment.Closed {
		q.Outcome = outcome
		return s.show(w, r, q)
	}
	w.Header().Set("Location", q.Return)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

func errNoPage() error { return fault.New(fault.NotFound, "there is no such payment page") }

// line is one thing that is paid for.
type line struct{ Name, Price string }

func (s *Site) show(w http.ResponseWriter, r *http.Request, q payment.Question) error {
	texts := s.o.Languages.Of(r).Texts()
	price := func(minor int64) string { return texts.Decimal(booking.Amount(minor, q.Currency)) }
	lines := make([]line, len(q.Lines))
	for i, l := range q.Lines {
		lines[i] = line{l.Name, price(l.Amount)}
	}
	var over string // what a fan reads who cannot answer any more
	switch q.Outcome {
	case payment.Waiting:
	case payment.Closed:
		over = texts.Say("approval.closed")
	case payment.Declined:
		over = texts.Say("approval.declined")
	default:
		over = texts.Say("approval.approved")
	}
	var page bytes.Buffer
	err := s.page.Execute(&page, map[string]any{
		"T": texts, "Total": price(q.Amount), "Lines": lines, "Over": over,
		"Action": (&url.URL{RawQuery: url.Values{"secret": {r.URL.Query().Get("secret")}}.Encode()}).String(),
		"Back":   q.Back, "Return": q.Return,
	})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", s.policy)
	h.Set("Referrer-Policy", "no-referrer") // the address has the secret
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", language.Vary)
	_, _ = w.Write(page.Bytes())
	return nil
}
