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
	last time.Time
	sold map[string]bool // transactions known as captured, which need no second look
}

func newMarkCheck() markCheck { return markCheck{sold: map[string]bool{}} }

// whenDue checks every season, twice a minute.
func (m *markCheck) whenDue(ctx context.Context, b *Booking) error {
	if time.Since(m.last) < marksEvery {
		return nil
	}
	m.last = time.Now()
	seasons, err := b.Seasons(ctx)
	if err != nil {
		return err
	}
	for _, season := range seasons {
		if err := m.once(ctx, b, season.ID); err != nil {
			return err
		}
	}
	return nil
}

// once clears a season's stale marks.
func (m *markCheck) once(ctx context.Context, b *Booking, season string) error {
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
