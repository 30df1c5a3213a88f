package booking

import (
	"context"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

const marksEvery = 30 * time.Second

// markCheck looks through the seats marked taken in Redis for marks of purchases
// that are finally cancelled: a node that woke up late, or a rebuild that read
// a claim just before it ended, may have left one.
type markCheck struct {
	sold map[string]bool // transactions known as captured, which need no second look
}

func newMarkCheck() markCheck { return markCheck{sold: map[string]bool{}} }

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
	scan := b.o.Redis.HScan(ctx, takenByKey(season), 0, "", 500).Iterator()
	for scan.Next(ctx) {
		index := scan.Val()
		if !scan.Next(ctx) {
			break
		}
		mark := scan.Val()
		text, _, _ := strings.Cut(mark, " ")
		if m.sold[text] {
			continue
		}
		id, err := bson.ObjectIDFromHex(text)
		if err != nil {
			continue
		}
		d, err := b.findDecision(ctx, id)
		if err != nil {
			return err
		}
		switch {
		case claimEnded(d):
			if _, err := b.clearStale(ctx, season, index, mark); err != nil {
				return err
			}
		case d != nil:
			m.sold[text] = true
		}
	}
	return scan.Err()
}
