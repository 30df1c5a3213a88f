package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/booking/seatmap"
	"usher/booking/seats"
	"usher/internal/fault"
	"usher/internal/store"
)

// A plan under sale is changed in four steps, each of which may be done again by any
// node, and each of which may be the last before a crash:
//
//  1. The header of the next version is inserted. It is a proposal.
//  2. propose.lua looks that no seat that would change is held, being bought or sold,
//     and lets none of them be held until it is decided.
//  3. Its fate is inserted: it holds, or seats were in the way. The first insert decides.
//  4. configure.lua moves Redis to the version, or lets the seats be held again.
//
// A version that holds for MongoDB holds: a Redis that has lost step 2 is moved as well.

// planFate decides a proposed version of the plan.
type planFate struct {
	ID    string    `bson:"_id"` // "S/v/fate"
	Holds bool      `bson:"holds"`
	Seats []string  `bson:"seats"` // those in the way, when it does not hold
	At    time.Time `bson:"at"`
}

func fateID(header *planHeader) string { return header.ID + "/fate" }

// fateOf reads what was decided of a proposal, nil for nothing yet.
func (b *Booking) fateOf(ctx context.Context, header *planHeader) (*planFate, error) {
	fate, err := store.Find[planFate](ctx, b.o.Mongo.Collection(plansName), fateID(header))
	if err != nil {
		return nil, fmt.Errorf("reading what was decided of plan %s: %w", header.ID, err)
	}
	return fate, nil
}

func errPlanMissing(season string, version int64) error {
	return fmt.Errorf("plan %s is missing", planID(season, version))
}

// changePlan makes the seats of a file the next version of a plan under sale. Seats
// keep their indexes; those that the file lacks go off sale. Errors: seat_taken with
// those in the way, invalid_request.
func (b *Booking) changePlan(ctx context.Context, season string, file []Seat, by string) (*heldPlan, error) {
	for range writeRetries {
		held, err := b.reloadPlan(ctx, season)
		if err != nil {
			return nil, err
		}
		if held.next != nil {
			if err := b.decideNext(ctx, held); err != nil {
				return nil, err
			}
			continue
		}
		seats := changedSeats(held.Plan, file)
		if len(seats) > seatmap.MaxSeats {
			return nil, fault.New(fault.InvalidRequest, "with the seats that it has already the plan would have %d seats; it has at most %d", len(seats), seatmap.MaxSeats)
		}
		header, err := b.proposal(ctx, held, seats, by)
		if err != nil || header == nil {
			return held, err
		}
		mine, err := b.insertPlan(ctx, *header)
		if err != nil {
			return nil, err
		}
		if !mine {
			continue // another import came first: this one is compared with what it made
		}
		if held, err = b.reloadPlan(ctx, season); err == nil && held.next != nil {
			err = b.decideNext(ctx, held)
		}
		if err != nil {
			return nil, err
		}
		fate, err := b.fateOf(ctx, header)
		switch {
		case err != nil:
			return nil, err
		case fate == nil:
			return nil, fault.New(fault.Unavailable, "the plan of %s was not changed yet; import it again", season)
		case !fate.Holds:
			return nil, fault.Seats(fault.SeatTaken, fate.Seats, "nothing was imported: these seats are held, being bought or sold, and would change: %s", strings.Join(fate.Seats, ", "))
		}
		return b.reloadPlan(ctx, season)
	}
	return nil, fault.New(fault.Unavailable, "too many people import seats into %s at once; try again", season)
}

// proposal writes down a change of a plan but for the header, which it returns; nil
// when nothing changes. What follows needs Redis: without it nothing is proposed.
func (b *Booking) proposal(ctx context.Context, held *heldPlan, seats []Seat, by string) (*planHeader, error) {
	pieces, hash, err := piecesOf(held.Season, seats)
	if err != nil || hash == held.hash {
		return nil, err
	}
	if err := b.seats.EpochIsOpen(ctx, held.Season); err != nil {
		return nil, err
	}
	if err := b.project(ctx, held); err != nil {
		return nil, err
	}
	version := held.decided + 1
	header := &planHeader{
		ID: planID(held.Season, version), Season: held.Season, Version: version, Follows: held.Version,
		Hash: hash, Currency: held.Currency, Seats: len(seats), By: by, At: time.Now().UTC(),
	}
	return header, b.writePieces(ctx, header, pieces)
}

// decideNext decides the change that was proposed of a plan, and carries it out.
func (b *Booking) decideNext(ctx context.Context, held *heldPlan) error {
	next, err := b.loadPlan(ctx, held.next)
	if err != nil {
		return err
	}
	settings, err := b.Season(ctx, held.Season)
	if err != nil {
		return err
	}
	if err := b.configure(ctx, settings, held); err != nil {
		return err
	}
	taken, late, err := b.seats.Freeze(ctx, held.Season, next.Version, held.Version, seatmap.SeatsChanged(held.Plan, next.Plan))
	if err != nil {
		return err
	}
	if !late { // else another node has decided the version
		fate := planFate{ID: fateID(held.next), At: time.Now().UTC(), Holds: len(taken) == 0}
		for _, index := range taken {
			if index < len(held.Seats) {
				fate.Seats = append(fate.Seats, held.Seats[index].Number)
			}
		}
		slices.SortFunc(fate.Seats, seatmap.BySeat)
		if _, err := b.o.Mongo.Collection(plansName).InsertOne(ctx, fate); err != nil && !mongo.IsDuplicateKeyError(err) {
			return fmt.Errorf("deciding plan %s: %w", held.next.ID, err)
		}
	}
	now, err := b.reloadPlan(ctx, held.Season)
	if err != nil {
		return err
	}
	return b.configure(ctx, settings, now)
}

// newestPlan is reloadPlan that decides a change which was proposed, too.
func (b *Booking) newestPlan(ctx context.Context, season string) (*heldPlan, error) {
	held, err := b.reloadPlan(ctx, season)
	if err != nil || held.next == nil {
		return held, err
	}
	if err := b.decideNext(ctx, held); err != nil {
		return nil, err
	}
	return b.reloadPlan(ctx, season)
}

// changedSeats is what a file makes of the seats of a plan under sale: each seat stays
// where it is, one that the file lacks goes off sale, and new ones follow.
func changedSeats(plan *Plan, file []Seat) []Seat {
	seats := slices.Clone(plan.Seats)
	for i := range seats {
		seats[i].Blocked = true
	}
	for _, seat := range file {
		if index, known := plan.ByName[seat.Number]; known {
			seats[index] = seat
		} else {
			seats = append(seats, seat)
		}
	}
	return seats
}

// configure writes a season's settings and its plan's version to Redis. A nil plan
// stays as it is there.
func (b *Booking) configure(ctx context.Context, season Season, held *heldPlan) error {
	var plan *seats.Plan
	if held != nil {
		plan = &seats.Plan{Plan: held.Plan, Decided: held.decided}
	}
	return b.seats.Configure(ctx, seatSettingsOf(season), plan, 0)
}

// changedSince is seatsChanged from a version of the plan; all seats when that is not
// there.
func (b *Booking) changedSince(ctx context.Context, season string, version int64, after *Plan) (string, error) {
	header, err := b.planHeader(ctx, season, version)
	if err != nil {
		return "", err
	}
	if header == nil || header.Freezes != 0 {
		return strings.Repeat("\xff", seatmap.BitmapSize(seatmap.MaxSeats)), nil
	}
	before, err := b.loadPlan(ctx, header)
	if err != nil {
		return "", err
	}
	return string(seatmap.SeatsChanged(before.Plan, after)), nil
}

// errCurrencyStays refuses another currency for a plan under sale.
func errCurrencyStays(season string) error {
	return fault.New(fault.Conflict, "seats of %s have been sold or are being bought: its currency can no longer be changed", season)
}

// importPlan publishes the seats of a file by the rules that hold for the season now.
func (b *Booking) importPlan(ctx context.Context, season string, file []Seat, currency, by string) (*heldPlan, error) {
	held, err := b.publish(ctx, season, slices.Clone(file), currency, by)
	if errors.Is(err, errBegun) {
		held, err = b.changePlan(ctx, season, file, by)
	}
	return held, store.Fault(err)
}
