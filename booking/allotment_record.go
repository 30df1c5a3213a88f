package booking

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/feed"
)

// record writes the row of the audit log and the events of the feed.
func (c *changing) record(ctx context.Context, d *decision) error {
	if IsShadow(c.Season) {
		return nil
	}
	moves := c.moves()
	rows := bson.A{}
	for _, m := range moves {
		named := m.seats[:min(len(m.seats), loggedSeats)]
		rows = append(rows, bson.D{{Key: "from", Value: m.from}, {Key: "to", Value: m.to}, {Key: "count", Value: len(m.seats)}, {Key: "seats", Value: named}})
	}
	err := c.b.insertAudit(ctx, auditRow{
		ID: "allotment/" + c.ID.Hex(), At: d.At, By: c.By, Action: "allotment", Season: c.Season,
		After: bson.D{{Key: "change", Value: c.ID.Hex()}, {Key: "moves", Value: rows}},
	})
	if err != nil {
		return err // recovery records the change
	}
	number := 0
	for _, m := range moves {
		for some := range slices.Chunk(m.seats, feed.MoveSeats) {
			number++
			e, err := feed.NewAllotmentEvent(feed.Allotment{
				Change: c.ID.Hex(), Number: number, Season: c.Season, By: c.By, From: textOrNull(m.from), To: textOrNull(m.to), Seats: some,
			}, d.At)
			if err != nil {
				return err
			}
			if err := c.b.feed.Record(ctx, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// loggedSeats is how many seats of a move a row of the audit log names.
const loggedSeats = 500

// move is the seats of a change that go the same way.
type move struct {
	from, to string // names; "": on sale
	seats    []string
}

// moves returns the ways that seats go, in an order that is the same on every node.
func (c *allotmentChange) moves() (all []move) {
	at := map[[2]string]int{}
	for _, l := range c.Lines {
		from := ""
		if l.from != nil {
			from = l.from.Name
		}
		i, known := at[[2]string{from, l.To}]
		if !known {
			i = len(all)
			at[[2]string{from, l.To}] = i
			all = append(all, move{from: from, to: l.To})
		}
		all[i].seats = append(all[i].seats, l.Number)
	}
	return all
}
