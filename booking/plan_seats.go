package booking

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/store"
)

// seatRow is a seat in the collection seats, which other programs read. It decides nothing;
// its status follows the orders.
type seatRow struct {
	ID       bson.ObjectID `bson:"_id"`
	Number   string        `bson:"seatNumber"`
	Category Category      `bson:"category"`
	Status   string        `bson:"status"`
	Season   string        `bson:"season"`
	Price    int64         `bson:"price"`
	Section  string        `bson:"section"`
	Row      string        `bson:"row"`
	X        float64       `bson:"x"`
	Y        float64       `bson:"y"`
	Index    int           `bson:"index"`
	Plan     int64         `bson:"plan"` // the version that wrote it

	Prices map[string]int64 `bson:"prices,omitempty"` // by type, besides the normal price
}

// seatsBatch is how many seats one call writes. A slow store still answers such a call
// within the driver's time-out.
const seatsBatch = 250

// project makes the collection seats show a plan, unless it does already. Any node may
// repeat it after a crash: its last write records that it is complete.
func (b *Booking) project(ctx context.Context, current *cachedPlan) error {
	done := bson.D{{Key: "_id", Value: planID(current.Season, current.Version) + "/seats"}}
	err := b.o.Mongo.Collection(plansName).FindOne(ctx, done).Err()
	if err == nil || current.Version == 0 {
		return nil
	}
	if !errors.Is(err, mongo.ErrNoDocuments) {
		return err
	}
	if current.follows != 0 {
		err = b.projectChange(ctx, current)
	} else {
		err = b.projectAll(ctx, current)
	}
	if err != nil {
		return fmt.Errorf("writing seats of plan %s: %w", planID(current.Season, current.Version), err)
	}
	_, err = b.o.Mongo.Collection(plansName).InsertOne(ctx, done)
	if mongo.IsDuplicateKeyError(err) {
		return nil
	}
	return err
}

// projectAll writes all seats of a plan that has no sold seat.
func (b *Booking) projectAll(ctx context.Context, current *cachedPlan) error {
	for part := range slices.Chunk(current.Seats, seatsBatch) {
		if err := b.projectSome(ctx, current.Plan, part); err != nil {
			return err
		}
	}
	return b.unprojectOlder(ctx, current.Plan)
}

// projectSome writes those seats of a plan that are new or of an older version.
func (b *Booking) projectSome(ctx context.Context, plan *Plan, part []Seat) error {
	rows := make([]seatRow, len(part))
	for i := range part {
		rows[i] = seatRowOf(plan, &part[i])
	}
	seats := b.o.Mongo.Collection(seatsName)
	_, err := seats.InsertMany(ctx, rows, options.InsertMany().SetOrdered(false))
	if err == nil || !mongo.IsDuplicateKeyError(err) {
		return err
	}
	// Some rows exist already: of an older version, or written by a node that does the same
	// work. Rows of this version keep their status, because the seat may be sold by now.
	for i := range rows {
		var there struct {
			Plan int64 `bson:"plan"`
		}
		byID := bson.D{{Key: "_id", Value: rows[i].ID}}
		err := seats.FindOne(ctx, byID).Decode(&there)
		switch {
		case errors.Is(err, mongo.ErrNoDocuments):
			if _, err = seats.InsertOne(ctx, rows[i]); mongo.IsDuplicateKeyError(err) {
				err = nil
			}
		case err == nil && there.Plan < plan.Version:
			_, err = seats.ReplaceOne(ctx, byID, rows[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func seatRowOf(plan *Plan, s *Seat) seatRow {
	row := seatRow{
		ID: seatID(plan.Season, s.Number), Number: s.Number, Category: s.Category, Status: Available,
		Season: plan.Season, Price: s.Price, Section: s.Section, Row: s.Row, X: s.X, Y: s.Y,
		Index: s.Index, Plan: plan.Version, Prices: plan.PricesOf(s.Index),
	}
	if s.Blocked {
		row.Status = Unavailable
	}
	return row
}

// unprojectOlder deletes the rows of seats that only the previous version has.
func (b *Booking) unprojectOlder(ctx context.Context, plan *Plan) error {
	header, err := b.planHeader(ctx, plan.Season, plan.Version-1)
	if err != nil || header == nil || header.Freezes != 0 {
		return err
	}
	older, err := b.loadPlan(ctx, header)
	if err != nil {
		return err
	}
	for _, s := range older.Seats {
		if _, still := plan.ByName[s.Number]; still {
			continue
		}
		byID := bson.D{{Key: "_id", Value: seatID(plan.Season, s.Number)}}
		if _, err := b.o.Mongo.Collection(seatsName).DeleteOne(ctx, byID); err != nil {
			return err
		}
	}
	return nil
}

// projectChange writes the seats that a change of a plan under sale has added or changed.
// Seats are being sold at the same time, so a status is written only where the change
// blocks or unblocks the seat, and then by the seat's claims.
func (b *Booking) projectChange(ctx context.Context, current *cachedPlan) error {
	header, err := b.planHeader(ctx, current.Season, current.follows)
	if err != nil {
		return err
	}
	if header == nil {
		return errPlanMissing(current.Season, current.follows)
	}
	before, err := b.loadPlan(ctx, header)
	if err != nil {
		return err
	}
	had := len(before.Seats)
	for part := range slices.Chunk(current.Seats[had:], seatsBatch) {
		if err := b.projectSome(ctx, current.Plan, part); err != nil {
			return err
		}
	}
	var changed []int
	for i := range before.Seats {
		if before.Seats[i] != current.Seats[i] {
			changed = append(changed, i)
		}
	}
	for part := range slices.Chunk(changed, seatsBatch) {
		writes := make([]mongo.WriteModel, len(part))
		for i, index := range part {
			writes[i] = rowUpdate(seatRowOf(current.Plan, &current.Seats[index]))
		}
		if _, err := b.o.Mongo.Collection(seatsName).BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false)); err != nil {
			return err
		}
	}
	for _, i := range changed {
		if before.Seats[i].Blocked != current.Seats[i].Blocked {
			if err := b.showSeat(ctx, current.Season, current.Seats[i].Number); err != nil {
				return err
			}
		}
	}
	return nil
}

// rowUpdate writes all fields of a seat except its status.
func rowUpdate(row seatRow) mongo.WriteModel {
	return mongo.NewUpdateOneModel().SetFilter(store.ByID(row.ID)).SetUpdate(bson.D{{Key: "$set", Value: bson.D{
		{Key: "category", Value: row.Category},
		{Key: "price", Value: row.Price},
		{Key: "prices", Value: row.Prices},
		{Key: "section", Value: row.Section},
		{Key: "row", Value: row.Row},
		{Key: "x", Value: row.X},
		{Key: "y", Value: row.Y},
		{Key: "index", Value: row.Index},
		{Key: "plan", Value: row.Plan},
	}}})
}

// shows reports whether two rows are equal except for the status and for the version that
// wrote them.
func (r seatRow) shows(other seatRow) bool {
	return r.ID == other.ID && r.Number == other.Number && r.Category == other.Category && r.Season == other.Season &&
		r.Price == other.Price && maps.Equal(r.Prices, other.Prices) && r.Section == other.Section && r.Row == other.Row &&
		r.X == other.X && r.Y == other.Y && r.Index == other.Index
}

// projectionOverdue is how long the importing node may write the collection seats before
// other nodes do it. A wrong clock only causes double work.
const projectionOverdue = 30 * time.Second

// finishProjection writes the collection seats if the node that imported the plan seems to
// have died before.
func (b *Booking) finishProjection(ctx context.Context, season string) error {
	known, ok := b.plans.Load(season)
	if !ok {
		return nil
	}
	current := known.(*cachedPlan)
	if _, done := b.projected.Load(planID(season, current.Version)); done || current.Version == 0 || time.Since(current.at) < projectionOverdue {
		return nil
	}
	if err := b.project(ctx, current); err != nil {
		return err
	}
	b.projected.Store(planID(season, current.Version), true)
	return nil
}
