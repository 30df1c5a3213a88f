package booking

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
)

// crashMatrix makes many orders in one season, in each of which nodes crash. Hooks add
// faults of a provider's network.
type crashMatrix struct {
	*stage
	token    string
	declines bool   // whether the provider declines the token
	seats    int    // of the plan
	steps    []Step // before which buying nodes crash; nil: all

	visit  func(url string) error // what the fan does at the payment page; nil: the payment has none
	before func()                 // each purchase
	heal   func()                 // before the fan asks again
	after  func()                 // each purchase and its recovery

	buyer, helper         crash
	mortal, second, third *Booking
	buyerTook, helperTook map[Step]bool
	next                  int // the number of the last seat used
}

// run makes an order without a crash, then crashes the buying node before each of its
// steps, then the recovering node before each of its own, and returns the steps that they
// took.
func (d *crashMatrix) run(t *testing.T) (buyerTook, helperTook map[Step]bool) {
	d.mortal = d.node(func(o *Options) { o.At = d.buyer.at })
	d.second = d.node(func(o *Options) { o.At = d.helper.at })
	d.third = d.node(nil)
	d.forStanding(d.third, d.seats, d.seats/2)
	d.buyerTook, d.helperTook = map[Step]bool{}, map[Step]bool{}
	if d.before != nil {
		d.mortal.purchases.buyerWait = time.Millisecond // recovery finds lost answers
	}
	var path, recovery map[Step]int
	t.Run("no crash", func(t *testing.T) { path, recovery = d.live(t, "", 0, "", 0) })
	last := StepDecide // if the buying node dies before it, recovery takes every step
	if d.visit != nil {
		last = StepOpen
	}
	die := func(step Step, nth int) {
		t.Run(fmt.Sprintf("crash before %s %d", step, nth), func(t *testing.T) {
			_, took := d.live(t, step, nth, "", 0)
			if step == last {
				recovery = took
			}
		})
	}
	for _, step := range Steps() {
		for nth := 1; nth <= path[step] && (d.steps == nil || slices.Contains(d.steps, step)); nth++ {
			die(step, nth)
		}
	}
	// If the buying node ends without a decision and without a page, recovery takes every
	// step even without a crash.
	step, nth := last, 1
	if path[last] == 0 {
		step, nth = "", 0
	}
	for _, later := range Steps() {
		for laterNth := 1; laterNth <= recovery[later] && (d.steps == nil || slices.Contains(d.steps, later)); laterNth++ {
			t.Run(fmt.Sprintf("crash before %q, recovery before %s %d", step, later, laterNth), func(t *testing.T) {
				d.live(t, step, nth, later, laterNth)
			})
		}
	}
	d.wantClean(d.third)
	return d.buyerTook, d.helperTook
}

// live makes one order of a seat and of a place of an area at the price for children,
// recovers it, and repeats the request. It returns the steps that the buying node and the
// first recovering node took.
func (d *crashMatrix) live(t *testing.T, step Step, nth int, later Step, laterNth int) (bought, recovered map[Step]int) {
	if d.next += 2; d.next > d.seats {
		t.Fatal("the plan has too few seats for so many crashes")
	}
	fan, seat := d.fan(), fmt.Sprintf("A-%d", d.next)
	held, err := d.third.HoldAreas(d.ctx, d.season, fan, []string{seat}, nil, []AreaCount{{Area: "Pit", Count: 1, Type: "child"}})
	if err != nil {
		t.Fatal(err)
	}
	seats := seatsOf(held)
	if len(seats) != 2 || seats[0] != seat || !strings.HasPrefix(seats[1], "Pit-") {
		t.Fatalf("%v are held instead of %s and a place of the area", seats, seat)
	}
	request := d.request(fan, "k", d.token, seats...)
	d.buyer.kill(step, nth)
	d.helper.kill(later, laterNth)
	if d.before != nil {
		d.before()
	}
	_, _ = d.mortal.Buy(d.ctx, request)
	d.mortal.purchases.wg.Wait()
	bought, died := d.buyer.life()
	if died != (step != "") {
		t.Errorf("the buying node crashed: %v", died)
	}
	if died && step != StepEnter && d.count(pendingName, bson.D{}) == 0 {
		t.Error("an order was interrupted and has no entry in pending")
	}
	asked := d.provider.charged()
	d.recover(d.second)
	if d.visit != nil {
		d.atPage(t, fan, request)
	}
	recovered, died = d.helper.life()
	if died != (later != "") {
		t.Errorf("the recovering node crashed: %v", died)
	}
	d.recover(d.third)
	for try := 0; d.before != nil && try < 4 && d.count(pendingName, bson.D{}) > 0; try++ {
		d.recover(d.third) // the provider's answers were lost
	}
	d.wantPending(0)
	if d.provider.charged() != asked {
		t.Error("recovery started a charge")
	}
	for step := range bought {
		d.buyerTook[step] = true
	}
	for step := range recovered {
		d.helperTook[step] = true
	}

	if d.heal != nil {
		d.heal()
	}
	paid := d.paid(t, fan)
	got, err := d.third.Buy(d.ctx, request)
	if d.visit != nil && err == nil && got.Status == Pending {
		// The first attempt was cancelled before the provider was asked.
		if err := d.visit(got.Next.URL); err != nil {
			t.Fatal(err)
		}
		d.recover(d.third)
		got, err = d.third.Buy(d.ctx, request)
	}
	if d.after != nil {
		d.after()
		d.recover(d.third) // after notifications of the provider
		d.wantPending(0)
	}
	if d.declines {
		wantCode(t, err, fault.PaymentDeclined)
		d.wantCart(d.third, fan, seats...)
		if cart, err := d.third.Cart(d.ctx, d.season, fan); err != nil || cart.Total != held.Total {
			t.Errorf("the cart costs %d after the declined payment, before %d, %v", cart.Total, held.Total, err)
		}
		d.wantSeat(seats[0], Available)
		if paid := d.paid(t, fan); paid != 0 {
			t.Errorf("a card that declines paid %d", paid)
		}
		return bought, recovered
	}
	wantStatus(t, got, err, Completed)
	if len(got.Tickets) != 2 || got.Tickets[0].Type != "" || got.Tickets[1].Type != "child" || got.Total != held.Total {
		t.Errorf("tickets %+v for %d, the cart was %d", got.Tickets, got.Total, held.Total)
	}
	if paid > 0 && d.provider.charged() != asked {
		t.Error("a captured order was charged again")
	}
	if paid := d.paid(t, fan); paid != got.Total {
		t.Errorf("under one key %d were paid for a total of %d", paid, got.Total)
	}
	d.wantCart(d.third, fan)
	d.wantSeat(seats[0], Booked)
	d.wantSeat(seats[1], Booked)
	return bought, recovered
}

// atPage plays a fan whose purchase may have ended with a crash: the fan asks again under
// the same key, gets the same page each time, and does there what the fan does. Then the
// nodes settle the order.
func (d *crashMatrix) atPage(t *testing.T, fan string, request PurchaseRequest) {
	t.Helper()
	for try := 0; ; try++ {
		o, err := d.third.findOrder(d.ctx, transactionID(fan, "k", 1))
		if err != nil {
			t.Fatal(err)
		}
		if o == nil || o.Status != Pending {
			return // the provider was not asked for money
		}
		if o.next() != nil {
			break
		}
		if try > 4 {
			t.Fatalf("the order is %s and has no page", o.Status)
		}
		d.recover(d.third) // the recovering node may have crashed, the provider's answers may be lost
	}
	var next *Next
	for range 2 {
		got, err := d.third.Buy(d.ctx, request)
		if err != nil {
			t.Fatal(err)
		}
		if got.Status != Pending || got.Next == nil || next != nil && *next != *got.Next {
			t.Fatalf("a repeated request is answered %s with next %v, want pending with a page, %v", got.Status, got.Next, next)
		}
		next = got.Next
	}
	if err := d.visit(next.URL); err != nil {
		t.Fatal(err)
	}
	d.recover(d.second)
}

// paid returns what the provider holds of a fan under the key, over all attempts.
func (d *crashMatrix) paid(t *testing.T, fan string) (sum int64) {
	t.Helper()
	for attempt := 1; attempt <= 3; attempt++ {
		held, err := d.provider.Held(d.ctx, transactionID(fan, "k", attempt).Hex())
		if err != nil {
			t.Fatal(err)
		}
		sum += held
	}
	return sum
}
