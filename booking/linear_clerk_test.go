package booking

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/testkit/linear"
)

// clerk is staff of the box office, who moves seats between the sale and allotments and
// sells seats without a cart, at random.
type clerk struct {
	*shopper
	kept map[string]string // seat → allotment, as far as the clerk knows
}

// askedChange is a recorded change of allotments, whose outcome is read in the end.
type askedChange struct {
	op    *linear.Op
	by    string // who made the change: no other change has the name
	moved int    // as answered
}

var allotmentNames = []string{"promoter", "press"}

// act does one random act.
func (c *clerk) act() {
	time.Sleep(time.Duration(c.chance.IntN(50)) * time.Millisecond) // as long as the fans are busy
	name := allotmentNames[c.chance.IntN(2)]
	switch dice := c.chance.IntN(100); {
	case len(c.owned) > 0 && dice < 40:
		c.refund(c.owned[0])
		c.owned = c.owned[1:]
	case dice < 45 || len(c.kept) == 0:
		c.allot(name, c.randomSeats(1+c.chance.IntN(2))...)
	case dice < 75:
		c.allot("", c.keptSeats(1+c.chance.IntN(2))...)
	case dice < 90:
		seats := c.keptSeats(1 + c.chance.IntN(2))
		c.sell(c.kept[seats[0]], seats...)
	default:
		c.sell("", c.randomSeats(1)...)
	}
}

// keptSeats returns up to n seats that the clerk thinks are in allotments.
func (c *clerk) keptSeats(n int) []string {
	var all []string
	for _, seat := range c.rules.Seats {
		if c.kept[seat] != "" {
			all = append(all, seat)
		}
	}
	c.chance.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(n, len(all))]
}

func (c *clerk) allot(name string, seats ...string) {
	c.count++
	o := c.op(linear.Allot, seats)
	o.Allotment = name
	made := &askedChange{by: fmt.Sprintf("%s/%d", o.User, c.count)}
	made.op = c.recorder.Do(o, func(o *linear.Op) {
		var err error
		made.moved, err = c.node().Allot(c.ctx, c.season, under(name, seats...), made.by)
		o.Outcome, o.Blocked = outcomeOf(err)
	})
	for _, seat := range seats {
		delete(c.kept, seat)
		if name != "" && made.op.Outcome == linear.OK {
			c.kept[seat] = name
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = append(c.changed, made)
}

func (c *clerk) sell(allotment string, numbers ...string) {
	c.count++
	req := c.deskRequest(fmt.Sprint("k", c.count), numbers...)
	req.Allotment, req.Staff = allotment, c.user
	user := req.purchase().User
	o := c.op(linear.Sell, numbers)
	o.Allotment, o.Purchase = allotment, o.User+"/"+req.Key
	made := c.recorder.Do(o, func(o *linear.Op) {
		got, err := c.node().SellAtDesk(c.ctx, req)
		o.Outcome, o.Blocked = outcomeOf(err)
		if err == nil && got.Status != Completed {
			o.Outcome = linear.Unknown
		}
		if o.Outcome == linear.OK {
			for _, t := range got.Tickets {
				c.owned = append(c.owned, ownedSeat{seat: t.SeatNumber, buyer: user, transaction: got.ID, purchase: o.Purchase})
				delete(c.kept, t.SeatNumber)
			}
		}
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bought = append(c.bought, &boughtSeat{op: made, user: user, key: req.Key})
}

// resolveChanges replaces the recorded changes of allotments by those that are stored: a
// request may have made several, of which the last may be applied. Then it records what is
// in the allotments.
func (m *market) resolveChanges(b *Booking) {
	m.t.Helper()
	found, err := m.stores.Mongo.Collection(allotmentChangesName).Find(m.ctx, bson.D{{Key: "season", Value: m.season}})
	if err != nil {
		m.t.Fatal(err)
	}
	var stored []allotmentChange
	if err := found.All(m.ctx, &stored); err != nil {
		m.t.Fatal(err)
	}
	for _, c := range m.changed {
		applied := 0
		for i := range stored {
			if stored[i].By != c.by {
				continue
			}
			o := m.storedChange(b, c.op, &stored[i])
			if o.Outcome == linear.OK {
				applied += len(o.Seats)
			}
			m.recorder.Add(o)
		}
		if c.op.Outcome != linear.Unknown && applied != c.moved {
			m.t.Errorf("%s: %d seats were moved, %d by the answer", c.op, applied, c.moved)
		}
		if c.op.Outcome != linear.Taken {
			c.op.Outcome = 0 // the stored changes are recorded instead
		}
	}
	all, err := b.Allotments(m.ctx, m.season)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, name := range allotmentNames {
		m.recorder.Do(linear.Op{Client: m.scenario.fans, Act: linear.Listed, Seats: m.rules.Seats, Allotment: name}, func(o *linear.Op) {
			o.Outcome = linear.OK
			for _, a := range all {
				if a.Name == name {
					o.Cart = a.Seats
				}
			}
		})
	}
}

// storedChange returns a settled change as the operation that it was part of.
func (m *market) storedChange(b *Booking, asked *linear.Op, c *allotmentChange) linear.Op {
	m.t.Helper()
	d, err := b.findDecision(m.ctx, c.ID)
	if err != nil || d == nil {
		m.t.Fatal(d, err)
	}
	claims, err := findClaims(m.ctx, b, bson.D{{Key: "season", Value: m.season}, {Key: "transactionId", Value: c.ID}})
	if err != nil {
		m.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(c.Text), &c.Lines); err != nil {
		m.t.Fatal(err)
	}
	o := *asked
	o.Purchase, o.Seats, o.From, o.Blocked = "change "+c.ID.Hex(), nil, nil, nil
	for _, l := range c.Lines {
		from := ""
		if i := slices.IndexFunc(claims, func(one claim) bool { return one.SeatNumber == l.Number }); i >= 0 && claims[i].From != nil {
			from = claims[i].From.Name
		}
		o.Seats, o.From = append(o.Seats, l.Number), append(o.From, from)
	}
	settled := m.left[c.ID.Hex()]
	if settled == 0 {
		m.t.Errorf("%s: the change was never settled", &o)
	}
	o.Settle(linear.Undone, settled)
	if d.Outcome == applied {
		o.Outcome = linear.OK
	}
	if m.faultless() && settled > asked.Return {
		m.t.Errorf("%s: answered at %v, before the seats were shown at %v", &o, asked.Return, settled)
	}
	return o
}
