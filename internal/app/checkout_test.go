package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"usher/booking/payment/stripe/stripetest"
	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// atCheckout holds a seat and begins a purchase on a page of Checkout.
func (b *boxOffice) atCheckout(fan *node.Fan, key string) (id, seat, page string) {
	b.t.Helper()
	seat = firstFree(fan)
	fan.Do("POST", "/holds", map[string]any{"seats": []string{seat}}, 201)
	began := fan.Do("POST", "/transactions", checkout(seat), 202, "Idempotency-Key", key)
	return began["id"].(string), seat, began["next"].(map[string]any)["url"].(string)
}

func checkout(seat string) map[string]any {
	return map[string]any{"seats": []string{seat}, "payment": map[string]any{"method": "stripe"}}
}

// becomes waits until a purchase has a status.
func (b *boxOffice) becomes(fan *node.Fan, id, status, reason string) {
	b.t.Helper()
	testkit.Eventually(b.t, time.Minute, "the purchase is "+status, func() bool {
		got := fan.Do("GET", "/transactions/"+id, nil, 200)
		return got["status"] == status && got["reason"] == reason
	})
}

// TestSellingThroughCheckout: two nodes sell on pages of Stripe Checkout. One purchase is
// settled by events and one by asking; pages are given up, abandoned and paid when it is
// too late. In the end money, seats and tickets agree.
func TestSellingThroughCheckout(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	b := openBoxOffice(t, func(*dev.Demo) {})
	ann, bob := b.here.SignIn(t, "Ann"), b.there.SignIn(t, "Bob")
	visit := func(page string, how stripetest.Visit) string {
		t.Helper()
		next, err := b.fake.Visit(page, how)
		if err != nil {
			t.Fatal(err)
		}
		return next
	}

	// By an event at the other node. The answer under the same key is the same on each.
	id, seat, page := b.atCheckout(ann, "one")
	again := ann.At(b.there).Do("POST", "/transactions", checkout(seat), 202, "Idempotency-Key", "one")
	if again["id"] != id || again["next"].(map[string]any)["url"] != page {
		t.Errorf("a repeat is answered %v", again)
	}
	if status, answer := ann.Try("POST", "/transactions", checkout(seat), "Idempotency-Key", "second tab"); status != 409 {
		t.Errorf("a second tab is answered %d %v", status, answer)
	}
	back := visit(page, stripetest.Pays)
	if !strings.HasPrefix(back, b.here.URL+"/tickets?transaction="+id) {
		t.Errorf("the page sends the fan to %s", back)
	}
	if _, err := b.fake.Visit(page, stripetest.Pays); err == nil {
		t.Error("the page can be paid twice")
	}
	for _, event := range b.fake.Events() {
		if status, err := stripetest.Send(t.Context(), b.there.URL+"/payments/stripe/webhook", event); err != nil || status != http.StatusOK {
			t.Fatalf("%s is answered %d, %v", event.Type, status, err)
		}
	}
	b.becomes(ann, id, "completed", "")
	sold := id

	// By asking alone: no event comes.
	id, _, page = b.atCheckout(bob, "two")
	visit(page, stripetest.Fails) // the page stays, for another card
	visit(page, stripetest.Pays)
	b.becomes(bob, id, "completed", "")

	// Given up in the shop, but paid then: the money goes back.
	id, seat, page = b.atCheckout(bob, "three")
	if got := bob.Do("POST", "/transactions/"+id+"/cancel", nil, 200); got["status"] != "cancelled" || got["reason"] != "payment_cancelled" {
		t.Errorf("given up: %v", got)
	}
	bob.Do("DELETE", "/holds", nil, 200)
	ann.Do("POST", "/holds", map[string]any{"seats": []string{seat}}, 201)
	ann.Do("DELETE", "/holds", nil, 200)
	visit(page, stripetest.PaysLate)

	// The page's time is over at Stripe.
	late, _, page2 := b.atCheckout(ann, "four")
	visit(page2, stripetest.Abandoned)
	b.becomes(ann, late, "cancelled", "payment_expired")
	visit(page2, stripetest.PaysLate)

	// A method that takes days fails in the end.
	slow, _, page3 := b.atCheckout(bob, "five")
	visit(page3, stripetest.PaysSlow)
	b.send()
	if got := bob.Do("GET", "/transactions/"+slow, nil, 200); got["status"] != "pending" {
		t.Errorf("a payment in progress: %v", got)
	}
	visit(page3, stripetest.Fails)
	b.send()
	b.becomes(bob, slow, "cancelled", "payment_declined")

	for _, one := range []string{id, late} {
		testkit.Eventually(t, time.Minute, "late money is refunded", func() bool {
			received, back := b.money(one)
			return received > 0 && received == back
		})
	}
	// The money of a page goes back like that of a card.
	ann.Do("POST", "/transactions/"+sold+"/cancel", nil, 200)
	testkit.Eventually(t, 20*time.Second, "the money is refunded", func() bool {
		received, back := b.money(sold)
		return received > 0 && received == back
	})
	b.send()
	for _, one := range b.fake.Sessions() {
		if one.Status == "open" {
			t.Errorf("Session %s of %s is left open", one.ID, one.Metadata["usher_charge"])
		}
	}
	b.wantClean()
}
