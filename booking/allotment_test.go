package booking

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/testkit"
)

// under says that seats shall be under a name.
func under(name string, numbers ...string) []AllotSeat {
	want := make([]AllotSeat, len(numbers))
	for i, number := range numbers {
		want[i] = AllotSeat{Number: number, Allotment: name}
	}
	return want
}

// allots moves seats and fails unless so many moved.
func (s *stage) allots(b *Booking, want []AllotSeat, moves int) {
	s.t.Helper()
	moved, err := b.Allot(s.ctx, s.season, want, "admin")
	if err != nil || moved != moves {
		s.t.Fatalf("moved %d seats of %v, want %d: %v", moved, want, moves, err)
	}
}

// wantAllotments fails unless the allotments are these: "name: A-1 A-2".
func (s *stage) wantAllotments(b *Booking, want ...string) {
	s.t.Helper()
	all, err := b.Allotments(s.ctx, s.season)
	if err != nil {
		s.t.Fatal(err)
	}
	got := make([]string, len(all))
	for i, a := range all {
		got[i] = a.Name + ": " + strings.Join(a.Seats, " ")
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("allotments %q, want %q", got, want)
	}
}

// wantShown fails unless clients are shown this status of a seat.
func (s *stage) wantShown(b *Booking, number, status string) {
	s.t.Helper()
	snapshot, err := b.Snapshot(s.ctx, s.season)
	if err != nil {
		s.t.Fatal(err)
	}
	if got := snapshot.Status(snapshot.Plan.ByName[number]); got != status {
		s.t.Errorf("seat %s is shown as %s, want %s", number, got, status)
	}
}

func TestSeatsComeIntoAllotmentsAndBackOnSale(t *testing.T) {
	testkit.Once(t)
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 12)
		b, other := s.node(nil), s.node(func(o *Options) { o.Node = "other" })
		ann := s.fan()
		s.allots(b, under("promoter", "A-10", "A-2", "A-1"), 3)
		s.allots(other, under("promoter", "A-1", "A-2", "A-10"), 0) // a repeat
		s.wantAllotments(other, "promoter: A-1 A-2 A-10")
		s.wantShown(other, "A-2", Unavailable)
		s.wantSeat("A-2", Unavailable)
		_, err := other.Hold(s.ctx, s.season, ann, []string{"A-2", "A-3"})
		wantCode(t, err, fault.SeatTaken, "A-2")
		if snapshot, err := b.Snapshot(s.ctx, s.season); err != nil || snapshot.Stock().Total != 9 || snapshot.Stock().Available != 9 || snapshot.Stock().Held != 0 {
			t.Errorf("stock %+v, %v", snapshot.Stock(), err)
		}
		s.wantClean(b)

		s.allots(other, under("press", "A-2", "A-4"), 2)
		s.wantAllotments(b, "press: A-2 A-4", "promoter: A-1 A-10")
		s.wantClean(b)

		s.allots(b, append(under("", "A-1", "A-4", "A-5"), under("press", "A-10")...), 3)
		s.wantAllotments(other, "press: A-2 A-10")
		s.wantShown(b, "A-1", Available)
		s.wantSeat("A-1", Available)
		s.wantClean(b)
		s.hold(other, ann, "A-1", "A-4")
		bought, err := other.Buy(s.ctx, s.request(ann, "k", payment.TokenOK, "A-1", "A-4"))
		wantStatus(t, bought, err, Completed)
		s.wantClean(b)
		if _, err := b.Refund(s.ctx, ann, bought.ID, []string{"A-1"}); err != nil {
			t.Fatal(err)
		}
		s.allots(b, under("promoter", "A-1"), 1)
		s.allots(b, under("", "A-4"), 0) // sold: it is not in an allotment
		s.wantAllotments(b, "press: A-2 A-10", "promoter: A-1")
		s.waitRefunds(b)
		s.wantClean(b)
		s.wantPending(0)
	})
}

func TestSeatsThatAreNotFreeComeIntoNoAllotment(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 8)
		b := s.node(nil)
		ann := s.fan()
		s.sell(b, "A-8")
		s.hold(b, ann, "A-2", "A-3")
		_, err := b.Allot(s.ctx, s.season, under("promoter", "A-1", "A-8", "A-3", "A-2"), "admin")
		wantCode(t, err, fault.SeatTaken, "A-8")
		_, err = b.Allot(s.ctx, s.season, under("promoter", "A-1", "A-3", "A-2"), "admin")
		wantCode(t, err, fault.SeatTaken, "A-2", "A-3")
		_, err = b.Allot(s.ctx, s.season, under("promoter", "A-1", "A-99"), "admin")
		wantCode(t, err, fault.UnknownSeat, "A-99")
		_, err = b.Allot(s.ctx, s.season, under("promoter", "A-1", "A-1"), "admin")
		wantCode(t, err, fault.InvalidRequest, "A-1")
		_, err = b.Allot(s.ctx, s.season, under(strings.Repeat("x", 33), "A-1"), "admin")
		wantCode(t, err, fault.InvalidRequest)
		_, err = b.Allot(s.ctx, s.season, nil, "admin")
		wantCode(t, err, fault.InvalidRequest)
		_, err = b.Allot(s.ctx, "nowhere", under("promoter", "A-1"), "admin")
		wantCode(t, err, fault.NotFound)
		s.wantAllotments(b)
		if n := s.count(allotmentChangesName, bson.D{}); n != 0 {
			t.Errorf("%d refused changes left a document", n)
		}
		if _, err := b.Release(s.ctx, s.season, ann, nil); err != nil {
			t.Fatal(err)
		}
		s.allots(b, under("promoter", "A-1", "A-2", "A-3"), 3)
		s.wantClean(b)
	})
}

// sellFrom makes an order of seats from an allotment, as the box office does, up to the
// decision.
func (s *stage) sellFrom(b *Booking, name string, numbers ...string) (*order, error) {
	s.t.Helper()
	o, err := b.draft(s.ctx, s.request(s.fan(), bson.NewObjectID().Hex(), payment.TokenOK, numbers...), bson.NewObjectID(), 1, nil)
	if err != nil {
		return nil, err
	}
	o.Total = 0
	for i := range o.Lines {
		o.Lines[i].Allotment = name
	}
	if err := b.enterPending(s.ctx, o); err != nil {
		return nil, err
	}
	if _, err := s.stores.Mongo.Collection(transactionsName).InsertOne(s.ctx, o); err != nil {
		return nil, err
	}
	if err := b.claimSeats(s.ctx, o); err != nil {
		d, undone := b.decide(s.ctx, o, cancelled, reasonUnavailable)
		if undone == nil {
			_, undone = b.settle(s.ctx, o, d)
		}
		return o, errors.Join(err, undone)
	}
	return o, b.take(s.ctx, o)
}

func (s *stage) capture(b *Booking, o *order) {
	s.t.Helper()
	d, err := b.decide(s.ctx, o, captured, "")
	if err == nil {
		_, err = b.settle(s.ctx, o, d)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestSeatsAreSoldFromAnAllotment(t *testing.T) {
	testkit.Once(t)
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStageAt(t, redisURL, 6, 0)
		b, other := s.node(nil), s.node(func(o *Options) { o.Node = "other" })
		s.allots(b, append(under("promoter", "A-1", "A-2", "A-3"), under("press", "A-4")...), 4)

		o, err := s.sellFrom(other, "promoter", "A-1", "A-2")
		if err != nil {
			t.Fatal(err)
		}
		// In between the seats are in neither: they can be neither sold nor moved.
		_, err = s.sellFrom(b, "promoter", "A-2")
		var taken *takenError
		if !errors.As(err, &taken) || fault.CodeOf(taken.fault(bson.NewObjectID())) != fault.SeatTaken {
			t.Error("sold twice:", err)
		}
		_, err = b.Allot(s.ctx, s.season, under("", "A-1"), "admin")
		wantCode(t, err, fault.SeatTaken, "A-1")
		s.capture(other, o)
		s.wantShown(other, "A-1", Booked)
		s.wantSeat("A-1", Booked)
		s.wantAllotments(b, "press: A-4", "promoter: A-3")
		s.wantClean(b)

		// A cancelled order leaves its seats in the allotment.
		if _, err = s.sellFrom(b, "promoter", "A-3", "A-4"); !errors.As(err, &taken) || taken.number != "A-4" {
			t.Error("sold from another allotment:", err)
		}
		s.wantAllotments(b, "press: A-4", "promoter: A-3")
		s.wantShown(b, "A-3", Unavailable)
		s.wantClean(b)
		s.allots(other, under("press", "A-3"), 1) // it can be moved after that
		s.wantAllotments(b, "press: A-3 A-4")
		if _, err = s.sellFrom(b, "press", "A-5"); !errors.As(err, &taken) {
			t.Error("sold from an allotment, and it was on sale:", err)
		}
		if err := b.checkInAllotment(s.ctx, s.season, "press", []string{"A-3", "A-5"}); fault.CodeOf(err) != fault.SeatTaken {
			t.Error(err)
		}
		s.wantClean(b)

		// A refunded seat goes on sale.
		if _, err := b.Refund(s.ctx, o.User.Hex(), o.ID.Hex(), []string{"A-1"}); err != nil {
			t.Fatal(err)
		}
		s.waitRefunds(b)
		s.wantShown(b, "A-1", Available)
		s.hold(b, s.fan(), "A-1")
		s.wantClean(b)
	})
}
