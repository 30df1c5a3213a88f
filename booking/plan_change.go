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

// A plan under sale is changed in four steps. Each step may run again on any node, and a
// node may crash after each:
//
//  1. The header of the next version is inserted. The header is a proposal.
//  2. freeze.lua checks that no changed seat is held, being bought or sold, and refuses
//     holds of changed seats until the decision.
//  3. The decision is inserted: accepted, or refused because of conflicting seats. The
//     first insert decides.
//  4. configure.lua moves Redis to the version, or allows holds of the seats again.
//
// An accepted version counts even if Redis has lost step 2; Redis is then moved to it as
// well.

// planDecision decides a proposed version of a plan.
type planDecision struct {
	ID        string    `bson:"_id"` // "S/v/fate"
	Accepted  bool      `bson:"holds"`
	Conflicts []string  `bson:"seats"` // the conflicting seats, when not accepted
	At        time.Time `bson:"at"`
}

func planDecisionID(header *planHeader) string { return header.ID + "/fate" }

// findPlanDecision reads the decision on a proposal; nil while there is none.
func (b *Booking) findPlanDecision(ctx context.Context, header *planHeader) (*planDecision, error) {
	decided, err := store.Find[planDecision](ctx, b.o.Mongo.Collection(plansName), planDecisionID(header))
	if err != nil {
		return nil, fmt.Errorf("reading the decision on plan %s: %w", header.ID, err)
	}
	return decided, nil
}

func errPlanMissing(season string, version int64) error {
	return fmt.Errorf("plan %s not found", planID(season, version))
}

// changePlan makes the seats of a file the next version of a plan under sale. Seats keep
// their indexes; seats that the file lacks go off sale. Errors: seat_taken with the
// conflicting seats, invalid_request.
func (b *Booking) changePlan(ctx context.Context, season string, file []Seat, by string) (*cachedPlan, error) {
	for range writeRetries {
		current, err := b.reloadPlan(ctx, season)
		if err != nil {
			return nil, err
		}
		if current.proposed != nil {
			if err := b.decideProposed(ctx, current); err != nil {
				return nil, err
			}
			continue
		}
		seats := changedSeats(current.Plan, file)
		if len(seats) > seatmap.MaxSeats {
			return nil, fault.New(fault.InvalidRequest, "with its present seats the plan would have %d seats; at most %d are allowed", len(seats), seatmap.MaxSeats)
		}
		header, err := b.proposal(ctx, current, seats, by)
		if err != nil || header == nil {
			return current, err
		}
		mine, err := b.insertPlan(ctx, *header)
		if err != nil {
			return nil, err
		}
		if !mine {
			continue // another import was first: compare with its version
		}
		if current, err = b.reloadPlan(ctx, season); err == nil && current.proposed != nil {
			err = b.decideProposed(ctx, current)
		}
		if err != nil {
			return nil, err
		}
		decided, err := b.findPlanDecision(ctx, header)
		switch {
		case err != nil:
			return nil, err
		case decided == nil:
			return nil, fault.New(fault.Unavailable, "the plan of %s is not changed yet; import it again", season)
		case !decided.Accepted:
			return nil, fault.Seats(fault.SeatTaken, decided.Conflicts, "nothing was imported: the file changes seats that are held, being bought or sold: %s", strings.Join(decided.Conflicts, ", "))
		}
		return b.reloadPlan(ctx, season)
	}
	return nil, fault.New(fault.Unavailable, "too many imports of seats into %s at once; try again", season)
}

// proposal writes the pieces of a changed plan and returns its header, which the caller
// inserts; nil when nothing changes. Without Redis the change could not be checked, so then
// proposal fails.
func (b *Booking) proposal(ctx context.Context, current *cachedPlan, seats []Seat, by string) (*planHeader, error) {
	pieces, hash, err := piecesOf(current.Season, seats)
	if err != nil || hash == current.hash {
		return nil, err
	}
	if err := b.seats.EpochIsOpen(ctx, current.Season); err != nil {
		return nil, err
	}
	if err := b.project(ctx, current); err != nil {
		return nil, err
	}
	version := current.decided + 1
	header := &planHeader{
		ID: planID(current.Season, version), Season: current.Season, Version: version, Follows: current.Version,
		Hash: hash, Currency: current.Currency, Seats: len(seats), By: by, At: time.Now().UTC(),
	}
	return header, b.writePieces(ctx, header, pieces)
}

// decideProposed decides the proposed change of a plan and applies the decision.
func (b *Booking) decideProposed(ctx context.Context, current *cachedPlan) error {
	next, err := b.loadPlan(ctx, current.proposed)
	if err != nil {
		return err
	}
	settings, err := b.Season(ctx, current.Season)
	if err != nil {
		return err
	}
	if err := b.configure(ctx, settings, current); err != nil {
		return err
	}
	taken, late, err := b.seats.Freeze(ctx, current.Season, next.Version, current.Version, seatmap.SeatsChanged(current.Plan, next.Plan))
	if err != nil {
		return err
	}
	if !late { // late: another node has decided the version
		decided := planDecision{ID: planDecisionID(current.proposed), At: time.Now().UTC(), Accepted: len(taken) == 0}
		for _, index := range taken {
			if index < len(current.Seats) {
				decided.Conflicts = append(decided.Conflicts, current.Seats[index].Number)
			}
		}
		slices.SortFunc(decided.Conflicts, seatmap.BySeat)
		if _, err := b.o.Mongo.Collection(plansName).InsertOne(ctx, decided); err != nil && !mongo.IsDuplicateKeyError(err) {
			return fmt.Errorf("deciding plan %s: %w", current.proposed.ID, err)
		}
	}
	now, err := b.reloadPlan(ctx, current.Season)
	if err != nil {
		return err
	}
	return b.configure(ctx, settings, now)
}

// newestPlan is reloadPlan, and decides a proposed change before.
func (b *Booking) newestPlan(ctx context.Context, season string) (*cachedPlan, error) {
	current, err := b.reloadPlan(ctx, season)
	if err != nil || current.proposed == nil {
		return current, err
	}
	if err := b.decideProposed(ctx, current); err != nil {
		return nil, err
	}
	return b.reloadPlan(ctx, season)
}

// changedSeats applies a file to the seats of a plan under sale: each seat keeps its index,
// a seat that the file lacks goes off sale, and new seats follow at the end.
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

// configure writes a season's settings and its plan's version to Redis. With a nil plan the
// version in Redis stays.
func (b *Booking) configure(ctx context.Context, season Season, current *cachedPlan) error {
	var plan *seats.Plan
	if current != nil {
		plan = &seats.Plan{Plan: current.Plan, Decided: current.decided}
	}
	return b.seats.Configure(ctx, seatSettingsOf(season), plan, 0)
}

// changedSince returns the bitmap of seats changed since a version of the plan; all seats
// when that version does not exist.
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

// errCurrencyStays refuses a new currency for a plan under sale.
func errCurrencyStays(season string) error {
	f := fault.New(fault.Conflict, "the currency of %s can no longer be changed: seats have been sold or are being bought", season)
	f.Fields = []fault.Field{{Field: "currency", Code: fault.FieldFixed, Problem: f.Detail}}
	return f
}

// importPlan publishes the seats of a file: freely before the first purchase, as a change
// from then on.
func (b *Booking) importPlan(ctx context.Context, season string, file []Seat, currency, by string) (*cachedPlan, error) {
	current, err := b.publish(ctx, season, slices.Clone(file), currency, by)
	if errors.Is(err, errUnderSale) {
		current, err = b.changePlan(ctx, season, file, by)
	}
	return current, store.Fault(err)
}
