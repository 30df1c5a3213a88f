package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/booking/seats"
	"usher/internal/fault"
	"usher/internal/store"
)

const allotmentChangesName = "allotment_changes"

// allotmentChange is a change of allotments as stored.
type allotmentChange struct {
	ID      bson.ObjectID   `bson:"_id"`
	Season  string          `bson:"season"`
	By      string          `bson:"by"`
	At      time.Time       `bson:"at"`
	Plan    int64           `bson:"plan"`  // the version of the plan that the indexes are from
	Text    string          `bson:"seats"` // Lines as JSON: a store's cost grows with the number of values in a document
	Settled bool            `bson:"settled"`
	Lines   []allotmentLine `bson:"-"` // A-2 before A-10
}

// allotmentLine is one seat of a change.
type allotmentLine struct {
	Number string `json:"n"`
	Index  int    `json:"i"`
	To     string `json:"t"` // the name of the allotment; "": on sale

	from       *allotment // where the seat was; known once it is claimed
	generation int        // of the claim, in the process that claimed the seat
}

// The steps of a change of allotments. Claim occurs once per seat.
const (
	StepAllotBegin   Step = "allot-begin"   // the change
	StepAllotReserve Step = "allot-reserve" // taking seats off sale in Redis
	StepAllotClaim   Step = "allot-claim"   // a seat's claim
	StepAllotDecide  Step = "allot-decide"  // the decision
	StepAllotShow    Step = "allot-show"    // applied: the seats' status
	StepAllotMark    Step = "allot-mark"    // applied: the marks in Redis
	StepAllotRecord  Step = "allot-record"  // applied: the audit log and the feed
	StepAllotClear   Step = "allot-clear"   // cancelled: removing the marks from Redis
	StepAllotSettle  Step = "allot-settle"  // the change is settled
)

// AllotSteps lists every step of a change of allotments, so that a test can crash before
// each.
func AllotSteps() []Step {
	return []Step{
		StepAllotBegin, StepAllotReserve, StepAllotClaim, StepAllotDecide, StepAllotShow,
		StepAllotMark, StepAllotRecord, StepAllotClear, StepAllotSettle,
	}
}

// changing is a change of allotments in flight on this node. It outlives the request that
// began it.
type changing struct {
	b *Booking
	*allotmentChange
	kept []string // the seats that allot.lua left under the mark of another change
}

// change makes a change and waits for its end, or for the end of ctx; then its outcome is
// unknown to the caller.
func (p *purchases) change(ctx context.Context, c *allotmentChange) error {
	done := make(chan error, 1)
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return fault.New(fault.Draining, "this node is stopping; try again")
	}
	p.changes[c.ID] = true
	p.wg.Go(func() {
		ctx, cancel := context.WithTimeout(p.base, sagaTime)
		defer cancel()
		done <- (&changing{b: p.b, allotmentChange: c}).run(ctx)
		p.mu.Lock()
		delete(p.changes, c.ID)
		p.mu.Unlock()
	})
	p.mu.Unlock()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// isChanging reports whether a change is in flight on this node.
func (p *purchases) isChanging(id bson.ObjectID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changes[id]
}

// run runs the change. The error is why nothing was changed; a change that is applied is
// settled later if a step after the decision fails.
func (c *changing) run(ctx context.Context) error {
	d, cause := c.decide(ctx)
	if errors.Is(cause, errCrash) {
		return cause
	}
	if cause != nil {
		// The decision may have been inserted although its answer was lost: then it counts.
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), reinsertTime)
		defer cancel()
		var err error
		if d, err = c.insertDecision(within, cancelled, string(fault.CodeOf(store.Fault(cause)))); err != nil {
			c.b.log.WarnContext(ctx, "allotment: cancelling a change failed: recovery continues", "change", c.ID.Hex(), "error", err)
			return cause
		}
		ctx = within
	}
	if err := c.settle(ctx, d, false); err != nil {
		if errors.Is(err, errCrash) {
			return err
		}
		c.b.log.WarnContext(ctx, "allotment: settling a decided change failed: recovery continues", "change", c.ID.Hex(), "outcome", d.Outcome, "error", err)
	}
	if d.Outcome == applied {
		return nil
	}
	if cause == nil {
		cause = fault.New(fault.Unavailable, "the change took too long and was undone; try again")
	}
	var taken *takenError
	if errors.As(cause, &taken) {
		c.b.markForOwner(ctx, c.Season, taken)
		return seats.ErrNotFree([]string{taken.number})
	}
	if errors.Is(cause, seats.ErrEnded) {
		return fault.New(fault.Unavailable, "the change took too long and was undone; try again")
	}
	return cause
}

// decide runs the steps up to the decision.
func (c *changing) decide(ctx context.Context) (*decision, error) {
	err := c.step(ctx, StepAllotBegin, func(ctx context.Context) error {
		stored := *c.allotmentChange
		text, err := json.Marshal(c.Lines)
		if err != nil {
			return err
		}
		stored.Text = string(text)
		_, err = c.b.o.Mongo.Collection(allotmentChangesName).InsertOne(ctx, stored)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = c.step(ctx, StepAllotReserve, func(ctx context.Context) (err error) {
		c.kept, err = c.b.seats.Allot(ctx, c.seatsChange(), c.toAllot())
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := c.claim(ctx); err != nil {
		return nil, err
	}
	var d *decision
	err = c.step(ctx, StepAllotDecide, func(ctx context.Context) (err error) {
		d, err = c.insertDecision(ctx, applied, "")
		return err
	})
	return d, err
}

func (c *changing) insertDecision(ctx context.Context, outcome decisionOutcome, reason string) (*decision, error) {
	return c.b.insertDecision(ctx, decision{ID: c.ID, Season: c.Season, Outcome: outcome, Reason: reason, At: store.NowMilli()})
}

// claim inserts the claims of the seats. The error is a *takenError when an order, or
// another change, has a claim on a seat; a *movedError when another change has put a seat on
// sale that this change has not taken off sale.
func (c *changing) claim(ctx context.Context) error {
	ids := make([]bson.ObjectID, len(c.Lines))
	for i, l := range c.Lines {
		ids[i] = seatID(c.Season, l.Number)
	}
	for left := ids; ; {
		states, err := c.b.readStates(ctx, c.Season, left)
		if err != nil {
			return err
		}
		var claims []claim
		for i := range c.Lines {
			l, state := &c.Lines[i], states[ids[i]]
			if i < len(ids)-len(left) || state.last != nil && state.last.Transaction == c.ID {
				continue
			}
			in := state.allotment()
			switch {
			case in == nil && !state.free():
				return &takenError{number: l.Number, state: state}
			case in == nil && (l.To == "" || slices.Contains(c.kept, l.Number)):
				return &movedError{number: l.Number}
			}
			next := claim{
				Seat: ids[i], Generation: 1, Season: c.Season, SeatNumber: l.Number, Index: l.Index,
				Transaction: c.ID, Change: true, Allotment: l.To, From: in,
			}
			if state.last != nil {
				next.Generation = state.last.Generation + 1
			}
			next.ID = claimID(next.Seat, next.Generation)
			l.from, l.generation = in, next.Generation
			claims = append(claims, next)
		}
		for i := range claims {
			if err := c.b.atID(StepAllotClaim, c.ID); err != nil {
				_, broken := store.InsertInOrder(ctx, c.b.o.Mongo.Collection(claimsName), claims[:i])
				return errors.Join(err, broken)
			}
		}
		done, err := store.InsertInOrder(ctx, c.b.o.Mongo.Collection(claimsName), claims)
		if err != nil || done == len(claims) {
			return err
		}
		// Another claim was first: it decides again about this seat and those after it.
		left = ids[slices.Index(ids, claims[done].Seat):]
	}
}

// settle shows a decided change. late says that the seats may have moved on since. It may
// run twice and on any node.
func (c *changing) settle(ctx context.Context, d *decision, late bool) error {
	if d.Outcome != applied {
		err := c.step(ctx, StepAllotClear, func(ctx context.Context) error {
			indexes := make([]int, len(c.Lines))
			for i, l := range c.Lines {
				indexes[i] = l.Index
			}
			return c.b.seats.Withdraw(ctx, c.Season, c.ID.Hex(), true, indexes)
		})
		if err != nil {
			return err
		}
		return c.finish(ctx)
	}
	if err := c.step(ctx, StepAllotShow, func(ctx context.Context) error { return c.showSeats(ctx, late) }); err != nil {
		return err
	}
	if err := c.step(ctx, StepAllotMark, c.handOver); err != nil {
		return err
	}
	if err := c.step(ctx, StepAllotRecord, func(ctx context.Context) error { return c.record(ctx, d) }); err != nil {
		return err
	}
	return c.finish(ctx)
}

func (c *changing) finish(ctx context.Context) error {
	return c.step(ctx, StepAllotSettle, func(ctx context.Context) error {
		_, err := c.b.o.Mongo.Collection(allotmentChangesName).UpdateOne(ctx, store.ByID(c.ID), bson.D{{Key: "$set", Value: bson.D{{Key: "settled", Value: true}}}})
		return err
	})
}

// showSeats writes the seats' status, a projection. Before the seats are handed over in
// Redis no fan can buy one, so all may be written at once; late, each is written by its
// last claim. Where this process was so slow that another node has settled the change, a
// seat may have a newer claim already: it is written by that.
func (c *changing) showSeats(ctx context.Context, late bool) error {
	if late {
		for _, l := range c.Lines {
			if err := c.b.showSeat(ctx, c.Season, l.Number); err != nil {
				return err
			}
		}
		return nil
	}
	plan, err := c.b.plan(ctx, c.Season)
	if err != nil {
		return err
	}
	decided := &decision{Outcome: applied}
	writes := make([]mongo.WriteModel, len(c.Lines))
	for i, l := range c.Lines {
		status := seatState{last: &claim{Change: true, Allotment: l.To}, decision: decided}.shown(plan, l.Number)
		writes[i] = mongo.NewUpdateOneModel().SetFilter(store.ByID(seatID(c.Season, l.Number))).
			SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "status", Value: status}}}})
	}
	for some := range slices.Chunk(writes, seatsBatch) {
		if _, err := c.b.o.Mongo.Collection(seatsName).BulkWrite(ctx, some, options.BulkWrite().SetOrdered(false)); err != nil {
			return err
		}
	}
	newer := make([]string, len(c.Lines))
	for i, l := range c.Lines {
		newer[i] = claimID(seatID(c.Season, l.Number), l.generation+1)
	}
	for some := range slices.Chunk(newer, seatsBatch) {
		claims, err := findClaims(ctx, c.b, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: some}}}})
		if err != nil {
			return err
		}
		for i := range claims {
			if err := c.b.showSeat(ctx, c.Season, claims[i].SeatNumber); err != nil {
				return err
			}
		}
	}
	return nil
}

// handOver marks the seats in Redis as decided, and frees those that go on sale.
func (c *changing) handOver(ctx context.Context) error {
	moved, byIndex := make([]seats.Moved, len(c.Lines)), map[int]string{}
	for i, l := range c.Lines {
		moved[i] = seats.Moved{Ref: seats.Ref{Number: l.Number, Index: l.Index}, OnSale: l.To == ""}
		if l.from != nil {
			moved[i].From = l.from.Change.Hex()
		}
		byIndex[l.Index] = l.Number
	}
	for attempt := 0; ; attempt++ {
		others, err := c.b.seats.HandOver(ctx, c.Season, c.ID.Hex(), seats.AllotmentUser, moved)
		if err != nil || len(others) == 0 {
			return err
		}
		for _, other := range others {
			if attempt == 0 {
				if _, err := c.b.clearStale(ctx, c.Season, other.Index, other.Mark); err != nil {
					return err
				}
				continue
			}
			// A mark that remains is right when the seat has left this change since.
			number, err := numberAt(byIndex, other.Index)
			if err != nil {
				return err
			}
			state, err := c.b.readSeat(ctx, seatID(c.Season, number))
			if err != nil {
				return err
			}
			if in := state.allotment(); in != nil && in.Change == c.ID {
				return fmt.Errorf("booking: seats of the allotment change %s carry marks of other transactions: %v", c.ID.Hex(), others)
			}
		}
		if attempt > 0 {
			return nil
		}
	}
}

func (c *allotmentChange) seatsChange() seats.Change {
	return seats.Change{Season: c.Season, ID: c.ID.Hex(), Plan: c.Plan}
}

// toAllot returns the seats that go into an allotment.
func (c *allotmentChange) toAllot() []seats.Ref {
	var refs []seats.Ref
	for _, l := range c.Lines {
		if l.To != "" {
			refs = append(refs, seats.Ref{Number: l.Number, Index: l.Index})
		}
	}
	return refs
}

func (c *changing) step(ctx context.Context, step Step, do func(context.Context) error) error {
	if err := c.b.atID(step, c.ID); err != nil {
		return err
	}
	return do(ctx)
}
