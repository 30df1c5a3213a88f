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

// The documents of a season's draw. Each is decided by insert, in this order:
// "S/promise" when the opening is set, "S/frozen" when the opening has come,
// "S/reveal" when the beacon's value is published or did not come in time.

// drawCommitment commits the season to a seed.
type drawCommitment struct {
	ID         string    `bson:"_id"`
	Season     string    `bson:"season"`
	Seed       []byte    `bson:"seed"` // secret until the draw is revealed
	Commitment string    `bson:"commitment"`
	At         time.Time `bson:"at"`
	Source     string    `bson:"source"`  // of the beacon whose value is mixed in; "": none
	Genesis    int64     `bson:"genesis"` // the beacon's schedule; 0: it did not answer
	Period     int64     `bson:"period"`
	// Phases are those of the season at the commitment; none in a season without phases.
	Phases []draw.Phase `bson:"phases,omitempty"`
}

// drawFreeze records which users gathered. Their ids are in documents of their
// own, "S/gathered/hash/n".
type drawFreeze struct {
	ID       string    `bson:"_id"`
	Season   string    `bson:"season"`
	Epoch    int64     `bson:"epoch"`   // numbers of this epoch up to Last belong to the users who gathered
	Last     int64     `bson:"last"`    // rank r draws the number Last + r
	Opening  int64     `bson:"opening"` // µs; rank r gets the time of joining Opening + r
	Count    int64     `bson:"count"`
	Gathered string    `bson:"gathered"` // draw.Hash of their ids
	Portions int64     `bson:"portions"`
	Source   string    `bson:"source"` // as in the commitment
	Genesis  int64     `bson:"genesis"`
	Period   int64     `bson:"period"`
	Round    int64     `bson:"round"` // of the beacon; 0: drawn without a beacon
	Note     string    `bson:"note"`  // why without a beacon
	At       time.Time `bson:"at"`
}

// drawPortion holds ids of users, one a line.
type drawPortion struct {
	ID    string `bson:"_id"`
	Users string `bson:"users"`
}

// drawReveal makes the seed public.
type drawReveal struct {
	ID     string    `bson:"_id"`
	Season string    `bson:"season"`
	Value  []byte    `bson:"value"` // the beacon's; empty: drawn without a beacon
	Note   string    `bson:"note"`  // why without a beacon
	At     time.Time `bson:"at"`
}

// portionSize is how many ids one document holds: about 250 kB.
const portionSize = 10_000

func (l ledger) commitment(ctx context.Context, season string) (*drawCommitment, error) {
	return store.Find[drawCommitment](ctx, l.draws, season+"/promise")
}

// commitDraw commits the season to the seed, unless it is committed already. It
// returns the commitment that counts.
func (l ledger) commitDraw(ctx context.Context, p drawCommitment) (*drawCommitment, error) {
	p.ID = p.Season + "/promise"
	p.Commitment = draw.Commit(p.Seed, p.Phases...)
	return store.Decide(ctx, l.draws, p.ID, p)
}

func (l ledger) frozen(ctx context.Context, season string) (*drawFreeze, error) {
	return store.Find[drawFreeze](ctx, l.draws, season+"/frozen")
}

func (f drawFreeze) schedule() draw.Schedule {
	return draw.Schedule{Genesis: f.Genesis, Period: f.Period}
}

// keepGathered inserts the ids, and sets the fields of f that describe them. The
// ids are sorted, so that nodes with the same set insert the same documents.
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

// freeze records which users gathered, unless that is recorded already. Their ids
// are inserted before, so the deciding document never names missing ones.
func (l ledger) freeze(ctx context.Context, f drawFreeze) (*drawFreeze, error) {
	f.ID = f.Season + "/frozen"
	return store.Decide(ctx, l.draws, f.ID, f)
}

func (f drawFreeze) portion(n int64) string {
	return fmt.Sprintf("%s/gathered/%s/%d", f.Season, f.Gathered, n)
}

// errGatheredDiffers: the ledger was changed by another program.
var errGatheredDiffers = errors.New("the stored ids of the users who gathered differ from the recorded ones")

// gathered returns the recorded ids in ascending order.
func (l ledger) gathered(ctx context.Context, f *drawFreeze) ([]string, error) {
	users := make([]string, 0, f.Count)
	for n := range f.Portions {
		p, err := store.Find[drawPortion](ctx, l.draws, f.portion(n))
		if err != nil {
			return nil, err
		}
		if p == nil {
			return nil, fmt.Errorf("%w: %s is missing", errGatheredDiffers, f.portion(n))
		}
		users = append(users, strings.Split(p.Users, "\n")...)
	}
	if int64(len(users)) != f.Count || draw.Hash(users) != f.Gathered {
		return nil, fmt.Errorf("%w: their hash or number is not the one in %s", errGatheredDiffers, f.ID)
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
