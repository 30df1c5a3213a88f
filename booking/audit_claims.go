package booking

import (
	"cmp"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// claimsOfSeats checks that no claim of a seat is lost, and that each claim was inserted
// over one that is released, or over the allotment that it names.
func (a *audit) claimsOfSeats() {
	chains := map[bson.ObjectID][]*claim{}
	for i := range a.claims {
		chains[a.claims[i].Seat] = append(chains[a.claims[i].Seat], &a.claims[i])
	}
	a.seats = make(map[bson.ObjectID]seatState, len(chains))
	for seat, chain := range chains {
		slices.SortFunc(chain, func(x, y *claim) int { return cmp.Compare(x.Generation, y.Generation) })
		last := chain[len(chain)-1]
		a.seats[seat] = a.stateBy(last)
		if len(chain) < last.Generation {
			a.report("seat %s was claimed %d times, but only %d claims exist", last.SeatNumber, last.Generation, len(chain))
		}
		for i, c := range chain[1:] {
			a.claimedOver(a.stateBy(chain[i]), c)
		}
	}
}

// claimedOver checks a claim against what the claim before it says of the seat.
func (a *audit) claimedOver(before seatState, c *claim) {
	in := before.allotment()
	switch {
	case in == nil && !before.free() && before.last.Change:
		a.report("seat %s is claimed by the allotment change %s, which is not decided, and was claimed again", c.SeatNumber, before.last.Transaction.Hex())
	case in == nil && !before.free():
		a.report("seat %s is claimed by transaction %s, which is neither cancelled nor refunded for the seat, and was claimed again", c.SeatNumber, before.last.Transaction.Hex())
	case in != nil && c.From == nil:
		a.report("seat %s is in the allotment %q, and %s claimed it as if it were on sale", c.SeatNumber, in.Name, c.owner())
	case in == nil && c.From != nil:
		a.report("seat %s was on sale, and %s claimed it from the allotment %q", c.SeatNumber, c.owner(), c.From.Name)
	case in != nil && *in != *c.From:
		a.report("seat %s is in the allotment %q by change %s, and %s claimed it from the allotment %q by change %s",
			c.SeatNumber, in.Name, in.Change.Hex(), c.owner(), c.From.Name, c.From.Change.Hex())
	}
}

// owner names the order or change of a claim.
func (c *claim) owner() string {
	if c.Change {
		return "the allotment change " + c.Transaction.Hex()
	}
	return "transaction " + c.Transaction.Hex()
}

// allotmentChanges checks that a change without a decision is in flight, and that each
// claim of a change belongs to one. Changes were read before the claims.
func (a *audit) allotmentChanges() {
	known := map[bson.ObjectID]bool{}
	for i := range a.changes {
		c := &a.changes[i]
		known[c.ID] = true
		if c.Settled && a.decisions[c.ID] == nil {
			a.report("the allotment change %s is settled without a decision", c.ID.Hex())
		}
	}
	for i := range a.claims {
		if c := &a.claims[i]; c.Change && !known[c.Transaction] {
			a.pending[c.Transaction] = true // it may have begun since; the second check finds its document
			a.report("seat %s is claimed by the allotment change %s, which does not exist", c.SeatNumber, c.Transaction.Hex())
		}
	}
}
