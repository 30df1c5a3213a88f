package booking

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/store"
)

// A shadow season is the copy of a season on which a rehearsal is played. Its id says that
// it is one, and no other season can be created under such an id. So what a shadow may not
// do is decided without a look-up, even while the season is being removed: it never
// reaches the payment provider, the feed or the audit log.

const (
	shadowMark  = "-rehearsal-"
	shadowBytes = 5 // random, of an id
)

var shadowID = regexp.MustCompile(`^[a-z0-9-]{0,43}-rehearsal-[0-9a-f]{10}$`)

// IsShadow reports whether the id is that of a shadow season.
func IsShadow(season string) bool { return shadowID.MatchString(season) }

// NewShadowID makes the id of a shadow of a season. A long id of the season is cut.
func NewShadowID(season string) string {
	random := make([]byte, shadowBytes)
	_, _ = rand.Read(random) // never fails
	return season[:min(len(season), 43)] + shadowMark + hex.EncodeToString(random)
}

// provider returns the payment provider of a season: a shadow has the sandbox, whatever
// the node's provider is.
func (b *Booking) provider(season string) payment.Provider {
	if IsShadow(season) {
		return b.sandbox
	}
	return b.o.Provider
}

// Shadow is a shadow season.
type Shadow struct {
	ID   string // of NewShadowID
	Of   string // the season that it copies
	Fans int    // the size of its crowd …
	Seed uint64 // … and the seed that all its fans derive from
}

// shadowOf is the part of a revision that only a shadow has.
type shadowOf struct {
	Season string `bson:"season"`
	Fans   int    `bson:"fans"`
	Seed   string `bson:"seed"` // decimal: MongoDB has no unsigned numbers
}

// CreateShadow copies the settings and the seat plan of the season that a shadow is of to
// the shadow, which is open at once and closes at until. Seats that the plan does not sell stay so; what is sold
// in the season is free in the shadow. Errors: not_found, invalid_request (a shadow of a
// shadow, or a season without seats on sale). After another error a part may be there, which
// RetireShadow and EraseShadow remove.
func (b *Booking) CreateShadow(ctx context.Context, made Shadow, until time.Time, by string) error {
	original, plan, err := b.mayShadow(ctx, made.Of)
	if err != nil {
		return err
	}
	if !IsShadow(made.ID) {
		return fault.New(fault.InvalidRequest, "%q is no id of a shadow season", made.ID)
	}
	settings := original.Settings
	until = until.UTC().Truncate(time.Millisecond)
	settings.ID, settings.OpensAt, settings.ClosesAt = made.ID, nil, &until
	settings.Phases = nil      // a rehearsal is one sale for its own fans
	settings.Challenge = false // the simulated fans cannot solve one
	document, err := asDocument(settings)
	if err != nil {
		return err
	}
	row := revision{
		ID: made.ID + "/1", Season: made.ID, Revision: 1, Settings: document, By: by, Action: "rehearsal", At: time.Now().UTC(),
		Shadow: &shadowOf{Season: made.Of, Fans: made.Fans, Seed: strconv.FormatUint(made.Seed, 10)},
	}
	if err := b.insertRevision(ctx, row); err != nil {
		return err
	}
	currency := plan.Currency
	if currency == "" {
		currency = original.Currency
	}
	copied, err := b.importPlan(ctx, made.ID, slices.Clone(plan.Seats), currency, by)
	if err != nil {
		return err
	}
	shadow, err := b.freshSeason(ctx, made.ID)
	if err != nil {
		return err
	}
	if err := b.configure(ctx, shadow, copied); err != nil {
		b.log.WarnContext(ctx, "plan: configuring Redis failed: the next tick tries again", "season", made.ID, "error", err)
	}
	return store.Fault(b.project(ctx, copied))
}

// MayShadow says why a season cannot be rehearsed: it is unknown, is a shadow itself or
// sells no seat. It returns the season.
func (b *Booking) MayShadow(ctx context.Context, season string) (Season, error) {
	original, _, err := b.mayShadow(ctx, season)
	return original, err
}

func (b *Booking) mayShadow(ctx context.Context, season string) (Season, *Plan, error) {
	if IsShadow(season) {
		return Season{}, nil, fault.New(fault.InvalidRequest, "%s is the shadow season of a rehearsal itself: name the season that it copies", season)
	}
	original, err := b.freshSeason(ctx, season)
	if err != nil {
		return Season{}, nil, err
	}
	plan, err := b.Plan(ctx, season)
	if err != nil {
		return Season{}, nil, err
	}
	if !slices.ContainsFunc(plan.Seats, func(s Seat) bool { return !s.Blocked }) {
		return Season{}, nil, fault.New(fault.InvalidRequest, "season %s has no seat on sale: import its seat plan first (usher seats import)", season)
	}
	return original, plan, nil
}

// Shadows lists the shadow seasons of a season, also those whose removal has begun and
// was not finished.
func (b *Booking) Shadows(ctx context.Context, season string) ([]Shadow, error) {
	cursor, err := b.o.Mongo.Collection(seasonsName).Find(ctx, bson.D{{Key: "shadow.season", Value: season}})
	var rows []revision
	if err == nil {
		err = cursor.All(ctx, &rows)
	}
	if err != nil {
		return nil, store.Fault(fmt.Errorf("reading the shadow seasons: %w", err))
	}
	var all []Shadow
	for _, r := range rows {
		if slices.ContainsFunc(all, func(s Shadow) bool { return s.ID == r.Season }) {
			continue
		}
		seed, err := strconv.ParseUint(r.Shadow.Seed, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("season %s has the seed %q, which is no number: %w", r.Season, r.Shadow.Seed, err)
		}
		all = append(all, Shadow{ID: r.Season, Of: r.Shadow.Season, Fans: r.Shadow.Fans, Seed: seed})
	}
	return all, nil
}

// RetireShadow makes every node forget a shadow season: from now on it is not found.
// Repeating it changes nothing. Its data stays until EraseShadow.
func (b *Booking) RetireShadow(ctx context.Context, id string) error {
	if !IsShadow(id) {
		return fault.New(fault.InvalidRequest, "%s is no shadow season: only a shadow season can be removed", id)
	}
	for range writeRetries {
		last, err := b.newestRevision(ctx, id)
		if err != nil || last == nil || last.Removed {
			return err
		}
		next := *last
		next.Revision++
		next.ID, next.Removed, next.At = fmt.Sprintf("%s/%d", id, next.Revision), true, time.Now().UTC()
		if err := b.insertRevision(ctx, next); !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return fault.New(fault.Unavailable, "too many changes of season %s at once; try again", id)
}

func (b *Booking) newestRevision(ctx context.Context, id string) (*revision, error) {
	rows, err := store.FindAll[revision](ctx, b.o.Mongo.Collection(seasonsName), id)
	if err != nil {
		return nil, store.Fault(err)
	}
	var last *revision
	for i := range rows {
		if last == nil || rows[i].Revision > last.Revision {
			last = &rows[i]
		}
	}
	return last, nil
}

// insertRevision inserts a revision of a shadow and tells all nodes. Errors: conflict when
// another revision was first.
func (b *Booking) insertRevision(ctx context.Context, row revision) error {
	_, err := b.o.Mongo.Collection(seasonsName).InsertOne(ctx, row)
	if mongo.IsDuplicateKeyError(err) {
		return fault.New(fault.Conflict, "season %s was changed at the same moment; try again", row.Season)
	}
	if err != nil {
		return store.Fault(fmt.Errorf("writing the season: %w", err))
	}
	b.catalog.expire()
	b.announceSeason(ctx, row.Season)
	wake(b.seasonChanged)
	return nil
}

// PendingIn counts the purchases and refunds of a season that are in flight.
func (b *Booking) PendingIn(ctx context.Context, season string) (int64, error) {
	n, err := b.o.Mongo.Collection(pendingName).CountDocuments(ctx, ofSeason(season))
	return n, store.Fault(err)
}

// EraseShadow deletes every document of a shadow season that RetireShadow has retired,
// the season's own last. It returns how many it deleted; repeating it is safe.
func (b *Booking) EraseShadow(ctx context.Context, id string) (int64, error) {
	if !IsShadow(id) {
		return 0, fault.New(fault.InvalidRequest, "%s is no shadow season: only a shadow season can be removed", id)
	}
	erased, err := b.eraseCharges(ctx, id)
	if err != nil {
		return erased, store.Fault(err)
	}
	for _, part := range []struct {
		collection string
		filter     bson.D
	}{
		{pendingName, ofSeason(id)},
		{ticketsName, ofSeason(id)},
		{checkinsName, ofSeason(id)},
		{claimsName, ofSeason(id)},
		{allotmentChangesName, ofSeason(id)},
		{refundsName, ofSeason(id)},
		{decisionsName, ofSeason(id)},
		{seatsName, ofSeason(id)},
		{auditName, ofSeason(id)},
		{plansName, store.ByPrefix(id)},
		{transactionsName, ofSeason(id)}, // after the charges, which are found by them
		// The revision that says "removed" goes last: without it an earlier one would count.
		{seasonsName, append(ofSeason(id), bson.E{Key: "removed", Value: bson.D{{Key: "$ne", Value: true}}})},
		{seasonsName, ofSeason(id)},
	} {
		deleted, err := b.o.Mongo.Collection(part.collection).DeleteMany(ctx, part.filter)
		if err != nil {
			return erased, store.Fault(fmt.Errorf("removing the %s of %s: %w", part.collection, id, err))
		}
		erased += deleted.DeletedCount
	}
	b.catalog.expire()
	return erased, nil
}

func ofSeason(id string) bson.D { return bson.D{{Key: "season", Value: id}} }

// eraseCharges removes a shadow's charges from the ledger of the sandbox.
func (b *Booking) eraseCharges(ctx context.Context, id string) (erased int64, err error) {
	orders, err := store.FindAll[struct {
		ID bson.ObjectID `bson:"_id"`
	}](ctx, b.o.Mongo.Collection(transactionsName), id)
	if err != nil {
		return 0, err
	}
	for some := range slices.Chunk(orders, 1000) {
		charges := make([]string, len(some))
		for i, o := range some {
			charges[i] = o.ID.Hex()
		}
		n, err := b.sandbox.Erase(ctx, charges)
		erased += n
		if err != nil {
			return erased, err
		}
	}
	return erased, nil
}

// forget drops what this node has in memory of a season that was removed.
func (b *Booking) forget(season string) {
	b.seats.Forget(season)
	b.plans.Delete(season)
	b.projected.Range(func(key, _ any) bool {
		if id := key.(string); len(id) > len(season) && id[:len(season)+1] == season+"/" {
			b.projected.Delete(key)
		}
		return true
	})
	b.metrics.forget(season)
}
