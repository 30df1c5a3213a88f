package booking

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/store"
)

// projectChange writes what a change of a plan under sale has made of its seats. Seats
// are sold meanwhile, so a status is written only where the plan has changed it, and
// by the seat's claims.
func (b *Booking) projectChange(ctx context.Context, held *heldPlan) error {
	header, err := b.planHeader(ctx, held.Season, held.follows)
	if err != nil {
		return err
	}
	if header == nil {
		return errPlanMissing(held.Season, held.follows)
	}
	before, err := b.loadPlan(ctx, header)
	if err != nil {
		return err
	}
	had := len(before.Seats)
	for part := range slices.Chunk(held.Seats[had:], seatsBatch) {
		if err := b.projectSome(ctx, held.Plan, part); err != nil {
			return err
		}
	}
	var changed []int
	for i := range before.Seats {
		if before.Seats[i] != held.Seats[i] {
			changed = append(changed, i)
		}
	}
	for part := range slices.Chunk(changed, seatsBatch) {
		writes := make([]mongo.WriteModel, len(part))
		for i, index := range part {
			writes[i] = rowUpdate(rowOf(held.Plan, &held.Seats[index]))
		}
		if _, err := b.o.Mongo.Collection(seatsName).BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false)); err != nil {
			return err
		}
	}
	for _, i := range changed {
		if before.Seats[i].Blocked != held.Seats[i].Blocked {
			if err := b.showSeat(ctx, held.Season, held.Seats[i].Number); err != nil {
				return err
			}
		}
	}
	return nil
}

// rowUpdate writes all of a seat but its status.
func rowUpdate(row seatRow) mongo.WriteModel {
	return mongo.NewUpdateOneModel().SetFilter(store.ByID(row.ID)).SetUpdate(bson.D{{Key: "$set", Value: bson.D{
		{Key: "category", Value: row.Category},
		{Key: "price", Value: row.Price},
		{Key: "section", Value: row.Section},
		{Key: "row", Value: row.Row},
		{Key: "x", Value: row.X},
		{Key: "y", Value: row.Y},
		{Key: "index", Value: row.Index},
		{Key: "plan", Value: row.Plan},
	}}})
}

// shows reports whether a row shows what another does, but for its status and for the
// version that wrote it.
func (r seatRow) shows(other seatRow) bool {
	r.Status, r.Plan = other.Status, other.Plan
	return r == other
}

// projectLate is how long the importing node has for the collection seats before
// others take the work for abandoned. A wrong clock costs only double work.
const projectLate = 30 * time.Second

// finishProjection writes the collection seats when the node that imported the
// plan seems to have died over it.
func (b *Booking) finishProjection(ctx context.Context, season string) error {
	known, ok := b.plans.Load(season)
	if !ok {
		return nil
	}
	held := known.(*heldPlan)
	if _, done := b.projected.Load(planID(season, held.Version)); done || held.Version == 0 || time.Since(held.at) < projectLate {
		return nil
	}
	if err := b.project(ctx, held); err != nil {
		return err
	}
	b.projected.Store(planID(season, held.Version), true)
	return nil
}
