package stripe

import (
	"context"
	"strings"
	"time"

	stripego "github.com/stripe/stripe-go/v82"

	"usher/booking/payment"
)

// Stripe accepts ends of a Session from 30 minutes to 24 hours after its creation. The
// minute allows for a difference between the clocks and for a slow request.
const (
	shortestSession = 30*time.Minute + time.Minute
	longestSession  = 24*time.Hour - time.Minute
)

// mostLines is the number of lines that a Session can have.
const mostLines = 100

// withIntent is the value of expand that adds the intent with its card charge to a Session.
var withIntent = "payment_intent.latest_charge"

// openSession creates a Checkout Session and enters it in the ledger. Only then may its
// address be given to the fan. A crash in between leaves a Session that no one can pay,
// because no one knows its address.
func (p *Provider) openSession(ctx context.Context, c payment.Charge) (payment.Outcome, error) {
	// A repeat has other Terms, which Stripe would refuse under the same key.
	e, err := p.find(ctx, c.ID)
	if err != nil {
		return payment.Unasked, err
	}
	if e == nil {
		session, err := p.createSession(ctx, c)
		if err == nil && (session.ID == "" || session.URL == "") {
			err = notKnown("the Session of charge %s has no id or no address", c.ID)
		}
		if err != nil {
			return p.closeUnbegun(ctx, c.ID, err)
		}
		e, _, err = p.enter(ctx, entry{
			ID: c.ID, Session: session.ID, URL: session.URL, Until: time.Unix(session.ExpiresAt, 0).UTC(),
			Amount: c.Amount, Currency: c.Currency, At: time.Now().UTC(),
		})
		if err != nil {
			return payment.Unasked, err
		}
		if e.Session != session.ID {
			if _, err := p.expireSession(ctx, session.ID); err != nil {
				p.log.DebugContext(ctx, "stripe: expiring an unused Session failed: it ends by itself", "charge", c.ID, "session", session.ID, "error", err)
			}
		} else {
			return outcomeOfSession(session)
		}
	}
	if e.Closed {
		return payment.Closed, nil
	}
	return p.look(ctx, e)
}

// createSession creates a page that asks for the lines of a charge.
func (p *Provider) createSession(ctx context.Context, c payment.Charge) (*stripego.CheckoutSession, error) {
	currency := strings.ToLower(c.Currency)
	lines := c.Lines
	if len(lines) == 0 || len(lines) > mostLines {
		lines = []payment.Line{{Name: c.ID, Amount: c.Amount}}
	}
	items := make([]*stripego.CheckoutSessionCreateLineItemParams, len(lines))
	for i, l := range lines {
		amount, err := toStripe(l.Amount, c.Currency)
		if err != nil {
			return nil, err
		}
		items[i] = &stripego.CheckoutSessionCreateLineItemParams{
			Quantity: stripego.Int64(1),
			PriceData: &stripego.CheckoutSessionCreateLineItemPriceDataParams{
				Currency: &currency, UnitAmount: &amount,
				ProductData: &stripego.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: &l.Name},
			},
		}
	}
	now := time.Now()
	until := c.Terms.Until
	if least := now.Add(shortestSession); until.Before(least) {
		until = least
	}
	if most := now.Add(longestSession); until.After(most) {
		until = most
	}
	// The methods of payment are those that the account offers: no list is given.
	params := &stripego.CheckoutSessionCreateParams{
		Mode:              stripego.String(string(stripego.CheckoutSessionModePayment)),
		LineItems:         items,
		SuccessURL:        &c.Terms.Return,
		CancelURL:         &c.Terms.Back,
		ExpiresAt:         stripego.Int64(until.Unix()),
		ClientReferenceID: &c.ID,
		Metadata:          map[string]string{chargeField: c.ID},
		PaymentIntentData: &stripego.CheckoutSessionCreatePaymentIntentDataParams{Metadata: map[string]string{chargeField: c.ID}},
	}
	params.SetIdempotencyKey(c.ID + "/page")
	session, err := p.api.V1CheckoutSessions.Create(ctx, params)
	return session, p.explain("creating a Checkout Session", err)
}

// retrieveSession reads a Session with its intent.
func (p *Provider) retrieveSession(ctx context.Context, id string) (*stripego.CheckoutSession, error) {
	session, err := p.api.V1CheckoutSessions.Retrieve(ctx, id, &stripego.CheckoutSessionRetrieveParams{Expand: []*string{&withIntent}})
	return session, p.explain("reading "+id, err)
}

// expireSession ends a page, each time under a new idempotency key, as cancelIntent does.
func (p *Provider) expireSession(ctx context.Context, id string) (*stripego.CheckoutSession, error) {
	session, err := p.api.V1CheckoutSessions.Expire(ctx, id, &stripego.CheckoutSessionExpireParams{Expand: []*string{&withIntent}})
	return session, p.explain("expiring "+id, err)
}

// closeSession expires the Session of an entry and returns the outcome. A payment that is
// still processing cannot be stopped: that is an error.
func (p *Provider) closeSession(ctx context.Context, e *entry) (payment.Outcome, error) {
	session, err := p.expireSession(ctx, e.Session)
	if isRefusal(err) {
		session, err = p.retrieveSession(ctx, e.Session) // expired before, or paid
	}
	if err != nil {
		return payment.Unasked, err
	}
	outcome, err := outcomeOfSession(session)
	if err == nil && (outcome == payment.Waiting || outcome == payment.Processing) {
		return payment.Unasked, notKnown("Session %s is %s and could not be expired", session.ID, session.Status)
	}
	return outcome, err
}

// outcomeOfSession returns the outcome that the status of a Session and of its intent
// mean. The intent has the last word about money: it is looked at even when the Session
// is expired.
func outcomeOfSession(session *stripego.CheckoutSession) (payment.Outcome, error) {
	intent := session.PaymentIntent
	if intent != nil {
		switch intent.Status {
		case stripego.PaymentIntentStatusSucceeded:
			return outcomeOf(intent)
		case stripego.PaymentIntentStatusProcessing:
			return payment.Processing, nil
		}
	}
	switch session.Status {
	case stripego.CheckoutSessionStatusOpen:
		return payment.Waiting, nil // a fan whose card was declined may try another one
	case stripego.CheckoutSessionStatusExpired:
		return payment.Closed, nil
	case stripego.CheckoutSessionStatusComplete:
		switch {
		case session.PaymentStatus != stripego.CheckoutSessionPaymentStatusUnpaid, intent == nil:
			// The answer is older than the payment, or lacks the intent.
		case intent.Status == stripego.PaymentIntentStatusRequiresPaymentMethod, intent.Status == stripego.PaymentIntentStatusCanceled:
			return payment.Declined, nil // a payment that took its time failed
		default:
			return payment.Processing, nil
		}
	}
	return payment.Unasked, notKnown("Session %s is %s and %s", session.ID, session.Status, session.PaymentStatus)
}

// intentOf reads the intent of an entry; nil for a Session without one.
func (p *Provider) intentOf(ctx context.Context, e *entry) (*stripego.PaymentIntent, error) {
	if e.Session == "" {
		return p.retrieveIntent(ctx, e.Intent)
	}
	session, err := p.retrieveSession(ctx, e.Session)
	if err != nil {
		return nil, err
	}
	return session.PaymentIntent, nil
}
