package booking

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/booking/seats"
	"usher/internal/store"
)

const (
	repairPoll  = time.Minute      // between two checks whether a season is due
	repairEvery = 15 * time.Minute // between two repairs of a season, over all nodes
)

// repairLoop repairs projections until ctx ends. A repair is rarely needed: when a node
// froze in the middle of settling, woke up after a refund, wrote an outdated status and
// died at once; or when Redis lost its last changes while no node watched. So the loop is
// slow, and one node repairs a season.
func (b *Booking) repairLoop(ctx context.Context) {
	timer := time.NewTimer(recoverEvery) // soon after the start: Redis may have lost data while no node ran
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		timer.Reset(repairPoll)
		if err := b.repairDue(ctx); err != nil && ctx.Err() == nil {
			b.log.WarnContext(ctx, "repair: checking the orders failed: the next round tries again", "error", err)
		}
	}
}

// repairDue repairs every season that no node has repaired for repairEvery.
func (b *Booking) repairDue(ctx context.Context) error {
	seasons, err := b.Seasons(ctx)
	if err != nil {
		return err
	}
	for _, season := range seasons {
		mine, err := b.o.Redis.SetNX(ctx, repairedKey(season.ID), b.o.Node, repairEvery).Result()
		if err != nil {
			return err
		}
		if !mine {
			continue
		}
		if err := b.repair(ctx, season.ID); err != nil {
			return err
		}
	}
	return nil
}

// repair compares the statuses of a season's orders and seats with their decisions, and
// writes those that differ. Orders in pending are left to recovery.
func (b *Booking) repair(ctx context.Context, season string) error {
	// Projections are read before decisions, and again before they are written: during a
	// sale a projection is behind its decision for a moment.
	orders, err := store.FindAll[order](ctx, b.o.Mongo.Collection(transactionsName), season)
	if err != nil {
		return err
	}
	shown, err := store.FindAll[seatRow](ctx, b.o.Mongo.Collection(seatsName), season)
	if err != nil {
		return err
	}
	pending, err := b.allPending(ctx)
	if err != nil {
		return err
	}
	claims, err := store.FindAll[claim](ctx, b.o.Mongo.Collection(claimsName), season)
	if err != nil {
		return err
	}
	decisions, err := b.decisionsOf(ctx, season)
	if err != nil {
		return err
	}
	refunds, err := store.FindAll[refund](ctx, b.o.Mongo.Collection(refundsName), season)
	if err != nil {
		return err
	}
	returned := map[bson.ObjectID]bool{}
	for i := range refunds {
		// Decisions were read before the refunds: a refund decided since is in pending.
		if r := &refunds[i]; decisions[r.ID].voids() {
			for j := range r.Seats {
				returned[r.ticket(j)] = true
			}
		}
	}
	busy := map[bson.ObjectID]bool{}
	for i := range pending {
		busy[pending[i].Order.ID] = true
	}
	var failed error
	for i := range orders {
		o := &orders[i]
		d := decisions[o.ID]
		if d == nil || busy[o.ID] || o.shows(d, returned) {
			continue
		}
		if o, err = b.findOrder(ctx, o.ID); err != nil || o == nil || o.shows(d, returned) {
			failed = errors.Join(failed, err)
			continue
		}
		b.log.WarnContext(ctx, "repair: a transaction's status differs from its decision: settling again",
			"transaction", o.ID.Hex(), "status", o.Status, "outcome", d.Outcome)
		if _, err := b.settleLate(ctx, o, d); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	states := statesOf(claims, decisions, returned)
	plan, err := b.plan(ctx, season)
	if err != nil {
		return err
	}
	for i := range shown {
		row := &shown[i]
		if index, known := plan.ByName[row.Number]; known && row.Plan <= plan.Version {
			// A node that was frozen during a change of the plan may have written the row
			// last.
			if want := seatRowOf(plan, &plan.Seats[index]); !row.shows(want) {
				_, err := b.o.Mongo.Collection(seatsName).BulkWrite(ctx, []mongo.WriteModel{rowUpdate(want)})
				failed = errors.Join(failed, err)
			}
		}
		if row.Status == states[row.ID].shown(plan, row.Number) {
			continue
		}
		now, err := store.Find[seatRow](ctx, b.o.Mongo.Collection(seatsName), row.ID)
		if err != nil || now == nil || now.Status != row.Status {
			failed = errors.Join(failed, err)
			continue
		}
		b.log.WarnContext(ctx, "repair: a seat's status differs from its claims: writing it again",
			"season", season, "seat", row.Number, "status", row.Status)
		failed = errors.Join(failed, b.showSeat(ctx, season, row.Number))
	}
	return errors.Join(failed, b.repairMarks(ctx, season, states))
}

// repairMarks marks sold and allotted seats that lack their mark in Redis, and removes the
// marks of allotments that seats have left. Nodes cannot notice that Redis lost its last
// changes while no node was running.
func (b *Booking) repairMarks(ctx context.Context, season string, states map[bson.ObjectID]seatState) error {
	var claims []seats.Claim
	for _, state := range states {
		if mark, is := state.mark(); is && state.decision != nil {
			claims = append(claims, mark)
		}
	}
	if err := b.repairAllotted(ctx, season); err != nil {
		return err
	}
	for part := range slices.Chunk(claims, seats.UsersPerCall) {
		unmarked, err := b.seats.Unmarked(ctx, season, part)
		if err != nil {
			return err
		}
		for _, c := range unmarked {
			b.log.WarnContext(ctx, "repair: a sold or allotted seat has no mark in Redis: marking it again",
				"season", season, "seat", c.SeatNumber, "transaction", c.Transaction)
		}
		if len(unmarked) == 0 {
			continue
		}
		if _, err := b.seats.Mark(ctx, season, unmarked...); err != nil {
			return err
		}
	}
	return nil
}

// shows reports whether an order's status is the one that its decision and its tickets
// give.
func (o *order) shows(d *decision, returned map[bson.ObjectID]bool) bool {
	if d.Outcome != captured {
		return o.Status == Cancelled && o.Reason == d.Reason
	}
	if !o.returnedWhole(returned) {
		return o.Status == Completed
	}
	return o.Status == Cancelled && o.Reason == reasonRefunded
}

// repairedKey exists while a season needs no repair.
func repairedKey(season string) string { return "repaired:{" + season + "}" }

const marksEvery = 30 * time.Second

// markCheck removes marks of released claims from the seats in Redis. A node that woke up
// late, or a rebuild that read a claim just before its release, may have left such a mark.
type markCheck struct {
	captured        map[string]bool             // orders known to be captured: only refunds free their seats
	refundDecisions map[bson.ObjectID]*decision // of refunds; final, so read once
}

func newMarkCheck() markCheck {
	return markCheck{captured: map[string]bool{}, refundDecisions: map[bson.ObjectID]*decision{}}
}

// run checks every season every marksEvery until ctx ends. The first check reads the
// decision of every marked order, so it runs beside recovery.
func (m *markCheck) run(ctx context.Context, b *Booking) {
	timer := time.NewTimer(recoverEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if err := m.runOnce(ctx, b); err != nil && ctx.Err() == nil {
			b.log.WarnContext(ctx, "repair: checking the marks failed: the next round tries again", "error", err)
		}
		timer.Reset(marksEvery)
	}
}

func (m *markCheck) runOnce(ctx context.Context, b *Booking) error {
	seasons, err := b.Seasons(ctx)
	if err != nil {
		return err
	}
	for _, season := range seasons {
		if err := m.check(ctx, b, season.ID); err != nil {
			return err
		}
	}
	return nil
}

// check clears a season's marks of released claims.
func (m *markCheck) check(ctx context.Context, b *Booking, season string) error {
	freed, err := m.refundedMarks(ctx, b, season)
	if err != nil {
		return err
	}
	return b.seats.Marks(ctx, season, func(index, mark string) error {
		text, _, _ := strings.Cut(mark, " ")
		if m.captured[text] && !freed[text+" "+index] {
			return nil
		}
		id, err := bson.ObjectIDFromHex(text)
		if err != nil {
			return nil //nolint:nilerr // no order has such an id, so the mark is not an order's
		}
		d, err := b.findDecision(ctx, id)
		if err != nil {
			return err
		}
		switch {
		case claimReleasedBy(d, freed[text+" "+index]):
			if _, err := b.clearStale(ctx, season, index, mark); err != nil {
				return err
			}
		case d != nil:
			m.captured[text] = true
		}
		return nil
	})
}

// refundedMarks returns "<transaction> <index>" of each seat that was refunded or moved away.
func (m *markCheck) refundedMarks(ctx context.Context, b *Booking, season string) (map[string]bool, error) {
	refunds, err := store.FindAll[refund](ctx, b.o.Mongo.Collection(refundsName), season)
	if err != nil {
		return nil, err
	}
	freed := map[string]bool{}
	for i := range refunds {
		r := &refunds[i]
		d := m.refundDecisions[r.ID]
		if d == nil {
			if d, err = b.findDecision(ctx, r.ID); err != nil {
				return nil, err
			}
			m.refundDecisions[r.ID] = d
		}
		if !d.voids() {
			continue
		}
		for j, l := range r.Lines {
			freed[r.owner(j).Hex()+" "+strconv.Itoa(l.Index)] = true
		}
	}
	return freed, nil
}
