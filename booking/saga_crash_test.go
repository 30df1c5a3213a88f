package booking

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
)

// deaths are many purchases on one stage, in each of which nodes die. What a
// provider's network may do besides comes in through the hooks.
type deaths struct {
	*stage
	token    string
	declines bool   // what the provider says to the token
	seats    int    // in the house
	steps    []Step // before which buying nodes die; nil: all

	before func() // each purchase
	heal   func() // before the fan asks again
	after  func() // each purchase and its recovery

	buyer, helper         death
	mortal, second, third *Booking
	buyerTook, helperTook map[Step]bool
	next                  int // the last seat sold
}

// run lets nobody die, then the buying node before each of its steps, then the
// recovering one before each of its own, and returns the steps that they took.
func (d *deaths) run(t *testing.T) (buyerTook, helperTook map[Step]bool) {
	d.mortal = d.node(func(o *Options) { o.At = d.buyer.at })
	d.second = d.node(func(o *Options) { o.At = d.helper.at })
	d.third = d.node(nil)
	d.buyerTook, d.helperTook = map[Step]bool{}, map[Step]bool{}
	if d.before != nil {
		d.mortal.purchases.buyerWait = time.Millisecond // an answer that is lost is recovery's to find
	}
	var path, recovery map[Step]int
	t.Run("nobody dies", func(t *testing.T) { path, recovery = d.live(t, "", 0, "", 0) })
	die := func(step Step, nth int) {
		t.Run(fmt.Sprintf("dead before %s %d", step, nth), func(t *testing.T) {
			_, took := d.live(t, step, nth, "", 0)
			if step == StepDecide {
				recovery = took
			}
		})
	}
	for _, step := range Steps() {
		for nth := 1; nth <= path[step] && (d.steps == nil || slices.Contains(d.steps, step)); nth++ {
			die(step, nth)
		}
	}
	// Where nobody alive comes to a decision, recovery has its whole work to do
	// without a death before it.
	step, nth := StepDecide, 1
	if path[StepDecide] == 0 {
		step, nth = "", 0
	}
	for _, later := range Steps() {
		for laterNth := 1; laterNth <= recovery[later] && (d.steps == nil || slices.Contains(d.steps, later)); laterNth++ {
			t.Run(fmt.Sprintf("dead before %q, recovery dead before %s %d", step, later, laterNth), func(t *testing.T) {
				d.live(t, step, nth, later, laterNth)
			})
		}
	}
	d.wantClean(d.third)
	return d.buyerTook, d.helperTook
}

// live is one purchase of two seats, its recovery, and a repeat by the fan. It
// returns the steps that the buying node and the first recovering one took.
func (d *deaths) live(t *testing.T, step Step, nth int, later Step, laterNth int) (bought, recovered map[Step]int) {
	if d.next += 2; d.next > d.seats {
		t.Fatal("the house is too small for so many deaths")
	}
	fan, seats := d.fan(), []string{fmt.Sprintf("A-%d", d.next-1), fmt.Sprintf("A-%d", d.next)}
	d.hold(d.third, fan, seats...)
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
		t.Errorf("the buying node died: %v", died)
	}
	if died && step != StepEnter && d.count(pendingName, bson.D{}) == 0 {
		t.Error("a purchase died and recovery has nothing to find it by")
	}
	asked := d.bank.charged()
	d.recover(d.second)
	recovered, died = d.helper.life()
	if died != (later != "") {
		t.Errorf("the recovering node died: %v", died)
	}
	d.recover(d.third)
	for try := 0; d.before != nil && try < 4 && d.count(pendingName, bson.D{}) > 0; try++ {
		d.recover(d.third) // the provider's answers were lost
	}
	d.wantPending(0)
	if d.bank.charged() != asked {
		t.Error("recovery asked for money")
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
	if d.after != nil {
		d.after()
		d.recover(d.third) // by what it may have been told
		d.wantPending(0)
	}
	if d.declines {
		wantCode(t, err, fault.PaymentDeclined)
		d.wantCart(d.third, fan, seats...)
		d.wantSeat(seats[0], Available)
		if held := d.paid(t, fan); held != 0 {
			t.Errorf("a card that declines paid %d", held)
		}
		return bought, recovered
	}
	wantStatus(t, got, err, Completed)
	if len(got.Tickets) != 2 {
		t.Errorf("%d tickets", len(got.Tickets))
	}
	if paid > 0 && d.bank.charged() != asked {
		t.Error("the provider had the money and was asked again")
	}
	if held := d.paid(t, fan); held != got.Total {
		t.Errorf("under one key %d were paid for what costs %d", held, got.Total)
	}
	d.wantCart(d.third, fan)
	d.wantSeat(seats[0], Booked)
	d.wantSeat(seats[1], Booked)
	return bought, recovered
}

// paid is what the provider holds of a fan under the key, over all attempts.
func (d *deaths) paid(t *testing.T, fan string) (sum int64) {
	t.Helper()
	for attempt := 1; attempt <= 3; attempt++ {
		held, err := d.bank.Held(d.ctx, transactionID(fan, "k", attempt).Hex())
		if err != nil {
			t.Fatal(err)
		}
		sum += held
	}
	return sum
}
