package booking

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/store"
)

// TestClaimingManySeatsAtOnce claims three seats of which some were claimed before. Each
// seat ends with the same claims as if the seats were claimed one by one.
func TestClaimingManySeatsAtOnce(t *testing.T) {
	t.Parallel()
	const mine, ended, open = "mine", "ended", "open"
	for _, c := range []struct {
		before [3]string // what a seat's first claim is
		want   []string  // "<seat>/<generation>" of the order's claims in the end
		taken  string    // the seat that another order has claimed
	}{
		{[3]string{}, []string{"A-1/1", "A-2/1", "A-3/1"}, ""},
		{[3]string{mine, mine, mine}, []string{"A-1/1", "A-2/1", "A-3/1"}, ""},
		{[3]string{mine, "", mine}, []string{"A-1/1", "A-2/1", "A-3/1"}, ""},
		{[3]string{"", ended, ""}, []string{"A-1/1", "A-2/2", "A-3/1"}, ""},
		{[3]string{ended, ended, ended}, []string{"A-1/2", "A-2/2", "A-3/2"}, ""},
		{[3]string{"", "", open}, []string{"A-1/1", "A-2/1"}, "A-3"},
		{[3]string{mine, open, ""}, []string{"A-1/1"}, "A-2"},
		{[3]string{open, ended, open}, nil, "A-1"},
	} {
		t.Run(fmt.Sprintf("%q", c.before), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, "", 3)
			b := s.node(nil)
			draft := func() *order {
				o, err := b.draft(s.ctx, s.request(s.fan(), "k", payment.TokenOK, "A-1", "A-2", "A-3"), bson.NewObjectID(), 1, nil)
				if err != nil {
					t.Fatal(err)
				}
				return o
			}
			o, over, rival := draft(), draft(), draft()
			if _, err := b.decide(s.ctx, over, cancelled, reasonDeclined); err != nil {
				t.Fatal(err)
			}
			for i, whose := range c.before {
				claimer, some := map[string]interface{ claim(int, int) claim }{mine: o, ended: over, open: rival}[whose]
				if !some {
					continue
				}
				if _, err := s.stores.Mongo.Collection(claimsName).InsertOne(s.ctx, claimer.claim(i, 1)); err != nil {
					t.Fatal(err)
				}
			}

			err := b.claimSeats(s.ctx, o)
			var by *takenError
			switch {
			case c.taken == "" && err != nil:
				t.Error(err)
			case c.taken != "" && (!errors.As(err, &by) || by.number != c.taken || fault.CodeOf(by.fault(bson.NewObjectID())) != fault.SeatTaken):
				t.Errorf("got %v, want %s to be taken", err, c.taken)
			}
			found, err := store.FindAll[claim](s.ctx, s.stores.Mongo.Collection(claimsName), s.season)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range found {
				if f.Transaction == o.ID {
					got = append(got, fmt.Sprintf("%s/%d", f.SeatNumber, f.Generation))
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("it has the claims %v, want %v", got, c.want)
			}
		})
	}
}

// TestPartlyIssuedTicketsAreCompleted issues tickets of which a dead node has issued one:
// that ticket stays as it is.
func TestPartlyIssuedTicketsAreCompleted(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 3)
	b := s.node(nil)
	o, err := b.draft(s.ctx, s.request(s.fan(), "k", payment.TokenOK, "A-1", "A-2", "A-3"), bson.NewObjectID(), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &decision{ID: o.ID, Season: s.season, Outcome: captured, At: store.NowMilli()}
	second, err := b.newTicket(o, 1, d)
	if err != nil {
		t.Fatal(err)
	}
	second.QRCode = "signed under an older key"
	if _, err := s.stores.Mongo.Collection(ticketsName).InsertOne(s.ctx, second); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		tickets, err := b.issueTickets(s.ctx, o, d)
		if err != nil || len(tickets) != 3 {
			t.Fatal(err, tickets)
		}
		for i, ticket := range tickets {
			if ticket.SeatNumber != o.Lines[i].SeatNumber || (ticket.QRCode == second.QRCode) != (i == 1) {
				t.Errorf("ticket %d is %+v", i, ticket)
			}
		}
		if n := s.count(ticketsName, bson.D{}); n != 3 {
			t.Errorf("%d tickets", n)
		}
	}
}
