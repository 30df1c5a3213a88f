package stripetest

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// The operations. They name faults and counts.
const (
	Create      = "create"
	Confirm     = "confirm"
	Retrieve    = "retrieve"
	Cancel      = "cancel"
	Refund      = "refund"
	ListRefunds = "list refunds"
	ListIntents = "list intents"
	ListEvents  = "list events"

	CreateSession   = "create session"
	RetrieveSession = "retrieve session"
	ExpireSession   = "expire session"
)

var paths = []struct {
	method, operation string
	path              *regexp.Regexp
	params            *regexp.Regexp // the names of valid parameters
}{
	{"POST", Create, regexp.MustCompile(`^/v1/payment_intents$`), regexp.MustCompile(`^(amount|currency|confirmation_method|capture_method|payment_method_types\[\d\]|metadata\[\w+\]|expand\[\d\])$`)},
	{"POST", Confirm, regexp.MustCompile(`^/v1/payment_intents/(\w+)/confirm$`), regexp.MustCompile(`^(payment_method|error_on_requires_action|return_url|capture_method|expand\[\d\])$`)},
	{"POST", Cancel, regexp.MustCompile(`^/v1/payment_intents/(\w+)/cancel$`), regexp.MustCompile(`^(cancellation_reason|expand\[\d\])$`)},
	{"GET", ListIntents, regexp.MustCompile(`^/v1/payment_intents$`), regexp.MustCompile(`^limit$`)},
	{"GET", ListEvents, regexp.MustCompile(`^/v1/events$`), regexp.MustCompile(`^(type|limit|created\[gte\]|starting_after)$`)},
	{"GET", Retrieve, regexp.MustCompile(`^/v1/payment_intents/(\w+)$`), regexp.MustCompile(`^expand\[\d\]$`)},
	{"POST", CreateSession, regexp.MustCompile(`^/v1/checkout/sessions$`), sessionParams},
	{"POST", ExpireSession, regexp.MustCompile(`^/v1/checkout/sessions/(\w+)/expire$`), regexp.MustCompile(`^expand\[\d\]$`)},
	{"GET", RetrieveSession, regexp.MustCompile(`^/v1/checkout/sessions/(\w+)$`), regexp.MustCompile(`^expand\[\d\]$`)},
	{"POST", Refund, regexp.MustCompile(`^/v1/refunds$`), regexp.MustCompile(`^(payment_intent|amount|metadata\[\w+\])$`)},
	{"GET", ListRefunds, regexp.MustCompile(`^/v1/refunds$`), regexp.MustCompile(`^(payment_intent|limit|starting_after)$`)},
}

// route sets the operation and the object. False means that the path is unknown.
func (r *request) route(method, path string) bool {
	for _, p := range paths {
		if found := p.path.FindStringSubmatch(path); found != nil && p.method == method {
			r.operation = p.operation
			if len(found) > 1 {
				r.object = found[1]
			}
			return true
		}
	}
	return false
}

// check refuses parameters that do not exist or have invalid values; nil: the request is
// valid.
func check(r *request) *answer {
	invalid := func(code, message string) *answer {
		return refuse(http.StatusBadRequest, "invalid_request_error", code, message)
	}
	for _, p := range paths {
		if p.operation != r.operation {
			continue
		}
		for name := range r.form {
			if !p.params.MatchString(name) {
				return invalid("parameter_unknown", "Received unknown parameter: "+name)
			}
		}
	}
	amount := r.form.Get("amount")
	if n, err := strconv.ParseInt(amount, 10, 64); amount != "" && (err != nil || n < 1) {
		return invalid("parameter_invalid_integer", "Invalid positive integer")
	}
	switch r.operation {
	case Create:
		switch n, _ := strconv.ParseInt(amount, 10, 64); {
		case amount == "":
			return invalid("parameter_missing", "Missing required param: amount.")
		case n < 50:
			return invalid("amount_too_small", "Amount must be at least 50 cents")
		}
		if currency := r.form.Get("currency"); !regexp.MustCompile(`^[a-z]{3}$`).MatchString(currency) || strings.HasPrefix(currency, "x") {
			return invalid("", "Invalid currency: "+currency)
		}
	case CreateSession:
		return checkSession(r)
	case Refund, ListRefunds:
		if r.form.Get("payment_intent") == "" {
			return invalid("parameter_missing", "Missing required param: payment_intent.")
		}
	case Confirm:
		// An unknown token is refused before the card is charged.
		if token := r.form.Get("payment_method"); cards[token] == 0 {
			return invalid("resource_missing", "No such PaymentMethod: '"+token+"'")
		}
	}
	return nil
}

// card is the behaviour of a test PaymentMethod.
type card int

const (
	pays card = iota + 1
	declined
	wantsMore  // requires a second step by the card's owner
	processing // is processing until Settle
)

// cards are some of Stripe's test cards, and one that keeps processing.
var cards = map[string]card{
	"pm_card_visa": pays, "pm_card_mastercard": pays,
	"pm_card_chargeDeclined": declined, "pm_card_chargeDeclinedInsufficientFunds": declined,
	"pm_card_authenticationRequired": wantsMore,
	"pm_fake_processing":             processing,
}

// execute gives a valid request its effect; f.mu is held.
func (f *Fake) execute(r *request) *answer {
	switch r.operation {
	case Create:
		return f.create(r)
	case Refund:
		return f.refund(r)
	case ListRefunds:
		return f.list(r)
	case CreateSession:
		return f.createSession(r)
	case RetrieveSession, ExpireSession:
		return f.onSession(r)
	case ListEvents:
		return f.listEvents(r)
	case ListIntents:
		return &answer{status: http.StatusOK, body: map[string]any{"object": "list", "url": "/v1/payment_intents", "data": []any{}, "has_more": false}}
	}
	in := f.intents[r.object]
	if in == nil {
		return refuse(http.StatusNotFound, "invalid_request_error", "resource_missing", "No such payment_intent: '"+r.object+"'")
	}
	expand := r.form.Get("expand[0]") == "latest_charge"
	switch r.operation {
	case Confirm:
		return f.confirm(in, cards[r.form.Get("payment_method")], r.form, expand)
	case Cancel:
		switch in.status {
		case "succeeded", "canceled", "processing":
			return unexpected(in)
		}
		in.status = "canceled"
		f.happened("payment_intent.canceled", in.body(false))
	}
	return &answer{status: http.StatusOK, body: in.body(expand)}
}

func unexpected(in *intent) *answer {
	a := refuse(http.StatusBadRequest, "invalid_request_error", "payment_intent_unexpected_state",
		"This PaymentIntent's status is "+in.status+".")
	a.body.(map[string]any)["error"].(map[string]any)["payment_intent"] = in.body(false)
	return a
}

func (f *Fake) create(r *request) *answer {
	amount, _ := strconv.ParseInt(r.form.Get("amount"), 10, 64)
	in := &intent{id: f.newID("pi"), amount: amount, currency: r.form.Get("currency"), status: "requires_payment_method", metadata: metadata(r)}
	f.intents[in.id] = in
	f.happened("payment_intent.created", in.body(false))
	return &answer{status: http.StatusOK, body: in.body(false)}
}

func (f *Fake) confirm(in *intent, c card, form url.Values, expand bool) *answer {
	failOnAction := form.Get("error_on_requires_action") == "true"
	if in.status != "requires_payment_method" && in.status != "requires_confirmation" {
		return unexpected(in)
	}
	switch {
	case c == pays:
		f.capture(in)
	case c == processing:
		in.status = "processing"
	case c == wantsMore && !failOnAction:
		in.status, in.back = "requires_action", form.Get("return_url")
		f.happened("payment_intent.requires_action", in.body(false))
	default:
		code, decline := "card_declined", "generic_decline"
		if c == wantsMore {
			code, decline = "authentication_required", "authentication_not_handled"
		}
		f.decline(in, code, decline)
		a := refuse(http.StatusPaymentRequired, "card_error", code, "Your card was declined.")
		text := a.body.(map[string]any)["error"].(map[string]any)
		text["decline_code"], text["charge"], text["payment_intent"] = decline, in.charge.id, in.body(false)
		return a
	}
	return &answer{status: http.StatusOK, body: in.body(expand)}
}

// decline records that a card was declined.
func (f *Fake) decline(in *intent, code, decline string) {
	in.charge = &charge{id: f.newID("ch"), status: "failed"}
	in.declined = map[string]any{"type": "card_error", "code": code, "decline_code": decline, "message": "Your card was declined."}
	f.happened("payment_intent.payment_failed", in.body(false))
}

func (f *Fake) capture(in *intent) {
	in.status, in.declined, in.received = "succeeded", nil, in.received+in.amount
	in.charge = &charge{id: f.newID("ch"), status: "succeeded"}
	f.happened("payment_intent.succeeded", in.body(false))
}

func (f *Fake) refund(r *request) *answer {
	in := f.intents[r.form.Get("payment_intent")]
	if in == nil || in.received == 0 {
		return refuse(http.StatusBadRequest, "invalid_request_error", "resource_missing", "This PaymentIntent does not have a successful charge to refund.")
	}
	amount, _ := strconv.ParseInt(r.form.Get("amount"), 10, 64)
	left := in.received - in.charge.refunded
	switch {
	case left == 0:
		return refuse(http.StatusBadRequest, "invalid_request_error", "charge_already_refunded", "Charge "+in.charge.id+" has already been refunded.")
	case amount == 0:
		amount = left
	case amount > left:
		return refuse(http.StatusBadRequest, "invalid_request_error", "", "Refund amount is greater than unrefunded amount on charge")
	}
	back := &refund{id: f.newID("re"), intent: in.id, amount: amount, status: "succeeded", metadata: metadata(r)}
	in.charge.refunded += amount
	f.refunds = append(f.refunds, back)
	f.happened("charge.refunded", in.chargeBody())
	return &answer{status: http.StatusOK, body: back.body()}
}

func (f *Fake) list(r *request) *answer {
	limit, err := strconv.Atoi(r.form.Get("limit"))
	if err != nil {
		limit = 10
	}
	data, more, started := []any{}, false, r.form.Get("starting_after") == ""
	for i := len(f.refunds) - 1; i >= 0; i-- { // the newest first
		back := f.refunds[i]
		switch {
		case back.intent != r.form.Get("payment_intent"):
		case !started:
			started = back.id == r.form.Get("starting_after")
		case len(data) == limit:
			more = true
		default:
			data = append(data, back.body())
		}
	}
	return &answer{status: http.StatusOK, body: map[string]any{"object": "list", "url": "/v1/refunds", "data": data, "has_more": more}}
}

func metadata(r *request) map[string]string {
	found := map[string]string{}
	for name, values := range r.form {
		if inner, ok := strings.CutPrefix(name, "metadata["); ok {
			found[strings.TrimSuffix(inner, "]")] = values[0]
		}
	}
	return found
}
