package presale

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"usher/internal/keys"
	"usher/internal/store"
)

const (
	codesName = "presale_codes"
	usesName  = "presale_uses"
	fansName  = "presale_fans"
)

// MaxUses is how often one code may be used at most. It bounds the search for a free
// slot.
const MaxUses = 100_000

// The outcomes of a code that cannot be used.
var (
	ErrUnknown = errors.New("presale: the season has no such code")
	ErrUsedUp  = errors.New("presale: the code has been used as often as it may be")
)

// Options configures a Book. All fields are required.
type Options struct {
	Mongo *mongo.Database
	// Keys hash the codes. Codes of an older signing key can be used as long as this key
	// is in the ring.
	Keys *keys.Ring
}

// Book keeps codes. Safe for concurrent use.
type Book struct {
	secrets           [][]byte
	codes, uses, fans *mongo.Collection
}

// New makes a Book.
func New(o Options) *Book {
	return &Book{
		secrets: o.Keys.Secrets("usher presale codes"),
		codes:   o.Mongo.Collection(codesName), uses: o.Mongo.Collection(usesName), fans: o.Mongo.Collection(fansName),
	}
}

// codeRow is a code. Uses may be changed by a later upload.
type codeRow struct {
	ID     string    `bson:"_id"` // season/hash
	Season string    `bson:"season"`
	Uses   int       `bson:"uses"`
	At     time.Time `bson:"at"`
}

// useRow is a slot of a code, taken by a fan.
type useRow struct {
	ID     string    `bson:"_id"` // season/hash/number
	Season string    `bson:"season"`
	User   string    `bson:"user"`
	At     time.Time `bson:"at"`
}

// fanRow says that a fan has used a code of the season. It is a projection of a slot.
type fanRow struct {
	ID     string    `bson:"_id"` // season/user
	Season string    `bson:"season"`
	Use    string    `bson:"use"` // the slot
	At     time.Time `bson:"at"`
}

// Cleared reports whether a fan has used a code of a season. Errors: unavailable.
func (b *Book) Cleared(ctx context.Context, season, user string) (bool, error) {
	found, err := store.Find[fanRow](ctx, b.fans, season+"/"+user)
	return found != nil, store.Fault(err)
}

// Use uses a code for a fan. A fan uses up one slot of a code, however often Use is
// called for the fan. Errors: ErrUnknown, ErrUsedUp, unavailable.
func (b *Book) Use(ctx context.Context, season, user, code string) error {
	if Normal(code) == "" {
		return ErrUnknown
	}
	var found *codeRow
	for _, hash := range b.hashes(season, code) {
		row, err := store.Find[codeRow](ctx, b.codes, season+"/"+hash)
		if err != nil {
			return store.Fault(err)
		}
		if row != nil {
			found = row
			break
		}
	}
	if found == nil {
		return ErrUnknown
	}
	slot, err := b.take(ctx, found, user)
	if err != nil {
		return err
	}
	_, err = store.Decide(ctx, b.fans, season+"/"+user, fanRow{ID: season + "/" + user, Season: season, Use: slot, At: store.NowMilli()})
	return store.Fault(err)
}

// window is how many slots one search reads at most.
const window = 500

// take takes a slot of a code for a fan, and returns its id. A fan tries the slots in an
// order of the fan's own. Slots are never given back, so two calls for one fan, on any
// nodes, meet in the same slot: the first one that was not another fan's.
func (b *Book) take(ctx context.Context, code *codeRow, user string) (string, error) {
	id := func(n int) string { return fmt.Sprintf("%s/%06d", code.ID, n) }
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(user))
	from := int(uint64(sum.Sum32()) % uint64(code.Uses)) // from 0
	size := 1                                            // most slots are free
	for tried := 0; tried < code.Uses; size = min(16*size, window) {
		first := (from + tried) % code.Uses
		last := min(first+size, code.Uses, first+code.Uses-tried) // one more than the last slot of this window
		taken, err := b.takenBy(ctx, id(first), id(last))
		if err != nil {
			return "", err
		}
		for n := first; n < last; n++ {
			owner, isTaken := taken[id(n)]
			if !isTaken {
				row, err := store.Decide(ctx, b.uses, id(n), useRow{ID: id(n), Season: code.Season, User: user, At: store.NowMilli()})
				if err != nil {
					return "", store.Fault(err)
				}
				if row == nil {
					return "", store.Fault(fmt.Errorf("presale: slot %s exists and cannot be read", id(n)))
				}
				owner = row.User
			}
			if owner == user {
				return id(n), nil
			}
		}
		tried += last - first
	}
	return "", ErrUsedUp
}

// takenBy returns who has the slots from one id up to, and without, another.
func (b *Book) takenBy(ctx context.Context, from, to string) (map[string]string, error) {
	found, err := b.uses.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: from}, {Key: "$lt", Value: to}}}},
		options.Find().SetProjection(bson.D{{Key: "user", Value: 1}}).SetBatchSize(window))
	var rows []useRow
	if err == nil {
		err = found.All(ctx, &rows)
	}
	if err != nil {
		return nil, store.Fault(err)
	}
	taken := make(map[string]string, len(rows))
	for _, row := range rows {
		taken[row.ID] = row.User
	}
	return taken, nil
}

// Figures are the codes of a season in numbers.
type Figures struct {
	Codes int // of the season
	Uses  int // of all codes together
	Used  int // slots taken
}

// Figures counts the codes of a season. Errors: unavailable.
func (b *Book) Figures(ctx context.Context, season string) (Figures, error) {
	of := bson.D{{Key: "season", Value: season}}
	// The sum is made here: an aggregation of MongoDB's is not the same on every server
	// that speaks its protocol.
	cursor, err := b.codes.Find(ctx, of, options.Find().SetProjection(bson.D{{Key: "uses", Value: 1}}).SetBatchSize(10_000))
	if err != nil {
		return Figures{}, store.Fault(err)
	}
	defer func() { _ = cursor.Close(ctx) }()
	var f Figures
	for cursor.Next(ctx) {
		var row codeRow
		if err := cursor.Decode(&row); err != nil {
			return Figures{}, store.Fault(err)
		}
		f.Codes++
		f.Uses += row.Uses
	}
	err = cursor.Err()
	if err == nil {
		var n int64
		n, err = b.uses.CountDocuments(ctx, of)
		f.Used = int(n)
	}
	return f, store.Fault(err)
}

// Code is a code of an upload.
type Code struct {
	Text string
	Uses int
}

// portion is how many codes one call stores.
const portion = 1000

// Add stores codes, and returns how many the season did not have. A code that the season
// has gets the new number of uses; uses that were taken stay taken. Add may be repeated
// after an error. The caller has checked the codes: from 1 to MaxUses uses, no code twice.
// Errors: unavailable.
func (b *Book) Add(ctx context.Context, season string, codes []Code) (added int, err error) {
	for _, c := range []*mongo.Collection{b.codes, b.uses, b.fans} { // for Figures
		if _, err := c.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: bson.D{{Key: "season", Value: 1}}}); err != nil {
			return 0, store.Fault(err)
		}
	}
	for part := range slices.Chunk(codes, portion) {
		n, err := b.addPortion(ctx, season, part)
		if err != nil {
			return added, store.Fault(err)
		}
		added += n
	}
	return added, nil
}

func (b *Book) addPortion(ctx context.Context, season string, codes []Code) (added int, err error) {
	rows, older := make([]codeRow, len(codes)), map[string]int{}
	now := store.NowMilli()
	for i, c := range codes {
		hashes := b.hashes(season, c.Text)
		rows[i] = codeRow{ID: season + "/" + hashes[0], Season: season, Uses: c.Uses, At: now}
		for _, hash := range hashes[1:] {
			older[season+"/"+hash] = i
		}
	}
	if err := b.keepOlder(ctx, rows, older); err != nil {
		return 0, err
	}
	there, err := store.InsertMissing(ctx, b.codes, rows)
	if err != nil {
		return 0, err
	}
	changed := map[int][]string{} // by uses
	for _, i := range there {
		changed[rows[i].Uses] = append(changed[rows[i].Uses], rows[i].ID)
	}
	for uses, ids := range changed {
		_, err := b.codes.UpdateMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}},
			bson.D{{Key: "$set", Value: bson.D{{Key: "uses", Value: uses}}}})
		if err != nil {
			return 0, err
		}
	}
	return len(rows) - len(there), nil
}

// keepOlder gives codes that were stored under an older key the id that they have:
// under a new one they could be used again. older has ids under older keys, and the
// index of the code's row.
func (b *Book) keepOlder(ctx context.Context, rows []codeRow, older map[string]int) error {
	if len(older) == 0 {
		return nil
	}
	ids := make([]string, 0, len(older))
	for id := range older {
		ids = append(ids, id)
	}
	found, err := b.codes.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}})
	var known []codeRow
	if err == nil {
		err = found.All(ctx, &known)
	}
	for _, row := range known {
		rows[older[row.ID]].ID = row.ID
	}
	return err
}
