package booking

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/testkit"
)

// TestRefundsThatWaitDelayNoPurchase: the provider answers no refund, and more of them are
// open than a node finishes at a time.
func TestRefundsThatWaitDelayNoPurchase(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", recoverParallel+3)
	end := &crash{}
	mortal, b := s.node(func(o *Options) { o.At = end.at }), s.node(nil)
	s.provider.failRefunds(errors.New("bank: no answer"))
	for i := range recoverParallel + 1 {
		fan, bought := s.sell(b, fmt.Sprintf("A-%d", i+1))
		got, err := b.Refund(s.ctx, fan, bought.ID, nil)
		wantStatus(t, got, err, Cancelled)
	}
	s.waitRefunds(b)
	s.provider.failRefunds(nil)
	open := s.provider.blockRefunds()
	defer open()
	asked := s.provider.asksToRefund()
	s.run(b)
	testkit.Eventually(t, 20*time.Second, "recovery asks for the refunds", func() bool { return s.provider.asksToRefund() >= asked+recoverParallel })

	last := fmt.Sprintf("A-%d", recoverParallel+2)
	fan := s.fan()
	s.hold(mortal, fan, last)
	end.kill(StepDecide, 1)
	if _, err := mortal.Buy(s.ctx, s.request(fan, "k", "tok_ok", last)); err == nil {
		t.Fatal("the node did not die")
	}
	orders := bson.D{ofRefunds(false)}
	if s.count(pendingName, orders) == 0 {
		t.Fatal("the order of the dead node is not pending")
	}
	testkit.Eventually(t, 15*time.Second, "the other node settles the order", func() bool { return s.count(pendingName, orders) == 0 })
	if n := s.count(pendingName, bson.D{}); n != recoverParallel+1 {
		t.Errorf("%d refunds are open, want %d", n, recoverParallel+1)
	}
	open()
	testkit.Eventually(t, 20*time.Second, "the refunds are finished", func() bool { return s.count(pendingName, bson.D{}) == 0 })
}

// TestARefundThatFailsIsTriedLaterAndLater: a provider that refuses is not asked in every
// round.
func TestARefundThatFailsIsTriedLaterAndLater(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1")
	s.provider.failRefunds(errors.New("bank: the account is closed"))
	if _, err := b.Refund(s.ctx, fan, bought.ID, nil); err != nil {
		t.Fatal(err)
	}
	s.waitRefunds(b)
	b.recovery.retryFirst = time.Hour
	s.recover(b) // handed over by the refund itself
	asked := s.provider.asksToRefund()
	for range 5 {
		s.recover(b)
	}
	if n := s.provider.asksToRefund(); n != asked {
		t.Errorf("the provider was asked %d times more within the hour", n-asked)
	}
	var id bson.ObjectID
	for id = range b.recovery.refunds.next {
	}
	var waits []time.Duration
	b.recovery.refunds.next[id] = look{}
	for range 10 {
		waits = append(waits, b.recovery.refunds.failed(id, errors.New("again"), recoverEvery))
	}
	if fmt.Sprint(waits) != "[2s 4s 8s 16s 32s 1m4s 2m8s 4m16s 5m0s 5m0s]" {
		t.Errorf("the waits are %v", waits)
	}
	s.provider.failRefunds(nil)
	b.recovery.refunds.next[id] = look{}
	s.recover(b)
	s.wantPending(0)
	s.wantHeld(bought.ID, 0)
}
