package stripetest

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// pages is the beginning of the URL of every page on which a fan pays or approves.
const pages = "https://checkout.stripe.invalid/c/pay/"

// session is a Checkout Session. Its intent exists once the fan has tried to pay.
type session struct {
	id, status, paid string // status: open, complete, expired; paid: payment_status
	amount, ends     int64
	currency         string
	success, cancel  string
	reference        string
	metadata         map[string]string
	ofIntent         map[string]string // metadata of the intent
	intent           *intent
}

var sessionParams = regexp.MustCompile(`^(mode|success_url|cancel_url|expires_at|client_reference_id|metadata\[\w+\]|payment_intent_data\[metadata\]\[\w+\]|` +
	`line_items\[\d+\]\[(quantity\]|price_data\]\[(currency\]|unit_amount\]|product_data\]\[name\]))|expand\[\d\])$`)

// checkSession refuses a Session that Stripe would refuse.
func checkSession(r *request) *answer {
	invalid := func(code, message string) *answer {
		return refuse(http.StatusBadRequest, "invalid_request_error", code, message)
	}
	for _, name := range []string{"mode", "success_url", "line_items[0][price_data][unit_amount]", "line_items[0][price_data][product_data][name]"} {
		if r.form.Get(name) == "" {
			return invalid("parameter_missing", "Missing required param: "+name+".")
		}
	}
	for _, name := range []string{"success_url", "cancel_url"} {
		if at := r.form.Get(name); at != "" && !strings.HasPrefix(at, "https://") && !strings.HasPrefix(at, "http://") {
			return invalid("url_invalid", "Not a valid URL")
		}
	}
	ends, err := strconv.ParseInt(r.form.Get("expires_at"), 10, 64)
	if err != nil {
		return invalid("parameter_invalid_integer", "Invalid integer: expires_at")
	}
	if left := time.Until(time.Unix(ends, 0)); left < 30*time.Minute || left > 24*time.Hour {
		return invalid("", "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.")
	}
	if total, _ := total(r); total < 50 {
		return invalid("amount_too_small", "The Checkout Session's total amount due must add up to at least 50 cents")
	}
	return nil
}

// total returns the sum of a Session's lines, and their currency.
func total(r *request) (sum int64, currency string) {
	for i := 0; ; i++ {
		line := fmt.Sprintf("line_items[%d]", i)
		amount, err := strconv.ParseInt(r.form.Get(line+"[price_data][unit_amount]"), 10, 64)
		if err != nil {
			return sum, currency
		}
		quantity, _ := strconv.ParseInt(r.form.Get(line+"[quantity]"), 10, 64)
		sum, currency = sum+amount*quantity, r.form.Get(line+"[price_data][currency]")
	}
}

func (f *Fake) createSession(r *request) *answer {
	s := &session{
		id: f.newID("cs_test"), status: "open", paid: "unpaid",
		success: r.form.Get("success_url"), cancel: r.form.Get("cancel_url"), reference: r.form.Get("client_reference_id"),
		metadata: metadata(r), ofIntent: map[string]string{},
	}
	s.amount, s.currency = total(r)
	s.ends, _ = strconv.ParseInt(r.form.Get("expires_at"), 10, 64)
	for name, values := range r.form {
		if inner, ok := strings.CutPrefix(name, "payment_intent_data[metadata]["); ok {
			s.ofIntent[strings.TrimSuffix(inner, "]")] = values[0]
		}
	}
	f.sessions[s.id] = s
	return &answer{status: http.StatusOK, body: s.body(false)}
}

// onSession retrieves or expires a Session.
func (f *Fake) onSession(r *request) *answer {
	s := f.sessions[r.object]
	if s == nil {
		return refuse(http.StatusNotFound, "invalid_request_error", "resource_missing", "No such checkout.session: "+r.object)
	}
	if r.operation == ExpireSession {
		if s.status != "open" {
			return refuse(http.StatusBadRequest, "invalid_request_error", "", "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `"+s.status+"`.")
		}
		f.expire(s)
	}
	return &answer{status: http.StatusOK, body: s.body(strings.HasPrefix(r.form.Get("expand[0]"), "payment_intent"))}
}

func (f *Fake) expire(s *session) {
	s.status = "expired"
	if s.intent != nil {
		s.intent.status = "canceled"
	}
	f.happened("checkout.session.expired", s.body(false))
}

func (s *session) body(expand bool) map[string]any {
	b := map[string]any{
		"id": s.id, "object": "checkout.session", "mode": "payment", "status": s.status, "payment_status": s.paid, "amount_total": s.amount,
		"currency": s.currency, "expires_at": s.ends, "success_url": s.success, "cancel_url": s.cancel, "client_reference_id": s.reference,
		"metadata": s.metadata, "livemode": false, "url": nil, "payment_intent": nil,
	}
	if s.status == "open" {
		b["url"] = pages + s.id
	}
	if s.intent != nil {
		b["payment_intent"] = s.intent.id
		if expand {
			b["payment_intent"] = s.intent.body(true)
		}
	}
	return b
}

// Session is the state of a Checkout Session.
type Session struct {
	ID, Status string
	Metadata   map[string]string
	Ends       time.Time
	Success    string // URL to which the page sends a fan who has paid
	Cancel     string // URL to which the page sends a fan who gives up
	Amount     int64  // in Stripe's units
}

// Sessions returns every Session.
func (f *Fake) Sessions() (found []Session) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.sessions {
		found = append(found, Session{ID: s.id, Status: s.status, Metadata: s.metadata, Ends: time.Unix(s.ends, 0), Success: s.success, Cancel: s.cancel, Amount: s.amount})
	}
	return found
}

// Visit is what a fan does on a page.
type Visit string

// The visits. Pays and Fails also end a payment that was left processing.
const (
	Pays      Visit = "pays"      // pays, or approves the payment of a card
	Fails     Visit = "fails"     // a card is declined, or its owner declines
	PaysSlow  Visit = "pays slow" // by a method that takes days
	PaysLate  Visit = "pays late" // against Stripe's rules: also on an expired page
	Abandoned Visit = "abandoned" // the page's time is over
)

// Visit plays a fan on the page with this URL, and returns where the page sends the fan.
// An error says that the page refuses.
func (f *Fake) Visit(page string, visit Visit) (next string, err error) {
	f.mu.Lock()
	defer f.passOn()
	defer f.mu.Unlock()
	at, err := url.Parse(page)
	if err != nil {
		return "", err
	}
	id := path.Base(at.Path)
	if s := f.sessions[id]; s != nil {
		return f.visitSession(s, visit)
	}
	if in := f.intents[id]; in != nil {
		return f.visitIntent(in, visit)
	}
	return "", fmt.Errorf("stripetest: there is no page %s", page)
}

func (f *Fake) visitSession(s *session, visit Visit) (string, error) {
	processing := s.intent != nil && s.intent.status == "processing"
	if s.status != "open" && visit != PaysLate && (!processing || visit != Pays && visit != Fails) {
		return "", fmt.Errorf("stripetest: the page of %s is %s", s.id, s.status)
	}
	if visit == Abandoned {
		f.expire(s)
		return s.cancel, nil
	}
	if s.intent == nil {
		s.intent = &intent{id: f.newID("pi"), amount: s.amount, currency: s.currency, status: "requires_payment_method", metadata: s.ofIntent}
		f.intents[s.intent.id] = s.intent
	}
	switch {
	case visit == PaysSlow:
		s.status, s.intent.status = "complete", "processing"
		f.happened("checkout.session.completed", s.body(false))
	case visit == Fails && processing:
		s.intent.status = "requires_payment_method"
		f.decline(s.intent, "card_declined", "generic_decline")
		f.happened("checkout.session.async_payment_failed", s.body(false))
	case visit == Fails: // the page stays open for another card
		f.decline(s.intent, "card_declined", "generic_decline")
		return page(s.id), nil
	case processing:
		s.paid = "paid"
		f.capture(s.intent)
		f.happened("checkout.session.async_payment_succeeded", s.body(false))
	default:
		if s.status == "open" {
			s.status = "complete"
		}
		s.paid = "paid"
		f.capture(s.intent)
		f.happened("checkout.session.completed", s.body(false))
	}
	return s.success, nil
}

func page(id string) string { return pages + id }

func (f *Fake) visitIntent(in *intent, visit Visit) (string, error) {
	switch {
	case in.status != "requires_action" && visit != PaysLate:
		return "", fmt.Errorf("stripetest: intent %s is %s", in.id, in.status)
	case visit == Fails:
		in.status = "requires_payment_method"
		f.decline(in, "payment_intent_authentication_failure", "")
	case visit == Pays, visit == PaysLate:
		f.capture(in)
	default:
		return "", fmt.Errorf("stripetest: a fan who %s has no page of a card", visit)
	}
	return in.back, nil
}

// passOn passes new events to OnEvent.
func (f *Fake) passOn() {
	f.mu.Lock()
	fresh := f.events[f.fresh:]
	f.fresh = len(f.events)
	f.mu.Unlock()
	if f.OnEvent != nil {
		for _, e := range fresh {
			f.OnEvent(e)
		}
	}
}
