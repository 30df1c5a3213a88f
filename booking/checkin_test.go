package booking

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/ticket"
)

func (s *stage) wantScan(b *Booking, code string, want CheckInResult) CheckIn {
	s.t.Helper()
	got, err := b.CheckIn(s.ctx, code, Scan{Gate: "North", By: "staff"})
	if err != nil || got.Result != want {
		s.t.Errorf("the scan says %q (%v), want %q", got.Result, err, want)
	}
	return got
}

// TestAScanAbandonsAnUndecidedRefund: the fan at the gate is admitted.
func TestAScanAbandonsAnUndecidedRefund(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	end := &crash{}
	mortal, b := s.node(func(o *Options) { o.At = end.at }), s.node(nil)
	fan, bought := s.sell(b, "A-1", "A-2")
	end.kill(StepRefundDecide, 1)
	_, _ = mortal.Refund(s.ctx, fan, bought.ID, nil)
	s.waitRefunds(mortal)
	if n := s.count(checkinsName, bson.D{}); n != 2 {
		t.Fatalf("%d ticket states, want both voids", n)
	}
	// The voids do not count yet: the seats are the fan's, and every gate admits the fan.
	if voids, err := b.Voids(s.ctx, s.season); err != nil || len(voids) != 0 {
		t.Errorf("void list %v (%v)", voids, err)
	}
	for _, c := range s.claims() {
		if released, err := b.claimReleased(s.ctx, &c); err != nil || released {
			t.Errorf("the claim on %s is released: %v (%v)", c.SeatNumber, released, err)
		}
	}
	s.wantScan(b, bought.Tickets[1].QRCode, Admitted)
	s.recover(b)
	s.wantPending(0)
	s.wantHeld(bought.ID, 9000)
	s.wantScan(b, bought.Tickets[0].QRCode, Admitted) // its void does not count
	s.wantScan(b, bought.Tickets[0].QRCode, AlreadyAdmitted)
	_, err := b.Refund(s.ctx, fan, bought.ID, nil)
	wantCode(t, err, fault.Conflict)
	s.wantClean(b)
}

// TestATicketIsUsedOrRefundedNeverBoth scans and refunds tickets at the same time, again
// and again.
func TestATicketIsUsedOrRefundedNeverBoth(t *testing.T) {
	t.Parallel()
	const rounds = 12
	s := newStage(t, "", 3*rounds)
	nodes := []*Booking{s.node(nil), s.node(nil)}
	for i := range rounds {
		fan, bought := s.sell(nodes[0], fmt.Sprintf("A-%d", 3*i+1), fmt.Sprintf("A-%d", 3*i+2), fmt.Sprintf("A-%d", 3*i+3))
		var scans [4]CheckIn
		var refusal error
		var meeting sync.WaitGroup
		start := make(chan struct{})
		for j := range scans {
			meeting.Go(func() {
				<-start
				var err error
				if scans[j], err = nodes[j%2].CheckIn(s.ctx, bought.Tickets[j/2].QRCode, Scan{Gate: fmt.Sprint(j), By: "staff"}); err != nil {
					t.Error(err)
				}
			})
		}
		meeting.Go(func() {
			<-start
			_, refusal = nodes[i%2].Refund(s.ctx, fan, bought.ID, nil)
		})
		close(start)
		meeting.Wait()
		s.waitRefunds(nodes[0])
		s.waitRefunds(nodes[1])
		admitted := 0
		for j := 0; j < len(scans); j += 2 {
			one, two := scans[j], scans[j+1]
			if one.Result == Admitted || two.Result == Admitted {
				admitted++
				if one.Result == two.Result || one.Gate != two.Gate || !one.AdmittedAt.Equal(two.AdmittedAt) {
					t.Errorf("two scans of one ticket: %+v and %+v", one, two)
				}
			}
		}
		if refusal == nil && admitted > 0 || refusal != nil && admitted != 2 {
			t.Errorf("round %d: %d admitted, and the refund: %v", i, admitted, refusal)
		}
		if refusal != nil {
			wantCode(t, refusal, fault.Conflict)
			s.wantHeld(bought.ID, 13_500)
		} else {
			s.wantHeld(bought.ID, 0)
		}
	}
	s.recover(nodes[0])
	s.wantPending(0)
	s.wantClean(nodes[0])
}

// TestTicketsOfAnOlderVersionStayValid: their codes are JWSs.
func TestTicketsOfAnOlderVersionStayValid(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	b := s.node(nil)
	_, bought := s.sell(b, "A-1", "A-2")
	for _, sold := range bought.Tickets {
		jws, err := s.ring.Sign(ticket.Type, &ticket.Claims{
			Issuer: ticket.Issuer, Audience: ticket.Audience, ID: sold.ID, Season: s.season, Seat: sold.SeatNumber, IssuedAt: sold.IssuedAt.Unix(),
		})
		if err != nil {
			t.Fatal(err)
		}
		id, err := bson.ObjectIDFromHex(sold.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.o.Mongo.Collection(ticketsName).UpdateByID(s.ctx, id, bson.M{"$set": bson.M{"qrCode": jws}}); err != nil {
			t.Fatal(err)
		}
		s.wantScan(b, jws, Admitted)
		// The compact code of the same ticket is the same ticket.
		s.wantScan(b, sold.QRCode, AlreadyAdmitted)
	}
	s.wantClean(b)
}

func TestScansOfInvalidCodes(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 1)
	b := s.node(nil)
	_, bought := s.sell(b, "A-1")
	code := bought.Tickets[0].QRCode
	forged, err := s.ring.Sign(ticket.Type, &ticket.Claims{Issuer: ticket.Issuer, Audience: ticket.Audience, ID: bson.NewObjectID().Hex(), Season: s.season, Seat: "A-1"})
	if err != nil {
		t.Fatal(err)
	}
	other, err := s.ring.Sign(ticket.Type, &ticket.Claims{Issuer: ticket.Issuer, Audience: ticket.Audience, ID: bought.Tickets[0].ID, Season: s.season, Seat: "A-7"})
	if err != nil {
		t.Fatal(err)
	}
	compact := func(id, season, seat string) string {
		code, err := ticket.Sign(s.ring, id, season, seat, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	id := bought.Tickets[0].ID
	for name, scanned := range map[string]string{
		"nothing": "", "words": "hello", "a cut code": code[:len(code)-4], "a ticket never issued": forged, "another seat's": other,
		"a compact one never issued": compact(bson.NewObjectID().Hex(), s.season, "A-1"), "another seat's, compact": compact(id, s.season, "A-7"),
		"another season's": compact(id, s.season+"-2", "A-1"), "small letters": strings.ToLower(code), "a longer code": code + "000",
	} {
		if got := s.wantScan(b, scanned, Invalid); got.Ticket != nil {
			t.Errorf("%s names the ticket %+v", name, got.Ticket)
		}
	}
	first := s.wantScan(b, code, Admitted)
	again := s.wantScan(b, code, AlreadyAdmitted)
	if again.Gate != "North" || !again.AdmittedAt.Equal(first.AdmittedAt) || again.Ticket.Status != ticketUsed {
		t.Errorf("the second scan says %+v, the first said %+v", again, first)
	}
	s.wantClean(b)
}

// TestACheckInIsAnnouncedToTheOwner: once, with the ticket's new status, so that the
// owner's page changes without being asked. A later scan changes nothing.
func TestACheckInIsAnnouncedToTheOwner(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	b := s.node(nil)
	fan, bought := s.sell(b, "A-1", "A-2")
	announced := s.announcements()
	s.wantScan(b, bought.Tickets[1].QRCode, Admitted)
	s.wantScan(b, bought.Tickets[1].QRCode, AlreadyAdmitted)
	b.purchases.wg.Wait()
	testkit.Eventually(t, soon, "the check-in is announced", func() bool { return len(announced()) > 0 })
	for _, got := range announced() {
		if got.ID != bought.ID || got.User != fan || got.Status != Completed || got.Tickets[0].Status != ticketValid || got.Tickets[1].Status != ticketUsed {
			t.Errorf("announced %+v", got)
		}
	}
	if n := len(announced()); n != 1 {
		t.Errorf("%d announcements, want 1", n)
	}
}
