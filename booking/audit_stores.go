package booking

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/seatmap"
	"usher/booking/seats"
	"usher/internal/store"
)

// auditMoney checks that the provider holds the money of captured orders less their
// refunds, and no other money.
func (b *Booking) auditMoney(ctx context.Context, a *audit) error {
	refundedAmounts := map[bson.ObjectID]int64{}
	for i := range a.refunds {
		r := &a.refunds[i]
		if a.decisions[r.ID].voids() {
			refundedAmounts[r.Transaction] += r.Amount
		}
	}
	for i := range a.orders {
		o := &a.orders[i]
		d := a.decisions[o.ID]
		if err := b.auditPage(ctx, a, o); err != nil {
			return err
		}
		if o.Total == 0 && o.Desk == nil || d == nil || a.pending[o.ID] {
			continue
		}
		held, err := b.provider(o.Season).Held(ctx, o.ID.Hex())
		if err != nil {
			return err
		}
		a.checked.Charges++
		a.o.Progress("charges", a.checked.Charges)
		owed := int64(0)
		if d.Outcome == captured && o.atProvider() {
			owed = o.Total - refundedAmounts[o.ID]
		}
		if held != owed {
			a.report("transaction %s is %s with %d refunded, but the provider holds %d of its %d", o.ID.Hex(), d.Outcome, refundedAmounts[o.ID], held, o.Total)
		}
	}
	return nil
}

// auditSeats checks that a seat's status is booked if and only if the seat is sold.
func (b *Booking) auditSeats(ctx context.Context, a *audit, season string) error {
	type seat struct {
		ID         bson.ObjectID `bson:"_id"`
		SeatNumber string        `bson:"seatNumber"`
		Status     string        `bson:"status"`
	}
	rows, err := store.FindAll[seat](ctx, b.o.Mongo.Collection(seatsName), season)
	if err != nil {
		return err
	}
	last := map[bson.ObjectID]int{}
	moving := map[bson.ObjectID]bool{}
	for i := range a.claims {
		c := &a.claims[i]
		last[c.Seat] = max(last[c.Seat], c.Generation)
		moving[c.Seat] = moving[c.Seat] || a.pending[c.Transaction]
	}
	for _, s := range rows {
		if moving[s.ID] {
			continue
		}
		// The number of claims changes the sentence if the seat was sold again between
		// the two checks, so the second check does not confirm the first.
		state := a.seats[s.ID]
		if state.sold() != (s.Status == Booked) {
			a.report("seat %s is shown as %s; sold: %v (after %d claims)", s.SeatNumber, s.Status, state.sold(), last[s.ID])
		}
		if in := state.allotment(); in != nil && s.Status != Unavailable {
			a.report("seat %s is shown as %s, but it is in the allotment %q (after %d claims)", s.SeatNumber, s.Status, in.Name, last[s.ID])
		}
	}
	return nil
}

// auditMarks checks that Redis marks exactly the claimed seats, each for the order that
// claimed it.
func (b *Booking) auditMarks(ctx context.Context, a *audit, season string) error {
	if err := b.seats.EpochIsOpen(ctx, season); err != nil {
		return err
	}
	marks := map[string]string{}
	err := b.seats.Marks(ctx, season, func(index, mark string) error { marks[index] = mark; return nil })
	if err != nil {
		return err
	}
	booked, err := b.seats.Booked(ctx, season)
	if err != nil {
		return err
	}
	b.auditBooked(a, booked)
	if err := b.auditBought(ctx, a, season, marks); err != nil {
		return err
	}
	explained, expected := map[string]bool{}, map[string]string{}
	for _, state := range a.seats {
		c := state.last
		index := strconv.Itoa(c.Index)
		if a.pending[c.Transaction] {
			explained[index] = true
			continue
		}
		mark, is := state.mark()
		if !is {
			continue
		}
		explained[index], expected[index] = true, mark.Transaction+" "+mark.User
		if marks[index] == expected[index] {
			continue
		}
		if in := state.allotment(); in != nil {
			a.report("seat %s is in the allotment %q by change %s, but Redis marks it %q", c.SeatNumber, in.Name, in.Change.Hex(), marks[index])
		} else {
			a.report("seat %s belongs to transaction %s, but Redis marks it %q", c.SeatNumber, c.Transaction.Hex(), marks[index])
		}
	}
	for i := range a.claims {
		c := &a.claims[i]
		index, mine := strconv.Itoa(c.Index), c.Transaction.Hex()+" "+c.User.Hex()
		if c.Change {
			mine = c.Transaction.Hex() + " " + seats.AllotmentUser
		}
		if a.pending[c.Transaction] || a.pending[a.seats[c.Seat].last.Transaction] || marks[index] != mine || expected[index] == mine {
			continue
		}
		explained[index] = true
		if c.Change {
			a.report("seat %s is marked allotted by change %s, but it is not in an allotment by that", c.SeatNumber, c.Transaction.Hex())
		} else {
			a.report("seat %s is marked taken by transaction %s, which is cancelled or refunded for the seat", c.SeatNumber, c.Transaction.Hex())
		}
	}
	a.explainReserved(explained)
	for index, mark := range marks {
		change, _, _ := strings.Cut(mark, " ")
		if id, err := bson.ObjectIDFromHex(change); !explained[index] && !a.moving[index] && (err != nil || !a.pending[id]) {
			a.report("the seat with index %s is marked taken (%s) without a claim", index, mark)
		}
	}
	return nil
}

// auditSeatsPerCall bounds how long one call of audit.lua keeps Redis busy: about ten
// commands a seat, one or two milliseconds in all.
const auditSeatsPerCall = 100

// auditHolds compares what Redis stores for each seat of the plan and for each cart, each
// at one moment. Then auditHolds searches for keys that belong to no seat and no cart.
func (b *Booking) auditHolds(ctx context.Context, a *audit, season string) error {
	current, err := b.reloadPlan(ctx, season)
	if err != nil {
		return err
	}
	if err := b.auditPlan(ctx, a, season, current.Plan); err != nil {
		return err
	}
	if err := b.auditAtOnce(ctx, a, season, nil, nil); err != nil {
		return err
	}
	for part := range slices.Chunk(current.Seats, auditSeatsPerCall) {
		pairs := make([]any, 0, 2*len(part))
		for i := range part {
			pairs = append(pairs, part[i].Number, part[i].Index)
		}
		if err := b.auditAtOnce(ctx, a, season, pairs, nil); err != nil {
			return err
		}
		a.checked.Seats += len(part)
		a.o.Progress("seats in Redis", a.checked.Seats)
	}
	users, err := b.seats.CartUsers(ctx, season)
	if err != nil {
		return err
	}
	plan := current.Plan
	if err := b.auditOrphans(ctx, a, season, plan, users); err != nil {
		return err
	}
	carts := make([]any, 0, len(users))
	for user := range users {
		carts = append(carts, user)
	}
	a.checked.Carts = len(carts)
	for part := range slices.Chunk(carts, auditSeatsPerCall) {
		if err := b.auditAtOnce(ctx, a, season, nil, part); err != nil {
			return err
		}
	}
	return nil
}

// auditPlan checks that Redis describes the plan in force as MongoDB stores it: the queue
// admits no fan while no seat is free, and counts the seats by this description. A plan
// that is published between the reads changes the sentence, so the second check does not
// confirm the first.
func (b *Booking) auditPlan(ctx context.Context, a *audit, season string, plan *Plan) error {
	says, err := b.seats.Describe(ctx, season)
	if err != nil {
		return err
	}
	offSale := string(plan.OffSale())
	version, seats, forSale := strconv.FormatInt(plan.Version, 10), strconv.Itoa(len(plan.Seats)), strconv.Itoa(len(plan.Seats)-seatmap.CountBits(offSale))
	if plan.Version == 0 && says.Version == "" {
		return nil // the season has no plan yet
	}
	a.invariant = 4
	defer func() { a.invariant = 1 }()
	if says.Version != version {
		a.report("Redis sells by version %q of the seat plan, but version %s is in force", says.Version, version)
		return nil
	}
	for _, field := range []struct{ name, redis, mongo string }{
		{"describes", says.Describes, version},
		{"seats", says.Seats, seats},
		{"forSale", says.ForSale, forSale},
	} {
		if field.redis != field.mongo {
			a.report("Redis describes version %s of the seat plan by %s %q, but it should be %s", version, field.name, field.redis, field.mongo)
		}
	}
	if strings.TrimRight(says.OffSale, "\x00") != strings.TrimRight(offSale, "\x00") {
		a.report("Redis does not describe the seats of version %s that are not for sale: it has the bits %x, but they should be %x", version, says.OffSale, offSale)
	}
	return nil
}

// auditAtOnce runs audit.lua over seats or carts; without any, over the whole season.
func (b *Booking) auditAtOnce(ctx context.Context, a *audit, season string, seats, carts []any) error {
	args := append([]any{len(seats) / 2}, seats...)
	held, sentences, err := b.seats.Audit(ctx, season, append(args, carts...))
	if err != nil {
		return err
	}
	a.checked.Held += held
	for _, sentence := range sentences {
		a.report("%s", sentence)
	}
	return nil
}

// auditOrphans reports holds of seats that the plan does not have, and adds the carts that
// exist to those that the season lists. The keys of Redis are scanned in small portions, so
// that a large database is not blocked.
func (b *Booking) auditOrphans(ctx context.Context, a *audit, season string, plan *Plan, carts map[string]bool) error {
	return b.seats.Walk(ctx, season, func(seat string) {
		if _, known := plan.ByName[seat]; !known {
			a.report("Redis holds seat %q, which the plan does not have", seat)
		}
	}, func(user string) { carts[user] = true })
}

// auditBooked checks that Redis shows each paid seat as sold. booked was read after the
// claims.
func (b *Booking) auditBooked(a *audit, booked string) {
	for i := range a.claims {
		c := &a.claims[i]
		if a.pending[c.Transaction] || !a.stateBy(c).sold() {
			continue
		}
		if c.Index/8 >= len(booked) || booked[c.Index/8]&(1<<(7-c.Index%8)) == 0 {
			a.report("seat %s is sold by transaction %s, but Redis does not show it as sold", c.SeatNumber, c.Transaction.Hex())
		}
	}
}

// auditBought checks that as many seats count against a user's limit as are marked for the
// user. marks and counts are read one after the other. The sentence contains the user's
// marks, so a purchase between the two checks changes the sentence and the finding is
// dropped.
func (b *Booking) auditBought(ctx context.Context, a *audit, season string, marks map[string]string) error {
	counts, err := b.seats.Bought(ctx, season)
	if err != nil {
		return err
	}
	indexes := map[string][]string{}
	for index, mark := range marks {
		_, user, _ := strings.Cut(mark, " ")
		indexes[user] = append(indexes[user], index+"/"+mark)
	}
	for user := range counts {
		if _, known := indexes[user]; !known {
			indexes[user] = nil
		}
	}
	for user, theirs := range indexes {
		if count, _ := strconv.Atoi(counts[user]); count != len(theirs) {
			slices.Sort(theirs)
			a.report("user %s counts as having bought %d seats, but %d are marked so: %v", user, count, len(theirs), theirs)
		}
	}
	return nil
}
