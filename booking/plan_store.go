package booking

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/fault"
	"usher/internal/store"
)

// The collection plans holds, by _id,
//
//	"S/v"          version v of season S' plan (planHeader), or the mark that version v-1 is frozen
//	"S#<hash>"     a piece of a plan (planPiece), named by what is in it
//	"S/v/seats"    the collection seats shows version v
//
// A version is published by the one insert of its header, after its pieces; it is
// frozen by an insert under the same name, so that publishing a next version and
// the first purchase of this one exclude each other: the first insert wins.
const plansName = "plans"

const pieceSize = 1000 // seats in a piece; far below MongoDB's 16 MiB a document

type planHeader struct {
	ID      string `bson:"_id"`
	Season  string `bson:"season"`
	Version int64  `bson:"version"`
	Freezes int64  `bson:"freezes"` // not 0: this is no plan, it says that version Freezes is on sale for good
	Hash    string `bson:"hash"`
	// Currency is what the prices are in; "" in plans from before it was kept here,
	// whose prices are in the season's.
	Currency string    `bson:"currency"`
	Seats    int       `bson:"seats"`
	Pieces   []string  `bson:"pieces"`
	By       string    `bson:"by"`
	At       time.Time `bson:"at"`
}

// planPiece holds its seats as one JSON text: for FerretDB a document costs by its
// values, and 50,000 seats of eight would take half a minute.
type planPiece struct {
	ID    string `bson:"_id"`
	Seats string `bson:"seats"` // a JSON array of storedSeat
}

type storedSeat struct {
	Number   string   `json:"n"`
	Category Category `json:"c"`
	Price    int64    `json:"p"`
	Blocked  bool     `json:"b,omitempty"`
	Section  string   `json:"s,omitempty"`
	Row      string   `json:"r,omitempty"`
	X        float64  `json:"x"`
	Y        float64  `json:"y"`
}

func planID(season string, version int64) string { return fmt.Sprintf("%s/%d", season, version) }

// piecesOf cuts seats into pieces and returns the hash of all of them.
func piecesOf(season string, seats []Seat) (pieces []planPiece, hash string, err error) {
	whole := sha256.New()
	for part := range slices.Chunk(seats, pieceSize) {
		stored := make([]storedSeat, len(part))
		for i, s := range part {
			stored[i] = storedSeat{s.Number, s.Category, s.Price, s.Blocked, s.Section, s.Row, s.X, s.Y}
		}
		text, err := json.Marshal(stored)
		if err != nil {
			return nil, "", err
		}
		sum := sha256.Sum256(text)
		piece := planPiece{Seats: string(text)}
		piece.ID = season + "#" + hex.EncodeToString(sum[:])
		whole.Write(sum[:])
		pieces = append(pieces, piece)
	}
	return pieces, hex.EncodeToString(whole.Sum(nil)), nil
}

// heldPlan is a plan in a node's memory with what the node knows about it.
type heldPlan struct {
	*Plan
	hash   string
	frozen bool // nothing will ever follow it
	at     time.Time
}

// plan returns a season's plan from memory, reading the store when it has none.
// A season without a plan has an empty one of version 0.
func (b *Booking) plan(ctx context.Context, season string) (*Plan, error) {
	if known, ok := b.plans.Load(season); ok {
		return known.(*heldPlan).Plan, nil
	}
	held, err := b.reloadPlan(ctx, season)
	if err != nil {
		return nil, err
	}
	return held.Plan, nil
}

// PlanVersion returns the version of a season's newest plan, 0 when it has none.
func (b *Booking) PlanVersion(ctx context.Context, season string) (int64, error) {
	held, err := b.reloadPlan(ctx, season)
	if err != nil {
		return 0, store.Fault(err)
	}
	return held.Version, nil
}

// reloadPlan finds the newest version of a season's plan, from the one in memory
// upwards.
func (b *Booking) reloadPlan(ctx context.Context, season string) (*heldPlan, error) {
	held := &heldPlan{Plan: newPlan(season, 0, nil)}
	if known, ok := b.plans.Load(season); ok {
		held = known.(*heldPlan)
	}
	for !held.frozen {
		header, err := b.planHeader(ctx, season, held.Version+1)
		if err != nil {
			return nil, err
		}
		switch {
		case header == nil:
			return b.keepPlan(season, held), nil
		case header.Freezes != 0:
			frozen := *held
			frozen.frozen = true
			held = &frozen
		default:
			if held, err = b.loadPlan(ctx, header); err != nil {
				return nil, err
			}
		}
	}
	return b.keepPlan(season, held), nil
}

// keepPlan puts a plan into memory unless a newer one, or the same one with more
// known about it, is there; it returns what is there then.
func (b *Booking) keepPlan(season string, held *heldPlan) *heldPlan {
	b.planMu.Lock()
	defer b.planMu.Unlock()
	if known, ok := b.plans.Load(season); ok {
		k := known.(*heldPlan)
		if k.Version > held.Version || k.Version == held.Version && (k.frozen || !held.frozen) {
			return k
		}
	}
	b.plans.Store(season, held)
	return held
}

func (b *Booking) planHeader(ctx context.Context, season string, version int64) (*planHeader, error) {
	header, err := store.Find[planHeader](ctx, b.o.Mongo.Collection(plansName), planID(season, version))
	if err != nil {
		return nil, fmt.Errorf("reading plan %s: %w", planID(season, version), err)
	}
	return header, nil
}

func (b *Booking) loadPlan(ctx context.Context, header *planHeader) (*heldPlan, error) {
	seats := make([]Seat, 0, header.Seats)
	for _, id := range header.Pieces {
		var piece planPiece
		if err := b.o.Mongo.Collection(plansName).FindOne(ctx, store.ByID(id)).Decode(&piece); err != nil {
			return nil, fmt.Errorf("reading %s of plan %s: %w", id, header.ID, err)
		}
		var stored []storedSeat
		if err := json.Unmarshal([]byte(piece.Seats), &stored); err != nil {
			return nil, fmt.Errorf("%s of plan %s: %w", id, header.ID, err)
		}
		for _, s := range stored {
			seats = append(seats, Seat{
				Number: s.Number, Category: s.Category, Price: s.Price, Blocked: s.Blocked,
				Section: s.Section, Row: s.Row, X: s.X, Y: s.Y,
			})
		}
	}
	held := &heldPlan{Plan: newPlan(header.Season, header.Version, seats), hash: header.Hash, at: header.At}
	held.Currency = header.Currency
	return held, nil
}

// publish makes seats the next version of a season's plan and returns the plan
// that holds then: a plan of the same seats that was there already, if that is so.
// Nothing may be held, or about to be bought.
func (b *Booking) publish(ctx context.Context, season string, seats []Seat, currency, by string) (*heldPlan, error) {
	pieces, hash, err := piecesOf(season, seats)
	if err != nil {
		return nil, err
	}
	for range writeRetries {
		held, err := b.reloadPlan(ctx, season)
		switch {
		case err != nil:
			return nil, err
		case held.hash == hash && (held.Currency == currency || held.Currency == ""):
			return held, nil
		case held.frozen:
			return nil, fault.New(fault.Conflict, "seats of %s have been sold or are being bought: the seat plan and its currency can no longer be changed", season)
		}
		if err := b.nothingHeld(ctx, season); err != nil {
			return nil, err
		}
		header := planHeader{
			ID: planID(season, held.Version+1), Season: season, Version: held.Version + 1,
			Hash: hash, Currency: currency, Seats: len(seats), By: by, At: time.Now().UTC(),
		}
		for _, piece := range pieces {
			if _, err := b.o.Mongo.Collection(plansName).InsertOne(ctx, piece); err != nil && !mongo.IsDuplicateKeyError(err) {
				return nil, fmt.Errorf("writing a piece of plan %s: %w", header.ID, err)
			}
			header.Pieces = append(header.Pieces, piece.ID)
		}
		if _, err := b.o.Mongo.Collection(plansName).InsertOne(ctx, header); err != nil && !mongo.IsDuplicateKeyError(err) {
			return nil, fmt.Errorf("publishing plan %s: %w", header.ID, err)
		}
		// Inserted or lost to another: what stands there now says which.
	}
	return nil, fault.New(fault.Unavailable, "too many people import seats into %s at once; try again", season)
}

// nothingHeld refuses while seats are held: their fans have seen the present plan.
// A season whose data in Redis is not opened has no holds.
func (b *Booking) nothingHeld(ctx context.Context, season string) error {
	r, err := b.run(ctx, b.scripts.empty, season)
	if errors.Is(err, errClosed) {
		return nil
	}
	if err == nil && r.number(1) > 0 {
		err = fault.New(fault.Conflict, "%d seats of %s are in carts or being bought: the seat plan can be changed when they are free", r.number(1), season)
	}
	return err
}

// freeze makes sure that a version of the plan stays the last: its first purchase is
// about to begin. It returns the plan that holds; that is a newer one when an
// import came first.
func (b *Booking) freeze(ctx context.Context, season string) (*heldPlan, error) {
	for range writeRetries {
		held, err := b.reloadPlan(ctx, season)
		if err != nil || held.frozen || held.Version == 0 {
			return held, err
		}
		// A plan under sale is one that the collection seats shows: later nobody
		// writes over what sales have made of it.
		if err := b.project(ctx, held); err != nil {
			return nil, err
		}
		_, err = b.o.Mongo.Collection(plansName).InsertOne(ctx, planHeader{
			ID: planID(season, held.Version+1), Season: season, Version: held.Version + 1,
			Freezes: held.Version, At: time.Now().UTC(),
		})
		if err != nil && !mongo.IsDuplicateKeyError(err) {
			return nil, fmt.Errorf("freezing plan %s: %w", planID(season, held.Version), err)
		}
	}
	return nil, fault.New(fault.Unavailable, "the seat plan of %s keeps changing; try again", season)
}
