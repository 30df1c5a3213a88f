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

// The documents of a season's draws. Each is decided by insert, in this order:
// "S/promise" when the opening is set, "S/frozen" when the opening has come,
// "S/reveal" when the beacon's value is published or did not come in time. Those of a
// draw behind the first have the number of the draw in their ids, "S/2/promise", and
// there is one more: "S/2/gathering", when the phase before has closed.

// drawID is the id of a document of a draw.
func drawID(season string, nth int64, document string) string {
	if nth <= 1 {
		return season + "/" + document
	}
	return fmt.Sprintf("%s/%d/%s", season, nth, document)
}

// drawCommitment commits the season to a seed.
type drawCommitment struct {
	ID         string    `bson:"_id"`
	Season     string    `bson:"season"`
	Nth        int64     `bson:"nth,omitempty"` // the number of the draw; 0: 1
	Seed       []byte    `bson:"seed"`          // secret until the draw is revealed
	Commitment string    `bson:"commitment"`
	At         time.Time `bson:"at"`
	Source     string    `bson:"source"`  // of the beacon whose value is mixed in; "": none
	Genesis    int64     `bson:"genesis"` // the beacon's schedule; 0: it did not answer
	Period     int64     `bson:"period"`
	// Phases are those of the season at the commitment; none in a season without phases.
	Phases []draw.Phase `bson:"phases,omitempty"`
}

// drawGather records who waits in front of the users who gather for a draw behind the
// first, so that a new epoch knows it.
type drawGather struct {
	ID     string `bson:"_id"`
	Season string `bson:"season"`
	Nth    int64  `bson:"nth"`
	From   int64  `bson:"from"`   // users with numbers up to this one waited before
	Joined int64  `bson:"joined"` // µs; the latest time of joining among them
}

// drawFreeze records which users gathered. Their ids are in documents of their
// own, "S/gathered/hash/n".
type drawFreeze struct {
	ID       string    `bson:"_id"`
	Season   string    `bson:"season"`
	Nth      int64     `bson:"nth,omitempty"`  // the number of the draw; 0: 1
	From     int64     `bson:"from,omitempty"` // numbers up to this one belong to users who waited before
	Epoch    int64     `bson:"epoch"`          // numbers behind From up to Last belong to the users who gathered
	Last     int64     `bson:"last"`           // rank r draws the number Last + r
	Opening  int64     `bson:"opening"`        // µs; rank r gets the time of joining Opening + r
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
	Nth    int64     `bson:"nth,omitempty"` // the number of the draw; 0: 1
	Value  []byte    `bson:"value"`         // the beacon's; empty: drawn without a beacon
	Note   string    `bson:"note"`          // why without a beacon
	At     time.Time `bson:"at"`
}

// portionSize is how many ids one document holds: about 250 kB.
const portionSize = 10_000

// commitDraw commits the season to the seed, unless it is committed already. It
// returns the commitment that counts.
func (l ledger) commitDraw(ctx context.Context, p drawCommitment) (*drawCommitment, error) {
	p.ID = drawID(p.Season, p.Nth, "promise")
	p.Commitment = draw.CommitTo(p.Seed, int(p.Nth), p.Phases)
	return store.Decide(ctx, l.draws, p.ID, p)
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
	f.ID = drawID(f.Season, f.Nth, "frozen")
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

// gather records who waits in front of the users who gather, unless that is recorded
// already.
func (l ledger) gather(ctx context.Context, g drawGather) (*drawGather, error) {
	g.ID = drawID(g.Season, g.Nth, "gathering")
	return store.Decide(ctx, l.draws, g.ID, g)
}

func (l ledger) reveal(ctx context.Context, r drawReveal) (*drawReveal, error) {
	r.ID = drawID(r.Season, r.Nth, "reveal")
	return store.Decide(ctx, l.draws, r.ID, r)
}
