package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/draw"
	"usher/internal/store"
)

// What the ledger keeps of a season's one draw. Each document is decided by
// insert, in this order: "S/promise" when the opening is set up, "S/frozen" when
// it has come, "S/reveal" when the beacon has spoken or will not.

// drawPromise commits the season to a seed.
type drawCommitment struct {
	ID         string    `bson:"_id"`
	Season     string    `bson:"season"`
	Seed       []byte    `bson:"seed"` // leaves this collection only once the draw is revealed
	Commitment string    `bson:"commitment"`
	At         time.Time `bson:"at"`
	Source     string    `bson:"source"`  // of the beacon that will be mixed in; "": none
	Genesis    int64     `bson:"genesis"` // its schedule; 0: it did not answer
	Period     int64     `bson:"period"`
}

// drawFreeze says who had gathered. Their ids lie in documents of their own,
// "S/gathered/hash/n".
type drawFreeze struct {
	ID       string    `bson:"_id"`
	Season   string    `bson:"season"`
	Epoch    int64     `bson:"epoch"`   // whose numbers up to Last are the gathered's
	Last     int64     `bson:"last"`    // the number drawn by rank r is Last + r
	Opening  int64     `bson:"opening"` // µs; the time of joining of rank r is Opening + r
	Count    int64     `bson:"count"`
	Gathered string    `bson:"gathered"` // draw.Hash of their ids
	Portions int64     `bson:"portions"`
	Source   string    `bson:"source"` // as promised
	Genesis  int64     `bson:"genesis"`
	Period   int64     `bson:"period"`
	Round    int64     `bson:"round"` // to wait for; 0: drawn without
	Note     string    `bson:"note"`  // why without
	At       time.Time `bson:"at"`
}

// drawPortion holds ids, a line each.
type drawPortion struct {
	ID    string `bson:"_id"`
	Users string `bson:"users"`
}

// drawReveal ends the secrecy of the seed.
type drawReveal struct {
	ID     string    `bson:"_id"`
	Season string    `bson:"season"`
	Value  []byte    `bson:"value"` // the beacon's; empty: drawn without
	Note   string    `bson:"note"`  // why without
	At     time.Time `bson:"at"`
}

// portionSize is how many ids one document holds: some 250 kB.
const portionSize = 10_000

func (l ledger) commitment(ctx context.Context, season string) (*drawCommitment, error) {
	return store.Find[drawCommitment](ctx, l.draws, season+"/promise")
}

// promiseDraw commits the season to the seed, unless it is committed.
func (l ledger) commitDraw(ctx context.Context, p drawCommitment) (*drawCommitment, error) {
	p.ID = p.Season + "/promise"
	p.Commitment = draw.Commit(p.Seed)
	return store.Decide(ctx, l.draws, p.ID, p)
}

func (l ledger) frozen(ctx context.Context, season string) (*drawFreeze, error) {
	return store.Find[drawFreeze](ctx, l.draws, season+"/frozen")
}

func (f drawFreeze) schedule() draw.Schedule {
	return draw.Schedule{Genesis: f.Genesis, Period: f.Period}
}

// keepGathered keeps ids for a record that names their hash. They are sorted, so
// that whoever keeps the same set keeps the same documents, whatever order it was
// read in.
func (l ledger) keepGathered(ctx context.Context, f *drawFreeze, users []string) error {
	users = slices.Clone(users)
	slices.Sort(users)
	f.Count, f.Gathered = int64(len(users)), draw.Hash(users)
	for len(users) > 0 {
		n := min(portionSize, len(users))
		_, err := l.draws.InsertOne(ctx, drawPortion{ID: f.portion(f.Portions), Users: strings.Join(users[:n], "\n")})
		if err != nil && !mongo.IsDuplicateKeyError(err) {
			return err
		}
		f.Portions++
		users = users[n:]
	}
	return nil
}

// freeze records who had gathered, unless that is recorded. Their ids are kept
// before, so that what the deciding document names is there.
func (l ledger) freeze(ctx context.Context, f drawFreeze) (*drawFreeze, error) {
	f.ID = f.Season + "/frozen"
	return store.Decide(ctx, l.draws, f.ID, f)
}

func (f drawFreeze) portion(n int64) string {
	return fmt.Sprintf("%s/gathered/%s/%d", f.Season, f.Gathered, n)
}

// errKept says that the ledger was changed by other hands.
var errGatheredDiffers = errors.New("the ids kept of those who had gathered are not those that were recorded")

// gathered returns the ids of those recorded, ascending.
func (l ledger) gathered(ctx context.Context, f *drawFreeze) ([]string, error) {
	users := make([]string, 0, f.Count)
	for n := range f.Portions {
		p, err := store.Find[drawPortion](ctx, l.draws, f.portion(n))
		if err != nil {
			return nil, err
		}
		if p == nil {
			return nil, fmt.Errorf("%w: there is no %s", errGatheredDiffers, f.portion(n))
		}
		users = append(users, strings.Split(p.Users, "\n")...)
	}
	if int64(len(users)) != f.Count || draw.Hash(users) != f.Gathered {
		return nil, fmt.Errorf("%w: they hash to another set than %s says", errGatheredDiffers, f.ID)
	}
	return users, nil
}

func (l ledger) revealed(ctx context.Context, season string) (*drawReveal, error) {
	return store.Find[drawReveal](ctx, l.draws, season+"/reveal")
}

func (l ledger) reveal(ctx context.Context, r drawReveal) (*drawReveal, error) {
	r.ID = r.Season + "/reveal"
	return store.Decide(ctx, l.draws, r.ID, r)
}
