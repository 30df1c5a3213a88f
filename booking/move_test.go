package booking

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/seats"
	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/testkit"
)

// priced replaces the plan: A-1 … A-4 cost 4500 (2250 for children), B-1 … B-4 cost 3000
// and have no price for children, C-1 costs 9000, C-2 is not on sale, and an area has three
// places at 4500. No purchase has begun.
func (s *stage) priced(b *Booking) {
	s.t.Helper()
	text := "seatNumber,category,price,price:child,status,area,capacity\n"
	for i := 1; i <= 4; i++ {
		text += fmt.Sprintf("A-%d,VIP,4500,2250,,,\nB-%d,Regular,3000,,,,\n", i, i)
	}
	text += "C-1,VIP,9000,,,,\nC-2,VIP,3000,,unavailable,,\n,Regular,4500,,,Floor,3\n"
	if _, err := b.ImportPlan(s.ctx, s.season, strings.NewReader(text), "test"); err != nil {
		s.t.Fatal(err)
	}
}

// codes returns the valid and the void codes of a fan's tickets, by seat.
func (s *stage) codes(b *Booking, fan string) (valid, void map[string]string) {
	s.t.Helper()
	tickets, _, err := b.Tickets(s.ctx, fan, 200, "")
	if err != nil {
		s.t.Fatal(err)
	}
	valid, void = map[string]string{}, map[string]string{}
	for _, t := range tickets {
		if t.Status == ticketVoid {
			void[t.SeatNumber] = t.QRCode
		} else {
			valid[t.SeatNumber] = t.QRCode
		}
	}
	return valid, void
}

// TestTheDeskMovesATicket there and back, to a cheaper seat and to a place of an area; then
// the fan is refunded.
func TestTheDeskMovesATicket(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	here, there := s.node(nil), s.node(nil)
	s.priced(here)
	announced := s.announcements()
	fan, bought := s.sell(here, "A-1", "A-2")
	for i, step := range []struct {
		from, to, key string
		seats         []string
		refunded      int64
	}{
		{"A-1", "A-4", "k1", []string{"A-2", "A-4"}, 0},
		{"A-1", "A-4", "k1", []string{"A-2", "A-4"}, 0}, // a repeat
		{"A-1", "A-4", "", []string{"A-2", "A-4"}, 0},   // a repeat without a key
		{"A-4", "A-1", "", []string{"A-1", "A-2"}, 0},   // back
		{"A-1", "Floor-0002", "", []string{"A-2", "Floor-0002"}, 0},
		{"A-2", "B-3", "k2", []string{"B-3", "Floor-0002"}, 1500},
	} {
		b := []*Booking{here, there}[i%2]
		got, err := b.MoveFor(s.ctx, deskAt(bought, step.key, "a pillar"), step.from, step.to)
		wantStatus(t, got.Transaction, err, Completed)
		s.waitRefunds(b)
		if !slices.Equal(got.Seats, step.seats) || got.Refunded != step.refunded || len(got.Tickets) != 2 || got.Lines[0].Number != step.seats[0] {
			t.Errorf("step %d: %+v", i, got)
		}
		s.wantHeld(bought.ID, 9000-step.refunded)
		s.wantClean(there)
	}
	valid, void := s.codes(here, fan)
	if len(valid) != 2 || valid["B-3"] == "" || valid["Floor-0002"] == "" || len(void) != 3 {
		t.Errorf("valid tickets %v, void %v", valid, void)
	}
	for _, code := range void {
		s.wantScan(here, code, Void)
	}
	s.wantSeat("A-1", Available)
	s.wantSeat("B-3", Booked)
	if got := announced(); len(got) == 0 || !slices.Equal(got[len(got)-1].Seats, []string{"B-3", "Floor-0002"}) {
		t.Errorf("the fan received %+v, want the moved seats last", got)
	}
	voids, err := here.Voids(s.ctx, s.season)
	if err != nil || len(voids) != 4 {
		t.Errorf("void list %v (%v)", voids, err)
	}
	_, err = here.MoveFor(s.ctx, deskAt(bought, "k2", ""), "B-3", "B-4")
	wantCode(t, err, fault.KeyReused)
	if found, _, err := here.SeasonTransactions(s.ctx, s.season, TransactionFilter{Text: "B-3"}, 10, ""); err != nil || len(found) != 1 {
		t.Errorf("a search for the new seat finds %+v (%v)", found, err)
	}
	rows := s.rows(here, "move")
	if len(rows) != 4 || !strings.Contains(rows[3], `"seats":["A-2"]} {"seats":["B-3"],"refunded":1500,"currency":"EUR","reason":"a pillar"}`) {
		t.Errorf("audit log: %s", strings.Join(rows, "\n"))
	}
	s.sell(there, "A-1", "A-4") // the seats left are on sale
	s.wantScan(here, valid["B-3"], Admitted)
	_, err = here.MoveFor(s.ctx, deskAt(bought, "", ""), "B-3", "B-4")
	wantCode(t, err, fault.Conflict, "B-3")

	var sold strings.Builder
	if err := here.ExportTakings(s.ctx, s.season, CSV, &sold, nil); err != nil {
		t.Fatal(err)
	}
	if text := sold.String(); !strings.Contains(text, "VIP,2,0,10500,1500,9000,EUR") || !strings.Contains(text, "Regular,2,0,7500,0,7500,EUR") {
		t.Errorf("takings:\n%s", text)
	}
	got, err := there.Refund(s.ctx, fan, bought.ID, []string{"Floor-0002"})
	wantStatus(t, got, err, Completed)
	s.waitRefunds(there)
	s.wantHeld(bought.ID, 3000)
	s.wantScan(here, valid["Floor-0002"], Void)
	s.wantPending(0)
	s.wantClean(here)
}

func TestRefusedMovesChangeNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	b := s.node(nil)
	s.priced(b)
	fan, bought := s.sell(b, "A-1", "A-2", "B-1")
	s.wantScan(b, bought.Tickets[1].QRCode, Admitted)
	s.sell(b, "A-3")
	s.hold(b, s.fan(), "A-4")
	slow := s.fan()
	s.hold(b, slow, "B-2")
	open := s.provider.blockCharges()
	pending := s.buyUntilAsked(b, s.request(slow, "k", "tok_ok", "B-2"))
	for _, c := range []struct {
		name     string
		req      OfficeRequest
		from, to string
		code     fault.Code
		seats    []string
	}{
		{"no transaction", OfficeRequest{Transaction: "x"}, "A-1", "B-3", fault.NotFound, nil},
		{"a seat of another fan", deskAt(bought, "", ""), "A-3", "B-3", fault.UnknownSeat, []string{"A-3"}},
		{"an unknown target", deskAt(bought, "", ""), "A-1", "Z-1", fault.UnknownSeat, []string{"Z-1"}},
		{"the same seat", deskAt(bought, "", ""), "A-1", "A-1", fault.InvalidRequest, nil},
		{"a dearer seat", deskAt(bought, "", ""), "A-1", "C-1", fault.Conflict, []string{"C-1"}},
		{"a seat off sale", deskAt(bought, "", ""), "A-1", "C-2", fault.SeatTaken, []string{"C-2"}},
		{"a held seat", deskAt(bought, "", ""), "A-1", "A-4", fault.SeatTaken, []string{"A-4"}},
		{"a sold seat", deskAt(bought, "", ""), "A-1", "A-3", fault.SeatTaken, []string{"A-3"}},
		{"a seat of the same purchase", deskAt(bought, "", ""), "A-1", "B-1", fault.SeatTaken, []string{"B-1"}},
		{"a seat being bought", deskAt(bought, "", ""), "A-1", "B-2", fault.SeatTaken, []string{"B-2"}},
		{"a used ticket", deskAt(bought, "", ""), "A-2", "B-3", fault.Conflict, []string{"A-2"}},
		{"a pending purchase", deskAt(pending, "", ""), "B-2", "B-3", fault.Conflict, nil},
		{"a long reason", deskAt(bought, "", strings.Repeat("x", 281)), "A-1", "B-3", fault.InvalidRequest, nil},
	} {
		_, err := b.MoveFor(s.ctx, c.req, c.from, c.to)
		var f *fault.Error
		if fault.CodeOf(err) != c.code || c.seats != nil && errors.As(err, &f) && !slices.Equal(f.Seats, c.seats) {
			t.Errorf("%s: got %v, want %s %v", c.name, err, c.code, c.seats)
		}
	}
	open()
	s.waitRefunds(b)
	if n := s.count(refundsName, bson.D{}); n != 0 {
		t.Errorf("refusals left %d documents", n)
	}
	if _, err := b.Refund(s.ctx, fan, bought.ID, []string{"B-1"}); err != nil {
		t.Fatal(err)
	}
	_, err := b.MoveFor(s.ctx, deskAt(bought, "", ""), "B-1", "B-3")
	wantCode(t, err, fault.Conflict, "B-1")
	s.waitRefunds(b)
	s.wantClean(b)
}

// TestAChildsTicketKeepsItsPriceType where the new seat has it, and is moved to the normal
// price where that is not higher.
func TestAChildsTicketKeepsItsPriceType(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	b := s.node(nil)
	s.priced(b)
	fan := s.fan()
	if _, err := b.HoldTyped(s.ctx, s.season, fan, []string{"A-1"}, map[string]string{"A-1": "child"}); err != nil {
		t.Fatal(err)
	}
	bought, err := b.Buy(s.ctx, s.request(fan, "k", "tok_ok", "A-1"))
	wantStatus(t, bought, err, Completed)
	_, err = b.MoveFor(s.ctx, deskAt(bought, "", ""), "A-1", "B-1") // costs 3000, and a child paid 2250
	wantCode(t, err, fault.Conflict, "B-1")
	got, err := b.MoveFor(s.ctx, deskAt(bought, "", ""), "A-1", "A-2")
	wantStatus(t, got.Transaction, err, Completed)
	if got.Refunded != 0 || got.Lines[0].Type != "child" || got.Tickets[0].Type != "child" || got.Tickets[0].Price != 2250 {
		t.Errorf("moved: %+v", got)
	}
	s.waitRefunds(b)
	s.wantClean(b)
}

// TestCrashBeforeEachStepOfAMove crashes the moving node before each step, and the
// recovering node before each of its own. Then another node recovers, and the desk asks
// again.
func TestCrashBeforeEachStepOfAMove(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	const most = 2 * 30
	s := newStage(t, "", most)
	text := "seatNumber,category,price\n"
	for i := 1; i <= most/2; i++ {
		text += fmt.Sprintf("A-%d,VIP,4500\nB-%d,Regular,3000\n", i, i)
	}
	mover, helper := &crash{}, &crash{}
	mortal := s.node(func(o *Options) { o.At = mover.at })
	second := s.node(func(o *Options) { o.At = helper.at })
	third := s.node(nil)
	if _, err := third.ImportPlan(s.ctx, s.season, strings.NewReader(text), "test"); err != nil {
		t.Fatal(err)
	}
	next := 0
	live := func(t *testing.T, step, later Step) map[Step]int {
		if next++; next > most/2 {
			t.Fatal("the plan has too few seats for so many crashes")
		}
		from, to := fmt.Sprintf("A-%d", next), fmt.Sprintf("B-%d", next)
		fan, bought := s.sell(third, from)
		mover.kill(step, 1)
		helper.kill(later, 1)
		_, _ = mortal.MoveFor(s.ctx, deskAt(bought, "k", "why"), from, to)
		s.waitRefunds(mortal)
		taken, died := mover.life()
		if died != (step != "") {
			t.Errorf("the node crashed: %v", died)
		}
		s.wantOneSeat(third, fan)
		s.recover(second)
		if _, died := helper.life(); died != (later != "") {
			t.Errorf("the recovering node crashed: %v", died)
		}
		s.recover(third)
		s.wantPending(0)
		got, err := third.MoveFor(s.ctx, deskAt(bought, "k", "why"), from, to)
		wantStatus(t, got.Transaction, err, Completed)
		s.waitRefunds(third)
		s.wantHeld(bought.ID, 3000)
		s.wantSeat(from, Available)
		s.wantSeat(to, Booked)
		valid, void := s.codes(third, fan)
		s.wantScan(third, void[from], Void)
		s.wantScan(third, valid[to], Admitted)
		if rows := s.rows(third, "move"); len(rows) != next {
			t.Errorf("%d moves are in the audit log, want %d", len(rows), next)
		}
		return taken
	}
	path := live(t, "", "")
	for _, step := range MoveSteps() {
		if path[step] == 0 {
			t.Errorf("no move reached step %s: this test does not cover it", step)
		}
		t.Run("crash before "+string(step), func(t *testing.T) { live(t, step, "") })
		t.Run("crash before the void, recovery before "+string(step), func(t *testing.T) { live(t, StepRefundVoid, step) })
	}
	s.wantClean(third)
}

// wantOneSeat fails if a fan of one seat has two valid tickets.
func (s *stage) wantOneSeat(b *Booking, fan string) {
	s.t.Helper()
	tickets, _, err := b.Tickets(s.ctx, fan, 200, "")
	if err != nil {
		s.t.Fatal(err)
	}
	admits := 0
	for _, one := range tickets {
		id, _ := bson.ObjectIDFromHex(one.ID)
		if _, effect, err := b.lastState(s.ctx, id); err != nil {
			s.t.Fatal(err)
		} else if effect == effectNone {
			admits++
		}
	}
	if admits > 1 {
		s.t.Errorf("the fan has %d tickets that admit, and paid for one seat", admits)
	}
}

// TestAMoveRacesOverTwoNodes: against another move to the same seat, a fan's refund, and a
// hold of the target. Exactly one of each pair wins, and the books agree.
func TestAMoveRacesOverTwoNodes(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		rounds := 3
		s := newStage(t, redisURL, 20)
		here, there := s.node(nil), s.node(nil)
		both := func(first, second func() error) (error, error) {
			var pair sync.WaitGroup
			var err1, err2 error
			begin := make(chan struct{})
			pair.Go(func() { <-begin; err1 = first() })
			pair.Go(func() { <-begin; err2 = second() })
			close(begin)
			pair.Wait()
			s.waitRefunds(here)
			s.waitRefunds(there)
			return err1, err2
		}
		move := func(b *Booking, bought Transaction, from, to string) func() error {
			return func() error {
				_, err := b.MoveFor(s.ctx, deskAt(bought, "", ""), from, to)
				return err
			}
		}
		expect := func(what string, err error, codes ...fault.Code) {
			t.Helper()
			if err != nil && !slices.Contains(codes, fault.CodeOf(err)) {
				t.Errorf("%s: %v", what, err)
			}
		}
		for range rounds {
			_, one := s.sell(here, "A-1")
			_, two := s.sell(there, "A-2")
			err1, err2 := both(move(here, one, "A-1", "A-3"), move(there, two, "A-2", "A-3"))
			if (err1 == nil) == (err2 == nil) {
				t.Errorf("two moves to one seat: %v and %v", err1, err2)
			}
			expect("a move", err1, fault.SeatTaken)
			expect("a move", err2, fault.SeatTaken)
			s.wantClean(here)
			for _, bought := range []Transaction{one, two} {
				_, err := both(func() error {
					_, err := here.Refund(s.ctx, bought.User, bought.ID, nil)
					return err
				}, move(there, bought, bought.Seats[0], "A-4"))
				expect("a move against a refund", err, fault.Conflict, fault.UnknownSeat)
				if _, err := here.RefundFor(s.ctx, deskAt(bought, "", ""), nil); err != nil {
					t.Error(err)
				}
				s.waitRefunds(here)
				s.wantHeld(bought.ID, 0)
			}
			_, three := s.sell(here, "A-5")
			fan := s.fan()
			err1, err2 = both(move(here, three, "A-5", "A-6"), func() error {
				_, err := there.Hold(s.ctx, s.season, fan, []string{"A-6"})
				return err
			})
			if (err1 == nil) == (err2 == nil) {
				t.Errorf("a move against a hold: %v and %v", err1, err2)
			}
			expect("a move against a hold", err1, fault.SeatTaken)
			expect("a hold", err2, fault.SeatTaken)
			if _, err := there.Release(s.ctx, s.season, fan, nil); err != nil {
				t.Error(err)
			}
			if _, err := here.RefundFor(s.ctx, deskAt(three, "", ""), nil); err != nil {
				t.Error(err)
			}
			s.waitRefunds(here)
			s.wantClean(there)
		}
	})
}

// TestAMoveIsAbandonedWhenTheTicketIsUsedFirst: the guest is admitted to the old seat, and
// the new one is on sale again.
func TestAMoveIsAbandonedWhenTheTicketIsUsedFirst(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 4)
	b := s.node(nil)
	var code string
	desk := s.node(func(o *Options) {
		o.At = func(step Step, _ string) error {
			if step == StepRefundDecide {
				s.wantScan(b, code, Admitted)
			}
			return nil
		}
	})
	_, bought := s.sell(b, "A-1")
	code = bought.Tickets[0].QRCode
	_, err := desk.MoveFor(s.ctx, deskAt(bought, "", ""), "A-1", "A-2")
	wantCode(t, err, fault.Conflict, "A-1")
	s.waitRefunds(desk)
	s.wantPending(0)
	s.wantSeat("A-2", Available)
	s.wantClean(b)
	s.sell(b, "A-2")
	s.wantClean(b)
}

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
	set := func(collection string, id any, field string, value any) func(bool) error {
		var was any
		return func(undo bool) error {
			c := s.stores.Mongo.Collection(collection)
			if !undo {
				var d bson.M
				if err := c.FindOne(s.ctx, store.ByID(id)).Decode(&d); err != nil {
					return err
				}
				was = d[field]
			} else {
				value = was
			}
			_, err := c.UpdateOne(s.ctx, store.ByID(id), bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: value}}}})
			return err
		}
	}
	drop := func(collection string, id any) func(bool) error {
		var was bson.D
		return func(undo bool) error {
			c := s.stores.Mongo.Collection(collection)
			if undo {
				_, err := c.InsertOne(s.ctx, was)
				return err
			}
			if err := c.FindOne(s.ctx, store.ByID(id)).Decode(&was); err != nil {
				return err
			}
			_, err := c.DeleteOne(s.ctx, store.ByID(id))
			return err
		}
	}
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
		if err := c.wrong(false); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		found, err := b.Audit(s.ctx, s.season, AuditOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(found.Findings, func(f Finding) bool { return strings.Contains(f.Sentence, c.says) }) {
			t.Errorf("%s: the audit found %v, want %q", c.name, found.Findings, c.says)
		}
		if err := c.wrong(true); err != nil {
			t.Fatal(err)
		}
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
