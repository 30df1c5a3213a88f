package booking

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/booking/seatmap"
	"usher/internal/store"
)

// The collection plans contains, by _id,
//
//	"S/v"          version v of season S' plan (planHeader), or the mark that its first purchase began under version v-1
//	"S#<hash>"     a piece of a plan (planPiece), named by the hash of its contents
//	"S/v/fate"     the decision whether version v, a change of a plan under sale, is accepted (planDecision)
//	"S/v/seats"    the collection seats shows version v
//
// The numbers have no gap. Before the mark a version is published by the insert of its
// header, after its pieces. The mark has the same _id as the next version's header, so
// publishing that version and the first purchase of this one exclude each other: the first
// insert wins. After the mark a header only proposes a version; see plan_change.go.
const plansName = "plans"

const pieceSize = 1000 // seats per piece; far below MongoDB's limit of 16 MiB per document

type planHeader struct {
	ID      string `bson:"_id"`
	Season  string `bson:"season"`
	Version int64  `bson:"version"`
	Freezes int64  `bson:"freezes"` // not 0: the mark; the first purchase began under version Freezes
	Follows int64  `bson:"follows"` // not 0: a proposal to change version Follows, which is under sale
	Hash    string `bson:"hash"`
	// Currency of the prices. Old plans do not store it (""); their prices are in the
	// season's currency.
	Currency string    `bson:"currency"`
	Seats    int       `bson:"seats"`
	Pieces   []string  `bson:"pieces"`
	By       string    `bson:"by"`
	At       time.Time `bson:"at"`
}

// planPiece stores its seats as one JSON text: FerretDB's cost grows with the number of
// values in a document, and 50,000 seats of eight values would take half a minute.
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
	AreaLen  uint8    `json:"a,omitempty"` // of a unit of an area
	X        float64  `json:"x"`
	Y        float64  `json:"y"`

	Prices map[string]int64 `json:"t,omitempty"` // by type, besides the normal price
}

// seatID returns the _id of a seat.
func seatID(season, number string) bson.ObjectID { return seatmap.SeatID(season, number) }

func planID(season string, version int64) string { return fmt.Sprintf("%s/%d", season, version) }

// piecesOf splits seats into pieces and returns the hash over all of them.
func piecesOf(season string, seats []Seat) (pieces []planPiece, hash string, err error) {
	whole := sha256.New()
	for part := range slices.Chunk(seats, pieceSize) {
		stored := make([]storedSeat, len(part))
		for i, s := range part {
			stored[i] = storedSeat{s.Number, s.Category, s.Price, s.Blocked, s.Section, s.Row, s.AreaLen, s.X, s.Y, s.Prices.ByType()}
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

func (b *Booking) planHeader(ctx context.Context, season string, version int64) (*planHeader, error) {
	header, err := store.Find[planHeader](ctx, b.o.Mongo.Collection(plansName), planID(season, version))
	if err != nil {
		return nil, fmt.Errorf("reading plan %s: %w", planID(season, version), err)
	}
	return header, nil
}

func (b *Booking) loadPlan(ctx context.Context, header *planHeader) (*cachedPlan, error) {
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
				Section: s.Section, Row: s.Row, X: s.X, Y: s.Y, AreaLen: s.AreaLen, Prices: seatmap.NewPrices(s.Prices),
			})
		}
	}
	current := &cachedPlan{Plan: seatmap.New(header.Season, header.Version, seats), hash: header.Hash, follows: header.Follows, at: header.At}
	current.Currency = header.Currency
	return current, nil
}

// writePieces inserts the pieces of a plan and lists them in its header. Repeating it
// changes nothing.
func (b *Booking) writePieces(ctx context.Context, header *planHeader, pieces []planPiece) error {
	header.Pieces = nil
	for _, piece := range pieces {
		if _, err := b.o.Mongo.Collection(plansName).InsertOne(ctx, piece); err != nil && !mongo.IsDuplicateKeyError(err) {
			return fmt.Errorf("writing a piece of plan %s: %w", header.ID, err)
		}
		header.Pieces = append(header.Pieces, piece.ID)
	}
	return nil
}

// insertPlan inserts a header and reports whether it was the first with its _id.
func (b *Booking) insertPlan(ctx context.Context, header planHeader) (bool, error) {
	_, err := b.o.Mongo.Collection(plansName).InsertOne(ctx, header)
	switch {
	case mongo.IsDuplicateKeyError(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("inserting plan %s: %w", header.ID, err)
	}
	return true, nil
}
