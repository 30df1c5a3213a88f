package app_test

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"usher/booking/payment/stripe/stripetest"
	"usher/internal/app"
	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// boxOffice is two nodes that sell through one simulated Stripe.
type boxOffice struct {
	t           *testing.T
	fake        *stripetest.Fake
	url         string // of it
	o           node.Options
	here, there *node.Node
}

func openBoxOffice(t *testing.T, change func(*dev.Demo)) *boxOffice {
	t.Helper()
	fake, url := stripetest.Start(t)
	o := node.Shared(t)
	o.Demo = func(h *dev.Demo) {
		h.Seats, h.ActiveLimit = 40, 20
		change(h)
	}
	o.Change = func(o *app.Options) {
		o.Payments, o.StripeURL = app.PayStripe, url
		o.StripeSecretKey, o.StripeWebhookSecret = stripetest.SecretKey, stripetest.WebhookSecret
	}
	return &boxOffice{t, fake, url, o, node.Start(t, o), node.Start(t, o)}
}

func payment(token string) map[string]any { return map[string]any{"method": "stripe", "token": token} }

// buy holds the first available seat and requests the purchase.
func (b *boxOffice) buy(fan *node.Fan, token string) (seat string, status int, answer map[string]any) {
	b.t.Helper()
	seat = firstFree(fan)
	fan.Do("POST", "/holds", map[string]any{"seats": []string{seat}}, 201)
	status, answer = fan.Try("POST", "/transactions", map[string]any{"seats": []string{seat}, "payment": payment(token)}, "Idempotency-Key", seat)
	return seat, status, answer
}

func firstFree(f *node.Fan) string {
	free := f.Do("GET", "/seats?status=available", nil, 200)["seats"].([]any)
	return free[0].(map[string]any)["seatNumber"].(string)
}

// send sends all events so far to both nodes, twice, the newest first.
func (b *boxOffice) send() {
	b.t.Helper()
	events := b.fake.Events()
	for i := range 2 * len(events) {
		event := events[len(events)-1-i%len(events)]
		for _, n := range []*node.Node{b.here, b.there} {
			if status, err := stripetest.Send(b.t.Context(), n.URL+"/payments/stripe/webhook", event); err != nil || status != http.StatusOK {
				b.t.Errorf("%s is answered %d, %v", event.Type, status, err)
			}
		}
	}
}

// wantClean runs the operator's audit command, which asks the same provider.
func (b *boxOffice) wantClean() {
	b.t.Helper()
	audit := exec.Command(testkit.Program(b.t, "usher"), "audit", "--season", b.o.Season,
		"--redis-url", b.o.RedisURL, "--mongo-url", b.o.MongoURL, "--mongo-database", b.o.Database,
		"--payments", "stripe", "--stripe-url", b.url)
	audit.Env = append(os.Environ(), "USHER_STRIPE_SECRET_KEY="+stripetest.SecretKey)
	if printed, err := audit.CombinedOutput(); err != nil {
		b.t.Errorf("audit: %v: %s", err, printed)
	}
}

// money returns the amounts that Stripe received and refunded for a transaction.
func (b *boxOffice) money(transaction any) (received, back int64) {
	for _, in := range b.fake.Intents("usher_charge", transaction.(string)) {
		received, back = received+in.Received, back+in.Refunded
	}
	return received, back
}

func TestSellingThroughStripe(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	b := openBoxOffice(t, func(*dev.Demo) {})
	fan := b.here.SignIn(t, "Ann")
	answer, err := http.Get(b.here.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	page := new(strings.Builder)
	if err := answer.Write(page); err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if !strings.Contains(page.String(), `name="usher:payments" content="stripe-test"`) {
		t.Error("the page does not know how to pay")
	}

	seat, status, bought := b.buy(fan, "pm_card_visa")
	if status != 201 || bought["status"] != "completed" {
		t.Fatalf("bought: %d %v", status, bought)
	}
	if received, _ := b.money(bought["id"]); float64(received) != bought["total"] {
		t.Errorf("Stripe received %d for %v", received, bought["total"])
	}
	again := fan.At(b.there).Do("POST", "/transactions", map[string]any{"seats": []string{seat}, "payment": payment("pm_card_visa")}, 201, "Idempotency-Key", seat)
	if again["id"] != bought["id"] {
		t.Errorf("a repeated request made another purchase: %v", again)
	}

	bob := b.there.SignIn(t, "Bob")
	testkit.Eventually(t, 30*time.Second, "the other node shows the purchase", func() bool {
		return bob.Do("GET", "/seats/"+seat, nil, 200)["status"] == "booked"
	})
	_, status, refused := b.buy(bob, "pm_card_chargeDeclined")
	if status != 402 || refused["code"] != "payment_declined" {
		t.Errorf("a declined card: %d %v", status, refused)
	}
	bob.Do("DELETE", "/holds", nil, 200)
	seat = firstFree(bob)
	bob.Do("POST", "/holds", map[string]any{"seats": []string{seat}}, 201)
	refused = bob.Do("POST", "/transactions", map[string]any{"seats": []string{seat}, "payment": map[string]any{"method": "sandbox", "token": "tok_ok"}}, 400, "Idempotency-Key", "x")
	if refused["code"] != "invalid_request" {
		t.Errorf("the sandbox's method is accepted: %v", refused)
	}

	b.send()
	fan.Do("POST", "/transactions/"+bought["id"].(string)+"/cancel", nil, 200)
	testkit.Eventually(t, 20*time.Second, "the money is refunded once", func() bool {
		received, back := b.money(bought["id"])
		return received > 0 && received == back
	})
	b.send()
	status, _ = fan.Try("POST", "/payments/stripe/webhook", map[string]any{"type": "payment_intent.succeeded"}, "Stripe-Signature", "t=1,v1=00")
	if status != 400 {
		t.Errorf("a forged event is answered %d", status)
	}
	b.wantClean()
}

// TestTheHoldEndsWhileStripeIsSilent: the card was charged, but the answer is lost and
// Stripe does not answer. The hold ends, recovery asks without result, and the seat
// stays reserved for the buyer until Stripe answers.
func TestTheHoldEndsWhileStripeIsSilent(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	b := openBoxOffice(t, func(h *dev.Demo) { h.Hold = 10 * time.Second })
	b.fake.Fail(stripetest.Confirm, stripetest.Fault{Kind: stripetest.HangLost})
	ann, bob := b.here.SignIn(t, "Ann"), b.there.SignIn(t, "Bob")
	seat, status, pending := b.buy(ann, "pm_card_visa")
	if status != 202 || pending["status"] != "pending" {
		t.Fatalf("while Stripe is silent: %d %v", status, pending)
	}
	speak := b.fake.Silence()
	defer speak()
	wantTaken := func(when string) {
		t.Helper()
		if status, answer := bob.Try("POST", "/holds", map[string]any{"seats": []string{seat}}); status != 409 || answer["code"] != "seat_taken" {
			t.Errorf("%s the seat can be held by another fan: %d %v", when, status, answer)
		}
	}
	wantTaken("at once")
	asked := b.fake.Requests(stripetest.Retrieve)
	testkit.Eventually(t, 60*time.Second, "recovery asks", func() bool { return b.fake.Requests(stripetest.Retrieve) > asked })
	wantTaken("after the hold's end")
	if got := ann.Do("GET", "/transactions/"+pending["id"].(string), nil, 200); got["status"] != "pending" {
		t.Errorf("decided without an outcome: %v", got)
	}
	speak()
	b.send()
	testkit.Eventually(t, 60*time.Second, "the purchase completes", func() bool {
		return ann.Do("GET", "/transactions/"+pending["id"].(string), nil, 200)["status"] == "completed"
	})
	wantTaken("in the end")
	if received, back := b.money(pending["id"]); float64(received) != pending["total"] || back != 0 {
		t.Errorf("Stripe received %d and refunded %d", received, back)
	}
	b.wantClean()
}

// TestALateCaptureIsRefunded: a purchase is cancelled, also at Stripe, but Stripe
// captures the money long after. The event of the capture causes a refund. Another fan
// has bought the seat by then and keeps it.
func TestALateCaptureIsRefunded(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	b := openBoxOffice(t, func(*dev.Demo) {})
	ann, bob := b.here.SignIn(t, "Ann"), b.there.SignIn(t, "Bob")
	seat, status, _ := b.buy(ann, "pm_card_chargeDeclined")
	if status != 402 {
		t.Fatalf("a declined card: %d", status)
	}
	cancelled := b.fake.All()
	if len(cancelled) != 1 || cancelled[0].Status != "canceled" {
		t.Fatalf("at Stripe: %+v", cancelled)
	}
	ann.Do("DELETE", "/holds", nil, 200)
	bob.Do("POST", "/holds", map[string]any{"seats": []string{seat}}, 201)
	bought := bob.Do("POST", "/transactions", map[string]any{"seats": []string{seat}, "payment": payment("pm_card_visa")}, 201, "Idempotency-Key", "k")

	b.fake.Settle(cancelled[0].ID)
	b.send()
	testkit.Eventually(t, 60*time.Second, "the late capture is refunded", func() bool {
		received, back := b.money(cancelled[0].Metadata["usher_charge"])
		return received > 0 && received == back
	})
	b.send()
	if got := bob.Do("GET", "/transactions/"+bought["id"].(string), nil, 200); got["status"] != "completed" {
		t.Errorf("Bob's: %v", got)
	}
	if received, back := b.money(bought["id"]); received == 0 || back != 0 {
		t.Errorf("for Bob's seat Stripe received %d and refunded %d", received, back)
	}
	b.wantClean()
}

// TestThePageUnderStripe: with a test key the page offers Stripe's test cards beside the
// payment page. With a live key there is the payment page alone.
func TestThePageUnderStripe(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	for name, key := range map[string]string{"a test key": stripetest.SecretKey, "a live key": "sk_live_usher"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, url := stripetest.Start(t)
			n := node.Start(t, node.Options{
				Demo: func(d *dev.Demo) { d.Seats = 60 },
				Change: func(o *app.Options) {
					o.Payments, o.StripeURL, o.StripeSecretKey, o.StripeWebhookSecret = app.PayStripe, url, key, stripetest.WebhookSecret
				},
			})
			p := window(t, browser, "Ann")
			p.opens(n.URL + "/")
			p.clicks("link", "Continue with Google")
			p.clicks("button", "Fan 1")
			p.isInside()
			p.clicks("button", "Find seats")
			p.sees("button", "Pay *")
			if key != stripetest.SecretKey {
				p.reads("region", "Your seats", "You pay on the page of our payment provider")
				return
			}
			p.sees("combobox", "Test card")
			p.runs(`document.getElementById("test-card").value = "pm_card_visa"`)
			p.clicks("button", "Pay *")
			p.sees("heading", "Your tickets")
			p.sees("image", "QR code for seat *")
		})
	}
}
