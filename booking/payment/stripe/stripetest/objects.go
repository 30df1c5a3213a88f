package stripetest

type intent struct {
	id, currency, status string
	amount, received     int64
	metadata             map[string]string
	declined             map[string]any // last_payment_error
	charge               *charge        // the latest
	back                 string         // return_url of the confirmation
}

type charge struct {
	id, status string
	refunded   int64
}

type refund struct {
	id, intent, status string
	amount             int64
	metadata           map[string]string
}

func (in *intent) body(expand bool) map[string]any {
	b := map[string]any{
		"id": in.id, "object": "payment_intent", "amount": in.amount, "amount_received": in.received, "currency": in.currency,
		"status": in.status, "metadata": in.metadata, "client_secret": in.id + "_secret_fake", "livemode": false,
		"last_payment_error": nil, "latest_charge": nil,
	}
	if in.status == "requires_action" {
		b["next_action"] = map[string]any{"type": "redirect_to_url", "redirect_to_url": map[string]any{"url": pages + in.id, "return_url": in.back}}
	}
	if in.declined != nil {
		b["last_payment_error"] = in.declined
	}
	if in.charge != nil {
		b["latest_charge"] = in.charge.id
		if expand {
			b["latest_charge"] = in.chargeBody()
		}
	}
	return b
}

func (in *intent) chargeBody() map[string]any {
	return map[string]any{
		"id": in.charge.id, "object": "charge", "amount": in.amount, "amount_refunded": in.charge.refunded, "status": in.charge.status,
		"payment_intent": in.id, "metadata": in.metadata,
	}
}

func (r *refund) body() map[string]any {
	return map[string]any{
		"id": r.id, "object": "refund", "amount": r.amount, "status": r.status, "payment_intent": r.intent, "metadata": r.metadata,
	}
}

// Intent is the state of a PaymentIntent.
type Intent struct {
	ID       string
	Status   string
	Metadata map[string]string
	Received int64 // in Stripe's units
	Refunded int64
}

// Intents returns the intents whose metadata has this value in this field.
func (f *Fake) Intents(name, value string) (found []Intent) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, in := range f.intents {
		if in.metadata[name] == value {
			found = append(found, in.view())
		}
	}
	return found
}

// All returns every intent.
func (f *Fake) All() (found []Intent) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, in := range f.intents {
		found = append(found, in.view())
	}
	return found
}

func (in *intent) view() Intent {
	v := Intent{ID: in.id, Status: in.status, Metadata: in.metadata, Received: in.received}
	if in.charge != nil {
		v.Refunded = in.charge.refunded
	}
	return v
}

// Settle captures an intent that is processing. Against Stripe's rules it also captures
// an intent in any other state, cancelled included.
func (f *Fake) Settle(id string) {
	f.mu.Lock()
	f.capture(f.intents[id])
	f.mu.Unlock()
}

// LoseError removes the last error of an intent, as a change of the intent does.
func (f *Fake) LoseError(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.intents[id].declined = nil
}

// FailRefund makes a refund fail later: the money returns to the merchant.
func (f *Fake) FailRefund(name, value string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, back := range f.refunds {
		if back.metadata[name] == value {
			back.status = "failed"
			f.intents[back.intent].charge.refunded -= back.amount
			f.happened("refund.failed", back.body())
		}
	}
}
