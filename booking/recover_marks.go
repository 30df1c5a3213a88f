package booking

import (
	"context"
	"strconv"
	"strings"
	"time"

	"usher/internal/store"

	"go.mongodb.org/mongo-driver/v2/bson"
)

const marksEvery = 30 * time.Second

// markCheck looks through the seats marked taken in Redis for marks of claims that
// are over: a node that woke up late, or a rebuild that read a claim just before
// it ended, may have left one.
type markCheck struct {
	sold  map[string]bool             // transactions known as captured: only refunds may free their seats
	ruled map[bson.ObjectID]*decision // of refunds, which do not change: read once
}

func newMarkCheck() markCheck {
	return markCheck{sold: map[string]bool{}, ruled: map[bson.ObjectID]*decision{}}
}

// run checks every season, twice a minute, until ctx ends. The first time it asks
// after every purchase there is; recovery does not wait for that.
func (m *markCheck) run(ctx context.Context, b *Booking) {
	timer := time.NewTimer(recoverEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if err := m.runOnce(ctx, b); err != nil && ctx.Err() == nil {
			b.log.WarnContext(ctx, "marks could not be checked", "error", err)
		}
		timer.Reset(marksEvery)
	}
}

func (m *markCheck) runOnce(ctx context.Context, b *Booking) error {
	seasons, err := b.Seasons(ctx)
	if err != nil {
		return err
	}
	for _, season := range seasons {
		if err := m.check(ctx, b, season.ID); err != nil {
			return err
		}
	}
	return nil
}

// check clears a season's stale marks.
func (m *markCheck) check(ctx context.Context, b *Booking, season string) error {
	freed, err := m.freedMarks(ctx, b, season)
	if err != nil {
		return err
	}
	return b.seats.Marks(ctx, season, func(index, mark string) error {
		text, _, _ := strings.Cut(mark, " ")
		if m.sold[text] && !freed[text+" "+index] {
			return nil
		}
		id, err := bson.ObjectIDFromHex(text)
		if err != nil {
			return nil
		}
		d, err := b.findDecision(ctx, id)
		if err != nil {
			return err
		}
		switch {
		case claimEnded(d, freed[text+" "+index]):
			if _, err := b.clearStale(ctx, season, index, mark); err != nil {
				return err
			}
		case d != nil:
			m.sold[text] = true
		}
		return nil
	})
}

// freedMarks returns "<transaction> <index>" of each seat that was given back.
func (m *markCheck) freedMarks(ctx context.Context, b *Booking, season string) (map[string]bool, error) {
	refunds, err := store.FindAll[refund](ctx, b.o.Mongo.Collection(refundsName), season)
	if err != nil {
		return nil, err
	}
	freed := map[string]bool{}
	for i := range refunds {
		r := &refunds[i]
		d := m.ruled[r.ID]
		if d == nil {
			if d, err = b.findDecision(ctx, r.ID); err != nil {
				return nil, err
			}
			m.ruled[r.ID] = d
		}
		if d == nil || d.Outcome != refunded {
			continue
		}
		for _, l := range r.Lines {
			freed[r.Transaction.Hex()+" "+strconv.Itoa(l.Index)] = true
		}
	}
	return freed, nil
}
