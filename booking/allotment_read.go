package booking

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// allotted is a seat in an allotment.
type allotted struct {
	number string
	index  int
	in     allotment
}

// allottedSeats returns the seats of a season that are in allotments.
//
// Only claims of changes and of orders from allotments are read. Such a claim is a seat's
// last one if it leaves the seat in an allotment: another claim would need a seat on sale.
func (b *Booking) allottedSeats(ctx context.Context, season string) (map[bson.ObjectID]allotted, error) {
	claims, err := findClaims(ctx, b, bson.D{{Key: "season", Value: season}, {Key: "$or", Value: bson.A{
		bson.D{{Key: "change", Value: true}},
		bson.D{{Key: "from", Value: bson.D{{Key: "$exists", Value: true}}}},
	}}})
	if err != nil {
		return nil, err
	}
	decisions, err := b.decisionsOn(ctx, claims)
	if err != nil {
		return nil, err
	}
	in := map[bson.ObjectID]allotted{}
	for id, state := range statesOf(claims, decisions, nil) {
		if at := state.allotment(); at != nil {
			in[id] = allotted{number: state.last.SeatNumber, index: state.last.Index, in: *at}
		}
	}
	return in, nil
}

// readStates reads the states of seats.
func (b *Booking) readStates(ctx context.Context, season string, ids []bson.ObjectID) (map[bson.ObjectID]seatState, error) {
	const alone = 16 // as many seats are read one by one: by their _ids
	if len(ids) <= alone {
		states := map[bson.ObjectID]seatState{}
		for _, id := range ids {
			state, err := b.readSeat(ctx, id)
			if err != nil {
				return nil, err
			}
			states[id] = state
		}
		return states, nil
	}
	claims, err := findClaims(ctx, b, bson.D{{Key: "season", Value: season}, {Key: "seatId", Value: bson.D{{Key: "$in", Value: ids}}}})
	if err != nil {
		return nil, err
	}
	decisions, err := b.decisionsOn(ctx, claims)
	if err != nil {
		return nil, err
	}
	refundedIDs, err := b.refundedTickets(ctx, season)
	if err != nil {
		return nil, err
	}
	return statesOf(claims, decisions, refundedIDs), nil
}

func findClaims(ctx context.Context, b *Booking, filter bson.D) ([]claim, error) {
	found, err := b.o.Mongo.Collection(claimsName).Find(ctx, filter)
	if err != nil {
		return nil, err
	}
	var claims []claim
	err = found.All(ctx, &claims)
	return claims, err
}

// decisionsOn reads the decisions on the orders and changes of claims.
func (b *Booking) decisionsOn(ctx context.Context, claims []claim) (map[bson.ObjectID]*decision, error) {
	const perCall = 1000
	known, ids := map[bson.ObjectID]*decision{}, []bson.ObjectID(nil)
	for i := range claims {
		if _, is := known[claims[i].Transaction]; !is {
			known[claims[i].Transaction] = nil
			ids = append(ids, claims[i].Transaction)
		}
	}
	for some := range slices.Chunk(ids, perCall) {
		found, err := b.o.Mongo.Collection(decisionsName).Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: some}}}})
		if err != nil {
			return nil, err
		}
		var decisions []decision
		if err := found.All(ctx, &decisions); err != nil {
			return nil, err
		}
		for i := range decisions {
			known[decisions[i].ID] = &decisions[i]
		}
	}
	return known, nil
}
