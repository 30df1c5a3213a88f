package booking

import (
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/seats"
	"usher/internal/fault"
	"usher/internal/testkit"
)

// TestARebuildMarksMovedSeats after Redis has lost its data, and frees those left.
func TestARebuildMarksMovedSeats(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 3)
	b := s.node(nil)
	_, bought := s.sell(b, "A-1")
	if _, err := b.MoveFor(s.ctx, deskAt(bought, "", ""), "A-1", "A-2"); err != nil {
		t.Fatal(err)
	}
	s.waitRefunds(b)
	s.stores.Redis.Del(s.ctx, s.key("taken"), s.key("booked"), s.key("takenby"), s.key("bought"), s.key("ended"))
	if err := b.Rebuild(s.ctx, s.season, 1); err != nil {
		t.Fatal(err)
	}
	_, err := b.Hold(s.ctx, s.season, s.fan(), []string{"A-2"})
	wantCode(t, err, fault.SeatTaken)
	s.sell(b, "A-1")
	// A late node settles the order again, as it was bought.
	sold := s.orderOf(bought)
	decided, err := b.findDecision(s.ctx, sold.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.settle(s.ctx, sold, decided); err != nil {
		t.Fatal(err)
	}
	checks := newMarkCheck()
	if err := checks.check(s.ctx, b, s.season); err != nil {
		t.Fatal(err)
	}
	s.wantClean(b)
}

// TestTheAuditFindsWhatIsWrongWithMoves corrupts one document at a time.
func TestTheAuditFindsWhatIsWrongWithMoves(t *testing.T) {
	testkit.Once(t)
	t.Parallel()
	s := newStage(t, "", 4)
	b := s.node(nil)
	_, bought := s.sell(b, "A-1", "A-2")
	if _, err := b.MoveFor(s.ctx, deskAt(bought, "", ""), "A-1", "A-3"); err != nil {
		t.Fatal(err)
	}
	s.waitRefunds(b)
	s.wantClean(b)
	o := s.orderOf(bought)
	at, now := o.places()[0], o.places()[2]
	set, drop := s.setting, s.dropping
	move := o.Moved[0].ID
	for _, c := range []struct {
		name  string
		wrong func(undo bool) error
		says  string
	}{
		{"the order forgot the move", set(transactionsName, o.ID, "moved", bson.A{}), "shows 0 moves, which are not the 1"},
		{"the new ticket is missing", drop(ticketsName, now.ticket()), "has no ticket for seat A-3"},
		{"the new seat has no claim", drop(claimsName, claimID(now.Seat, 1)), "has no claim on seat A-3"},
		{"the old ticket shows as valid", set(ticketsName, at.ticket(), "status", ticketValid), "is shown as valid and should be void"},
		{"the old ticket has no void", drop(checkinsName, ticketStateID(at.ticket(), 1)), "did not void the seat's ticket"},
		{"the move does not count", set(decisionsName, move, "outcome", string(abandoned)), "is marked taken by transaction"},
		{"the move returned money", set(refundsName, move, "amount", int64(100)), "returns 100, but 0 was paid"},
		{"the new ticket shows another price", set(ticketsName, now.ticket(), "price", int64(1)), "shows 1"},
	} {
		s.wantFault(b, c.name, c.wrong, c.says)
	}
	ref := seats.Ref{Number: "A-3", Index: now.Line.Index}
	if err := b.seats.Refund(s.ctx, seats.Order{Season: s.season, User: bought.User, Transaction: move.Hex(), Seats: []seats.Ref{ref}}, nil); err != nil {
		t.Fatal(err)
	}
	found, err := b.Audit(s.ctx, s.season, AuditOptions{})
	if err != nil || !slices.ContainsFunc(found.Findings, func(f Finding) bool { return strings.Contains(f.Sentence, "A-3 is sold by transaction") }) {
		t.Errorf("without the mark of the new seat the audit found %v (%v)", found.Findings, err)
	}
}
