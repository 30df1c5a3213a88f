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

// Method is what a payment's method must be.
const Method = "stripe"

// callTime bounds one call: callers bound a whole purchase more tightly, an
// audit does not.
const callTime = 15 * time.Second

// idleConnections are kept open to Stripe. A sale asks for many charges at once,
// and net/http keeps two a host unless told otherwise.
const idleConnections = 64

// Options configures a Provider.
type Options struct {
	Mongo         *mongo.Database
	SecretKey     string       // sk_… or rk_…; never logged
	WebhookSecret string       // whsec_…, of Stripe's events; "" when no event will come
	URL           string       // of the API; "" is Stripe's own
	Logger        *slog.Logger // nil: discard
}

// Provider is Stripe. Safe for concurrent use.
type Provider struct {
	o         Options
	log       *slog.Logger
	api       *stripego.Client
	transport *http.Transport
	ledger    *mongo.Collection // stripe_charges: see entry
	events    *mongo.Collection // stripe_events: those that were heard
}

// New checks the options. It calls nobody.
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
		o: o, log: o.Logger.With("room", "stripe"), transport: transport,
		api: stripego.NewClient(o.SecretKey, stripego.WithBackends(stripego.NewBackendsWithConfig(&stripego.BackendConfig{
			URL:        stripego.String(cmp.Or(strings.TrimSuffix(o.URL, "/"), stripego.APIURL)),
			HTTPClient: &http.Client{Transport: transport, Timeout: callTime},
			// The client sleeps between its tries whatever the context says, and
			// recovery asks again in two seconds anyway.
			MaxNetworkRetries: stripego.Int64(0),
			EnableTelemetry:   stripego.Bool(false),
			// It logs whole answers, secrets of clients among them.
			LeveledLogger: &stripego.LeveledLogger{Level: stripego.LevelNull},
		}))),
		ledger: o.Mongo.Collection("stripe_charges"),
		events: o.Mongo.Collection("stripe_events"),
	}, nil
}

// Disconnect gives idle connections back.
func (p *Provider) Disconnect() { p.transport.CloseIdleConnections() }

// IsTestKey reports whether a secret key moves no real money.
func IsTestKey(key string) bool {
	return strings.HasPrefix(key, "sk_test_") || strings.HasPrefix(key, "rk_test_")
}

// paymentMethod is what the id of a PaymentMethod looks like. A token that may
// stand in a URL or a log is harmless there.
var paymentMethod = regexp.MustCompile(`^pm_[A-Za-z0-9_]{1,200}$`)

// Check accepts the method stripe with what looks like a PaymentMethod's id.
func (p *Provider) Check(details payment.Details) error {
	if details.Method != Method {
		return fault.New(fault.InvalidRequest, "payment.method must be %q", Method)
	}
	if !paymentMethod.MatchString(details.Token) {
		return fault.New(fault.InvalidRequest, "payment.token must be the id of a Stripe PaymentMethod, like pm_1Nv0FGQ9")
	}
	return nil
}

// Charge makes an intent, enters it in the ledger, and confirms the one that the
// ledger names. Whatever fails before the confirmation has moved no money and is
// closed at once, so that the fan may try again instead of waiting.
func (p *Provider) Charge(ctx context.Context, c payment.Charge) (payment.Outcome, error) {
	if err := p.Check(c.Details); err != nil {
		return payment.Unasked, err
	}
	e, mine, err := p.open(ctx, c)
	if err != nil {
		outcome, closing := p.Close(ctx, c.ID)
		if closing != nil {
			return payment.Unasked, errors.Join(err, closing)
		}
		p.log.WarnContext(ctx, "a charge could not be begun; it is closed", "charge", c.ID, "outcome", outcome, "error", err)
		return outcome, nil
	}
	if e.Closed {
		return payment.Closed, nil
	}
	if !mine {
		// A repeat. Stripe may have forgotten the first confirmation's key by now, and
		// would try a card that it declined once more.
		if outcome, err := p.look(ctx, e); err != nil || outcome != payment.Unasked {
			return outcome, err
		}
	}
	return p.confirm(ctx, e, c.Details.Token)
}

// confirm asks for the money. Everything but a clear answer is an error: the
// money may have moved.
func (p *Provider) confirm(ctx context.Context, e *entry, token string) (payment.Outcome, error) {
	intent, err := p.confirmIntent(ctx, e, token)
	var outcome payment.Outcome
	switch {
	case err == nil:
		outcome, err = outcomeOf(intent)
	case isRefusal(err):
		// No money by this confirmation; but another may have come before it, or the
		// intent may have been closed meanwhile.
		outcome, err = p.look(ctx, e)
	}
	if err == nil && outcome == payment.Unasked {
		// The card wants a second step, or the token is of no use. Only this server
		// can confirm the intent again, and it does not: nothing more will come.
		outcome = payment.Declined
	}
	return outcome, err
}

// Outcome asks Stripe what became of a charge's intent. Where the ledger names
// none, none was confirmed.
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

// Close enters that no intent may be asked for this charge; where the ledger
// names one already, it is cancelled at Stripe, which refuses every later
// confirmation of it.
func (p *Provider) Close(ctx context.Context, id string) (payment.Outcome, error) {
	e, _, err := p.enter(ctx, entry{ID: id, Closed: true, At: time.Now().UTC()})
	switch {
	case err != nil:
		return payment.Unasked, err
	case e.Closed:
		return payment.Closed, nil
	}
	intent, err := p.cancelIntent(ctx, e.Intent)
	if isRefusal(err) {
		intent, err = p.retrieveIntent(ctx, e.Intent) // cancelled before, or the money is there
	}
	if err != nil {
		return payment.Unasked, err
	}
	if intent.Status != stripego.PaymentIntentStatusCanceled && intent.Status != stripego.PaymentIntentStatusSucceeded {
		return payment.Unasked, notKnown("intent %s is %s and could not be cancelled", intent.ID, intent.Status)
	}
	return outcomeOf(intent)
}

// Held is what came in less what went back.
func (p *Provider) Held(ctx context.Context, id string) (int64, error) {
	e, err := p.find(ctx, id)
	if err != nil || e == nil || e.Closed {
		return 0, err
	}
	intent, err := p.retrieveIntent(ctx, e.Intent)
	if err != nil {
		return 0, err
	}
	return fromStripe(intent.AmountReceived-refunded(intent), e.Currency), nil
}
