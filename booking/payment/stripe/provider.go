package stripe

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	stripego "github.com/stripe/stripe-go/v82"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/booking/payment"
	"usher/internal/fault"
)

// Method is the payment method of this provider.
const Method = "stripe"

// callTime bounds one call. A purchase has a tighter bound of its own, an audit has none.
const callTime = 15 * time.Second

// idleConnections is the number of idle connections kept open to Stripe. A sale charges
// many cards at once, and the default of net/http is two per host.
const idleConnections = 64

// Options configures a Provider.
type Options struct {
	Mongo         *mongo.Database
	SecretKey     string       // sk_… or rk_…; never logged
	WebhookSecret string       // whsec_…, verifies events; "": events are refused
	URL           string       // of the API; "": Stripe's
	Logger        *slog.Logger // nil: discard
}

// Provider is the payment provider Stripe. Safe for concurrent use.
type Provider struct {
	o         Options
	log       *slog.Logger
	api       *stripego.Client
	transport *http.Transport
	ledger    *mongo.Collection // stripe_charges, see entry
	events    *mongo.Collection // stripe_events, see handledEvent
}

// New checks the options. New does not call Stripe.
func New(o Options) (*Provider, error) {
	if o.Mongo == nil || o.SecretKey == "" {
		return nil, errors.New("stripe: Mongo and SecretKey are required")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = idleConnections
	return &Provider{
		o: o, log: o.Logger, transport: transport,
		api: stripego.NewClient(o.SecretKey, stripego.WithBackends(stripego.NewBackendsWithConfig(&stripego.BackendConfig{
			URL:        stripego.String(cmp.Or(strings.TrimSuffix(o.URL, "/"), stripego.APIURL)),
			HTTPClient: &http.Client{Transport: transport, Timeout: callTime},
			// The client ignores the context while it waits between tries, and recovery
			// tries again within seconds.
			MaxNetworkRetries: stripego.Int64(0),
			EnableTelemetry:   stripego.Bool(false),
			// The client would log whole responses with their client secrets.
			LeveledLogger: &stripego.LeveledLogger{Level: stripego.LevelNull},
		}))),
		ledger: o.Mongo.Collection("stripe_charges"),
		events: o.Mongo.Collection("stripe_events"),
	}, nil
}

// Disconnect closes idle connections.
func (p *Provider) Disconnect() { p.transport.CloseIdleConnections() }

// IsTestKey reports whether a secret key moves no real money.
func IsTestKey(key string) bool {
	return strings.HasPrefix(key, "sk_test_") || strings.HasPrefix(key, "rk_test_")
}

// paymentMethod matches the id of a PaymentMethod. A token that matches is harmless in a
// URL and in a log.
var paymentMethod = regexp.MustCompile(`^pm_[A-Za-z0-9_]{1,200}$`)

// Check accepts the method stripe without a token, for Checkout, or with a token in the
// form of a PaymentMethod's id.
func (p *Provider) Check(details payment.Details) error {
	if details.Method != Method {
		return fault.New(fault.InvalidRequest, "payment.method must be %q", Method)
	}
	if details.Token != "" && !paymentMethod.MatchString(details.Token) {
		return fault.New(fault.InvalidRequest, "payment.token must be left out, or be the id of a Stripe PaymentMethod, like pm_1Nv0FGQ9")
	}
	return nil
}

// Charge creates an intent, enters it in the ledger, and confirms the intent that the
// ledger names. Without a token Charge opens a page of Checkout. A failure before the confirmation has moved no money, so Charge closes the
// charge at once and the fan may try again.
func (p *Provider) Charge(ctx context.Context, c payment.Charge) (payment.Outcome, error) {
	if err := p.Check(c.Details); err != nil {
		return payment.Unasked, err
	}
	if c.Details.Token == "" {
		return p.openSession(ctx, c)
	}
	e, mine, err := p.open(ctx, c)
	if err != nil {
		return p.closeUnbegun(ctx, c.ID, err)
	}
	if e.Closed {
		return payment.Closed, nil
	}
	if !mine {
		// A repeat. If Stripe has forgotten the key of the first confirmation, confirming
		// again would try a declined card once more.
		if outcome, err := p.look(ctx, e); err != nil || outcome != payment.Unasked {
			return outcome, err
		}
	}
	return p.confirm(ctx, e, c)
}

// closeUnbegun closes a charge that failed before any money could move.
func (p *Provider) closeUnbegun(ctx context.Context, id string, cause error) (payment.Outcome, error) {
	outcome, err := p.Close(ctx, id)
	if err != nil {
		return payment.Unasked, errors.Join(cause, err)
	}
	p.log.WarnContext(ctx, "stripe: beginning a charge failed: the charge is closed", "charge", id, "outcome", outcome, "error", cause)
	return outcome, nil
}

// confirm confirms the intent of an entry. Everything but a clear response is an error,
// because the money may have moved.
func (p *Provider) confirm(ctx context.Context, e *entry, c payment.Charge) (payment.Outcome, error) {
	intent, err := p.confirmIntent(ctx, e, c)
	var outcome payment.Outcome
	switch {
	case err == nil:
		outcome, err = outcomeOf(intent)
	case isRefusal(err):
		// This confirmation moved no money. An earlier one may have, or the intent may be
		// cancelled.
		outcome, err = p.look(ctx, e)
	}
	if err == nil && outcome == payment.Unasked {
		// The token is invalid, or the card requires a step that has no page. This server
		// does not confirm the intent again, so the outcome is final.
		outcome = payment.Declined
	}
	return outcome, err
}

// MayOpenPage reports true: Checkout is a page, and a card may require one.
func (p *Provider) MayOpenPage(payment.Details) bool { return true }

// Page returns the page of a charge that is Waiting: that of Checkout, or that on which
// the bank of a card asks its owner.
func (p *Provider) Page(ctx context.Context, id string) (payment.Page, error) {
	e, err := p.find(ctx, id)
	if err != nil {
		return payment.Page{}, err
	}
	if e == nil || e.Closed {
		return payment.Page{}, notKnown("charge %s has no page", id)
	}
	if e.Session != "" {
		return payment.Page{URL: e.URL, Until: e.Until}, nil
	}
	intent, err := p.retrieveIntent(ctx, e.Intent)
	if err != nil {
		return payment.Page{}, err
	}
	url := pageOf(intent)
	if url == "" {
		return payment.Page{}, notKnown("intent %s is %s and has no page", intent.ID, intent.Status)
	}
	return payment.Page{URL: url, Until: e.Until}, nil
}

// Outcome reads the outcome of the charge's intent or Session from Stripe. A charge without an entry
// in the ledger was never confirmed.
func (p *Provider) Outcome(ctx context.Context, id string) (payment.Outcome, error) {
	e, err := p.find(ctx, id)
	switch {
	case err != nil || e == nil:
		return payment.Unasked, err
	case e.Closed:
		return payment.Closed, nil
	}
	return p.look(ctx, e)
}

// Close enters in the ledger that no intent may be confirmed. If the ledger already names
// an intent, Close cancels it at Stripe, which refuses every later confirmation; if it
// names a Session, Close expires the Session, which refuses every later payment.
func (p *Provider) Close(ctx context.Context, id string) (payment.Outcome, error) {
	e, _, err := p.enter(ctx, entry{ID: id, Closed: true, At: time.Now().UTC()})
	switch {
	case err != nil:
		return payment.Unasked, err
	case e.Closed:
		return payment.Closed, nil
	}
	if e.Session != "" {
		return p.closeSession(ctx, e)
	}
	intent, err := p.cancelIntent(ctx, e.Intent)
	if isRefusal(err) {
		intent, err = p.retrieveIntent(ctx, e.Intent) // cancelled before, or captured
	}
	if err != nil {
		return payment.Unasked, err
	}
	if intent.Status != stripego.PaymentIntentStatusCanceled && intent.Status != stripego.PaymentIntentStatusSucceeded {
		return payment.Unasked, notKnown("intent %s is %s and could not be cancelled", intent.ID, intent.Status)
	}
	return outcomeOf(intent)
}

// Held returns the amount captured less the amount refunded, in minor units.
func (p *Provider) Held(ctx context.Context, id string) (int64, error) {
	e, err := p.find(ctx, id)
	if err != nil || e == nil || e.Closed {
		return 0, err
	}
	intent, err := p.intentOf(ctx, e)
	if err != nil || intent == nil {
		return 0, err
	}
	return fromStripe(intent.AmountReceived-refunded(intent), e.Currency), nil
}
