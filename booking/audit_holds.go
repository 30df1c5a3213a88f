package booking

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// auditSeatsPerCall bounds how long one call of audit.lua keeps Redis: some ten
// commands a seat, a millisecond or two in all.
const auditSeatsPerCall = 100

// auditHolds compares what Redis says of each seat of the plan, and of each cart,
// at one moment each; then it looks for keys that belong to nothing.
func (b *Booking) auditHolds(ctx context.Context, a *audit, season string) error {
	held, err := b.reloadPlan(ctx, season)
	if err != nil {
		return err
	}
	if err := b.auditAtOnce(ctx, a, season, nil, nil); err != nil {
		return err
	}
	seats := held.Seats
	for part := range slices.Chunk(seats, auditSeatsPerCall) {
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
	plan := held.Plan
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

// auditAtOnce lets audit.lua judge seats, carts, or, given none, the whole.
func (b *Booking) auditAtOnce(ctx context.Context, a *audit, season string, seats, carts []any) error {
	args := append([]any{len(seats) / 2}, seats...)
	held, sentences, err := b.seats.Audit(ctx, season, append(args, carts...))
	if err != nil {
		return err
	}
	a.checked.Held += held
	for _, sentence := range sentences {
		a.find("%s", sentence)
	}
	return nil
}

// auditOrphans looks for holds of seats that the plan does not have, and adds the
// carts that exist to those that the season lists. It walks the keys of Redis a
// portion at a time, at a low pace for what it costs, and never all at once.
func (b *Booking) auditOrphans(ctx context.Context, a *audit, season string, plan *Plan, carts map[string]bool) error {
	return b.seats.Walk(ctx, season, func(seat string) {
		if _, known := plan.ByName[seat]; !known {
			a.find("Redis holds seat %q, which the plan does not have", seat)
		}
	}, func(user string) { carts[user] = true })
}

// auditBooked: who has paid sees the seat as sold. booked was read after the
// claims.
func (b *Booking) auditBooked(a *audit, booked string) {
	for i := range a.claims {
		c := &a.claims[i]
		d := a.decisions[c.Transaction]
		if a.pending[c.Transaction] || d == nil || d.Outcome != captured || a.over(c) {
			continue
		}
		if c.Index/8 >= len(booked) || booked[c.Index/8]&(1<<(7-c.Index%8)) == 0 {
			a.find("seat %s is sold by transaction %s, but Redis does not show it as sold", c.SeatNumber, c.Transaction.Hex())
		}
	}
}

// auditBought: as many seats count against a user's limit as are marked the
// user's. marks and counts are read one after the other, so a user's marks are
// part of the sentence: whoever buys meanwhile makes it another one.
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
			a.find("user %s counts as having bought %d seats, but %d are marked so: %v", user, count, len(theirs), theirs)
		}
	}
	return nil
}
