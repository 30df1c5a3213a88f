package booking

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/keys"
	"usher/internal/store"
	"usher/internal/ticket"
)

// auditAgain is the pause before an audit checks its findings a second time: an order in
// progress looks inconsistent for a moment.
const auditAgain = 500 * time.Millisecond

// Finding is an invariant of ARCHITECTURE.md that does not hold.
type Finding struct {
	Invariant int    `json:"invariant"`
	Sentence  string `json:"sentence"`
}

// AuditOptions configures an audit. The zero value is valid.
type AuditOptions struct {
	Keys     *keys.Public                // the keys that tickets must be signed with; nil: signatures are not checked
	Progress func(what string, done int) // receives the progress; nil: no progress is reported
}

// AuditCounts says how much an audit has checked.
type AuditCounts struct {
	Seats, Held, Carts                              int // in Redis
	Transactions, Claims, Tickets, Refunds, Charges int
	Signatures                                      int // of tickets
}

// AuditReport is the result of an audit.
type AuditReport struct {
	Checked  AuditCounts
	Findings []Finding
}

// Audit checks invariants 1–3 of ARCHITECTURE.md for a season, over MongoDB, the provider
// and Redis; and of invariant 4 that Redis describes the seat plan in force as MongoDB
// stores it, because the queue counts the free seats by that. A finding is reported only if a second check finds it again. An audit may run
// during a sale: it reads documents without a lock, and of Redis a few hundred seats per
// call.
func (b *Booking) Audit(ctx context.Context, season string, o AuditOptions) (AuditReport, error) {
	if o.Progress == nil {
		o.Progress = func(string, int) {}
	}
	first, err := b.auditOnce(ctx, season, o)
	if err != nil {
		return AuditReport{}, store.Fault(err)
	}
	report := AuditReport{Checked: first.checked}
	if len(first.findings) == 0 {
		return report, nil
	}
	o.Progress("findings checked again", len(first.findings))
	timer := time.NewTimer(auditAgain)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return AuditReport{}, store.Fault(ctx.Err())
	}
	second, err := b.auditOnce(ctx, season, o)
	if err != nil {
		return AuditReport{}, store.Fault(err)
	}
	for _, v := range first.findings {
		if slices.Contains(second.findings, v) && !slices.Contains(report.Findings, v) {
			report.Findings = append(report.Findings, v)
		}
	}
	return report, nil
}

// audit is one check of a season.
type audit struct {
	claims    []claim
	decisions map[bson.ObjectID]*decision
	orders    []order
	tickets   []storedTicket
	states    map[bson.ObjectID]*ticketState // ticket → its last state
	refunds   []refund
	returned  map[bson.ObjectID]bool // tickets of decided refunds and moves
	reserving []order                // sales at the desk in flight
	changes   []allotmentChange
	seats     map[bson.ObjectID]seatState // of seats that have claims
	pending   map[bson.ObjectID]bool      // orders, refunds and changes in flight: not checked
	moving    map[string]bool             // indexes of the seats to which moves in flight go

	o         AuditOptions
	checked   AuditCounts
	invariant int // the one that is being checked
	findings  []Finding
}

// effect returns the effect of a ticket's last state.
func (a *audit) effect(ticket bson.ObjectID) ticketEffect {
	last := a.states[ticket]
	if last == nil || last.Refund == nil {
		return effectOf(last, nil)
	}
	return effectOf(last, a.decisions[*last.Refund])
}

// stateBy returns what a claim says of its seat, if it is the seat's last one.
func (a *audit) stateBy(c *claim) seatState {
	return seatState{last: c, decision: a.decisions[c.Transaction], refunded: a.effect(ticketIDOf(c.Transaction, c.Seat)) == effectRefunded}
}

func (a *audit) report(format string, args ...any) {
	a.findings = append(a.findings, Finding{a.invariant, fmt.Sprintf(format, args...)})
}

func (b *Booking) auditOnce(ctx context.Context, season string, o AuditOptions) (*audit, error) {
	a, err := b.readAudit(ctx, season)
	if err != nil {
		return nil, err
	}
	a.o = o
	a.invariant = 1
	a.claimsOfSeats()
	a.allotmentChanges()
	if err := b.auditHolds(ctx, a, season); err != nil {
		return nil, err
	}
	if err := b.auditMarks(ctx, a, season); err != nil {
		return nil, err
	}
	a.invariant = 2
	a.returned = map[bson.ObjectID]bool{}
	for i := range a.refunds {
		if r := &a.refunds[i]; a.decisions[r.ID].voids() {
			for j := range r.Seats {
				a.returned[r.ticket(j)] = true
			}
		}
	}
	a.ordersAndTickets()
	if err := b.auditPrices(ctx, a, season); err != nil {
		return nil, err
	}
	if err := b.auditDesk(ctx, a, season); err != nil {
		return nil, err
	}
	if err := b.auditOffice(ctx, a, season); err != nil {
		return nil, err
	}
	a.moves()
	a.refundsAndStates()
	if err := b.auditCancelled(ctx, a, season); err != nil {
		return nil, err
	}
	a.signatures()
	if err := b.auditSeats(ctx, a, season); err != nil {
		return nil, err
	}
	if err := b.auditMoney(ctx, a); err != nil {
		return nil, err
	}
	a.invariant = 3
	a.keys()
	return a, nil
}

// readAudit reads the entries in pending before and after all other documents, so that an
// order that begins or ends between the reads is left out.
func (b *Booking) readAudit(ctx context.Context, season string) (*audit, error) {
	a := &audit{pending: map[bson.ObjectID]bool{}, moving: map[string]bool{}}
	db := b.o.Mongo
	readPending := func() error {
		entries, err := store.FindAll[pendingEntry](ctx, db.Collection(pendingName), season)
		for i := range entries {
			a.pending[entries[i].ID] = true
			a.pending[entries[i].Order.ID] = true
			if entries[i].Order.Desk != nil {
				a.reserving = append(a.reserving, entries[i].Order)
			}
			if r := entries[i].Refund; r != nil && r.Move != nil {
				a.moving[strconv.Itoa(r.Move.Line.Index)] = true
			}
		}
		return err
	}
	if err := readPending(); err != nil {
		return nil, err
	}
	var err error
	if a.changes, err = store.FindAll[allotmentChange](ctx, db.Collection(allotmentChangesName), season); err != nil {
		return nil, err
	}
	for i := range a.changes {
		if !a.changes[i].Settled {
			a.pending[a.changes[i].ID] = true
		}
	}
	if a.claims, err = store.FindAll[claim](ctx, db.Collection(claimsName), season); err != nil {
		return nil, err
	}
	states, err := store.FindAll[ticketState](ctx, db.Collection(checkinsName), season)
	if err != nil {
		return nil, err
	}
	a.states = lastStates(states)
	if a.refunds, err = store.FindAll[refund](ctx, db.Collection(refundsName), season); err != nil {
		return nil, err
	}
	if a.decisions, err = b.decisionsOf(ctx, season); err != nil {
		return nil, err
	}
	if a.tickets, err = store.FindAll[storedTicket](ctx, db.Collection(ticketsName), season); err != nil {
		return nil, err
	}
	if a.orders, err = store.FindAll[order](ctx, db.Collection(transactionsName), season); err != nil {
		return nil, err
	}
	a.checked = AuditCounts{Transactions: len(a.orders), Claims: len(a.claims), Tickets: len(a.tickets), Refunds: len(a.refunds)}
	return a, readPending()
}

// ordersAndTickets checks that an order is captured if and only if it is completed and
// every ticket is issued.
func (a *audit) ordersAndTickets() {
	tickets := map[bson.ObjectID]*storedTicket{}
	valid := map[bson.ObjectID]*storedTicket{}
	for i := range a.tickets {
		t := &a.tickets[i]
		tickets[t.ID] = t
		if d := a.decisions[t.Transaction]; d == nil || d.Outcome != captured {
			a.report("ticket %s for seat %s exists although transaction %s is not captured", t.ID.Hex(), t.SeatNumber, t.Transaction.Hex())
		}
		if t.Status != ticketValid {
			continue
		}
		if other := valid[t.Seat]; other != nil {
			a.findings = append(a.findings, Finding{1, fmt.Sprintf("seat %s has two valid tickets, %s and %s", t.SeatNumber, other.ID.Hex(), t.ID.Hex())})
		}
		valid[t.Seat] = t
	}
	of := map[bson.ObjectID]bool{} // the tickets that belong to a seat of an order
	claimed := map[bson.ObjectID]map[bson.ObjectID]bool{}
	for i := range a.claims {
		c := &a.claims[i]
		if claimed[c.Transaction] == nil {
			claimed[c.Transaction] = map[bson.ObjectID]bool{}
		}
		claimed[c.Transaction][c.Seat] = true
	}
	for i := range a.orders {
		o := &a.orders[i]
		d := a.decisions[o.ID]
		if a.pending[o.ID] {
			continue
		}
		for _, p := range o.places() {
			of[p.ticket()] = true
		}
		id := o.ID.Hex()
		if d == nil {
			a.report("transaction %s is %s without a decision and without an entry in pending", id, o.Status)
			continue
		}
		if d.Outcome == cancelled {
			if o.Status != Cancelled {
				a.report("transaction %s is %s although its decision is cancelled", id, o.Status)
			}
			continue
		}
		if want := a.shownStatus(o); o.Status != want {
			a.report("transaction %s is %s although its money is captured and it should be %s", id, o.Status, want)
		}
		for _, p := range o.places() {
			if tickets[p.ticket()] == nil {
				a.report("transaction %s is captured and has no ticket for seat %s", id, p.Line.SeatNumber)
			}
			if !claimed[p.Owner][p.Seat] {
				a.report("transaction %s is captured and has no claim on seat %s", id, p.Line.SeatNumber)
			}
		}
	}
	for i := range a.tickets {
		if t := &a.tickets[i]; !a.pending[t.Transaction] && !of[t.ID] {
			a.report("ticket %s for seat %s is of a seat that transaction %s does not have", t.ID.Hex(), t.SeatNumber, t.Transaction.Hex())
		}
	}
}

// keys checks that one idempotency key takes money at most once.
func (a *audit) keys() {
	type key struct {
		user bson.ObjectID
		key  string
	}
	paid := map[key]bson.ObjectID{}
	for i := range a.orders {
		o := &a.orders[i]
		if d := a.decisions[o.ID]; d == nil || d.Outcome != captured {
			continue
		}
		k := key{o.User, o.Key}
		if other, twice := paid[k]; twice {
			a.report("transactions %s and %s are both captured under one idempotency key", other.Hex(), o.ID.Hex())
		}
		paid[k] = o.ID
	}
}

// lastStates returns the last state of each ticket.
func lastStates(states []ticketState) map[bson.ObjectID]*ticketState {
	last := map[bson.ObjectID]*ticketState{}
	for i := range states {
		s := &states[i]
		if last[s.Ticket] == nil || last[s.Ticket].Generation < s.Generation {
			last[s.Ticket] = s
		}
	}
	return last
}

// shownStatus returns the status that a captured order must show.
func (a *audit) shownStatus(o *order) TransactionStatus {
	if o.returnedWhole(a.returned) {
		return Cancelled
	}
	return Completed
}

// refundsAndStates checks that a decided refund has voided each of its tickets and no used
// one, that no ticket is refunded twice, and that a ticket's status shows its last state.
func (a *audit) refundsAndStates() {
	paidBack := map[bson.ObjectID]*refund{} // ticket → the refund that returned its seat
	for i := range a.refunds {
		r := &a.refunds[i]
		if a.pending[r.ID] || a.pending[r.Transaction] {
			continue
		}
		d := a.decisions[r.ID]
		if d == nil {
			a.report("refund %s of transaction %s has no decision and no entry in pending", r.ID.Hex(), r.Transaction.Hex())
			continue
		}
		for j := range r.Seats {
			last := a.states[r.ticket(j)]
			if other := paidBack[r.ticket(j)]; d.voids() && other != nil {
				a.report("%s returns seat %s, which %s has returned already", r.describe(), r.Lines[j].SeatNumber, other.describe())
			} else if d.voids() {
				paidBack[r.ticket(j)] = r
			}
			used := r.From.Cause == seasonCancelled && last != nil && last.Status == ticketUsed
			if d.voids() && !used && (last == nil || last.Refund == nil || *last.Refund != r.ID) {
				a.report("refund %s has refunded seat %s, but it did not void the seat's ticket", r.ID.Hex(), r.Lines[j].SeatNumber)
			}
		}
	}
	for i := range a.tickets {
		t := &a.tickets[i]
		if a.pending[t.Transaction] {
			continue
		}
		want := ticketValid
		switch a.effect(t.ID) {
		case effectRefunded:
			want = ticketVoid
		case effectUsed:
			want = ticketUsed
		}
		if t.Status != want {
			a.report("ticket %s for seat %s is shown as %s and should be %s", t.ID.Hex(), t.SeatNumber, t.Status, want)
		}
	}
}

// signatures checks that each ticket's code is signed by one of the keys and names that
// ticket.
func (a *audit) signatures() {
	if a.o.Keys == nil {
		return
	}
	for i := range a.tickets {
		t := &a.tickets[i]
		says, err := ticket.Verify(a.o.Keys, t.QRCode)
		a.checked.Signatures++
		a.o.Progress("signatures", a.checked.Signatures)
		switch {
		case err != nil:
			a.report("the code of ticket %s for seat %s cannot be verified: %v", t.ID.Hex(), t.SeatNumber, err)
		case says.ID != t.ID.Hex() || says.Season != t.Season || says.Seat != t.SeatNumber:
			a.report("the code of ticket %s for seat %s is of ticket %s for seat %s of season %s", t.ID.Hex(), t.SeatNumber, says.ID, says.Seat, says.Season)
		}
	}
}
