package queue

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"usher/internal/fault"
	"usher/internal/testkit"
)

// smallHouse is a plan of eight seats in three classes, by index.
var smallHouse = []struct {
	category string
	price    int64
}{
	{"Balcony", 3000},
	{"Balcony", 3000},
	{"Balcony", 3000},
	{"Box, left/right", 5000},
	{"Box, left/right", 5000},
	{"Box, left/right", 9000},
	{"Box, left/right", 9000},
	{"Box, left/right", 9000},
}

// smallClasses are its classes, as the seats' configure.lua writes them.
var smallClasses = []struct {
	category string
	price    int64
	seats    []int
}{
	{"Balcony", 3000, []int{0, 1, 2}},
	{"Box, left/right", 5000, []int{3, 4}},
	{"Box, left/right", 9000, []int{5, 6, 7}},
}

// setHouse writes the plan, with every seat sold.
func setHouse(ctx context.Context, client redis.Cmdable, season string) error {
	pipe := client.TxPipeline()
	text := "tag"
	for i, c := range smallClasses {
		text += fmt.Sprintf(" %d/%s/%d", c.price, escaped(c.category), len(c.seats))
		for _, seat := range c.seats {
			pipe.SetBit(ctx, fmt.Sprintf("%s:%d", key("class", season), i+1), int64(seat), 1)
		}
	}
	pipe.HSet(ctx, key("sale", season), "seats", len(smallHouse), "forSale", len(smallHouse), "maxSeats", 4, "classes", text)
	for seat := range smallHouse {
		setSeat(ctx, pipe, season, seat, false)
	}
	_, err := pipe.Exec(ctx)
	return err
}

func escaped(category string) string {
	_, name, _ := strings.Cut(Wish{Categories: []string{category}}.text(), ";0;")
	return name
}

// setSeat makes a seat free, or sells it.
func setSeat(ctx context.Context, pipe redis.Pipeliner, season string, seat int, free bool) {
	if free {
		pipe.HDel(ctx, key("takenby", season), fmt.Sprint(seat))
	} else {
		pipe.HSet(ctx, key("takenby", season), seat, "order buyer")
	}
	for _, name := range []string{"taken", "booked"} {
		pipe.SetBit(ctx, key(name, season), int64(seat), map[bool]int{false: 1, true: 0}[free])
	}
	pipe.Incr(ctx, key("seatver", season))
}

// wishModel is the line with wishes as a person would explain it.
type wishModel struct {
	*model
	free     [8]bool         // by seat
	wishes   map[string]Wish // of users in line
	promises map[string][]int
}

// tidy forgets the wishes of users who are not in line, and the promises of users without
// a place.
func (m *wishModel) tidy() {
	for user, f := range m.fans {
		if f.state != Waiting {
			delete(m.wishes, user)
		}
		if f.state != Turn && f.state != Active {
			delete(m.promises, user)
		}
	}
}

func (m *wishModel) sweep() { m.model.sweep(); m.tidy() }

// left counts by class the free seats that are not set aside.
func (m *wishModel) left() (left []int) {
	for _, c := range smallClasses {
		n := 0
		for _, seat := range c.seats {
			if m.free[seat] {
				n++
			}
		}
		left = append(left, n)
	}
	for _, promise := range m.promises {
		for i, n := range promise {
			left[i] -= n
		}
	}
	return left
}

// share returns the seats to set aside for a wish, by class; nil when it cannot be met.
func (m *wishModel) share(w Wish) []int {
	left, share := m.left(), make([]int, len(smallClasses))
	for range w.Seats {
		most := -1
		for i, c := range smallClasses {
			fits := (w.UpTo == 0 || c.price <= w.UpTo) && (len(w.Categories) == 0 || slices.Contains(w.Categories, c.category))
			if fits && left[i] > 0 && (most < 0 || left[i] > left[most]) {
				most = i
			}
		}
		if most < 0 {
			return nil
		}
		left[most]--
		share[most]++
	}
	return share
}

func (m *wishModel) room() bool {
	return m.model.free() > 0 && slices.Contains(m.free[:], true)
}

// wantOf returns what a user needs to be admitted: the wish, or one seat.
func (m *wishModel) wantOf(user string) Wish {
	if w, has := m.wishes[user]; has {
		return w
	}
	return Wish{Seats: 1}
}

// admit sets seats aside, and tells the present users whom this one passes.
func (m *wishModel) admit(user string, number int64, share []int) {
	if len(m.wishes) > 0 {
		m.promises[user] = share
	}
	delete(m.wishes, user)
	for other, w := range m.wishes {
		if f := m.fans[other]; f.present && f.number < number {
			w.PassedOver = true
			m.wishes[other] = w
		}
	}
}

// promote is invariant 6: of all who are present and whose wish can be met, the first.
func (m *wishModel) promote() {
	for m.room() {
		admitted := false
		for _, user := range m.inLine() {
			f := m.fans[user]
			share := m.share(m.wantOf(user))
			if !f.present || share == nil {
				continue
			}
			m.admit(user, f.number, share)
			*f = fan{state: Turn, number: f.number, socket: f.socket, deadline: m.now.Add(m.set.TurnWindow)}
			admitted = true
			break
		}
		if !admitted {
			return
		}
	}
}

func (m *wishModel) join(user string) {
	m.sweep()
	m.promote()
	f := m.fans[user]
	if f.state != None {
		m.alive(f)
		return
	}
	m.number++
	f.number = m.number
	ready := slices.ContainsFunc(m.inLine(), func(other string) bool {
		_, wishes := m.wishes[other]
		return m.fans[other].present && !wishes
	})
	if share := m.share(Wish{Seats: 1}); !ready && m.room() && share != nil {
		m.admit(user, f.number, share)
		f.state = Active
		m.activate(f)
		return
	}
	f.state = Waiting
	m.alive(f)
}

func (m *wishModel) wish(user string, w *Wish) {
	m.sweep()
	f := m.fans[user]
	m.alive(f)
	if f.state != Waiting {
		return
	}
	had, has := m.wishes[user]
	switch {
	case w == nil:
		delete(m.wishes, user)
	case !has || had.text() != w.text():
		m.wishes[user] = *w
	}
}

// TestWishesKeepTheOrderOfTheModel plays random acts of six users with wishes on two
// nodes against the model, with every script run once, and with every script repeated as
// after a lost reply. rapid prints the seed of a game that fails.
func TestWishesKeepTheOrderOfTheModel(t *testing.T) {
	c := newClock(t)
	once, repeated := newFixture(t, "redis://"+c.redis.Addr()), newFixture(t, "redis://"+c.redis.Addr())
	repeated.stores.Redis.AddHook(twice{})
	rapid.Check(t, func(rt *rapid.T) {
		h := once
		if rapid.Bool().Draw(rt, "repeated") {
			h = repeated
		}
		playWishes(rt, h, c)
	})
}

var someWishes = []Wish{
	{Seats: 1, Categories: []string{"Balcony"}},
	{Seats: 2, Categories: []string{"Box, left/right"}, UpTo: 5999},
	{Seats: 1, Categories: []string{"Box, left/right"}},
	{Seats: 3, UpTo: 5000},
	{Seats: 2},
	{Seats: 1, UpTo: 100}, // never met
	{Seats: 2, Categories: []string{"Balcony", "Box, left/right"}, UpTo: 8000},
}

func playWishes(rt *rapid.T, h *fixture, c *clock) {
	h.season = testkit.SeasonID()
	nodes := []*node{h.node(), h.node()}
	set := Settings{
		Revision: 1, ActiveLimit: rapid.IntRange(1, 3).Draw(rt, "limit"), Returns: true,
		TurnWindow: time.Minute, Lease: 90 * time.Second, Session: 5 * time.Minute, Absence: 2 * time.Minute, Forget: 10 * time.Minute,
	}
	ctx := context.Background()
	nodes[0].configure(set)
	nodes[0].must(setHouse(ctx, h.stores.Redis, h.season))
	m := &wishModel{model: &model{set: set, now: c.now, fans: map[string]*fan{}, stock: "available"}, wishes: map[string]Wish{}, promises: map[string][]int{}}
	var users []string
	for i := range 6 {
		users = append(users, fmt.Sprintf("%024x", i))
		m.fans[users[i]] = &fan{state: None}
	}
	conns := map[string]socketOf{}
	steps := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) [4]int {
		return [4]int{
			rapid.IntRange(0, 13).Draw(rt, "act"), rapid.IntRange(0, len(users)-1).Draw(rt, "who"),
			rapid.IntRange(0, 55).Draw(rt, "what"), rapid.IntRange(0, 1).Draw(rt, "node"),
		}
	}), 10, 45).Draw(rt, "steps")
	for i, step := range steps {
		user, n, what := users[step[1]], nodes[step[3]], step[2]
		s, f := n.Queue.season(h.season), m.fans[users[step[1]]]
		switch step[0] {
		case 0, 1, 2:
			n.join(user)
			m.join(user)
		case 3, 4:
			w := someWishes[what%len(someWishes)]
			_, err := n.Wish(ctx, h.season, user, &w)
			m.wish(user, &w)
			if (err == nil) != (f.state == Waiting) && f.state != Turn || err != nil && !fault.Is(err, fault.Conflict) {
				rt.Fatalf("step %d: Wish says %v, the model has %s", i, err, f.state)
			}
		case 5:
			_, err := n.Wish(ctx, h.season, user, nil)
			n.must(err)
			m.wish(user, nil)
		case 6:
			n.Queue.Enter(ctx, h.season, user) //nolint:errcheck // the model says whether it can
			m.sweep()
			m.alive(f)
			m.promote()
			if f.state == Turn {
				m.activate(f)
			}
		case 7:
			n.leaveAs(user)
			m.sweep()
			m.promote()
			m.out(f)
			m.tidy()
		case 8:
			conn, _, err := n.Connect(ctx, h.season, user)
			n.must(err)
			conns[user] = socketOf{conn, n}
			m.sweep()
			f.socket = true
			m.alive(f)
		case 9:
			if conns[user].node == nil {
				continue
			}
			conns[user].node.Disconnect(h.season, user, conns[user].conn)
			n.must(conns[user].node.Queue.season(h.season).flushGone(ctx))
			m.sweep()
			if f.socket && f.state == Waiting && f.present {
				f.present, f.forget = false, m.now.Add(set.Forget)
			}
			f.socket = false
		case 10:
			d := []time.Duration{10 * time.Second, time.Minute, 3 * time.Minute, 11 * time.Minute}[what%4]
			c.advance(d)
			m.now = c.now
		case 11, 12: // a seat comes back, or another sale takes it
			seat := what % len(smallHouse)
			m.free[seat] = !m.free[seat]
			pipe := h.stores.Redis.TxPipeline()
			setSeat(ctx, pipe, h.season, seat, m.free[seat])
			_, err := pipe.Exec(ctx)
			n.must(err)
		case 13: // an active user holds a seat
			seat := what % len(smallHouse)
			if f.state != Active || !m.free[seat] {
				continue
			}
			m.free[seat] = false
			delete(m.promises, user)
			pipe := h.stores.Redis.TxPipeline()
			pipe.HDel(ctx, key("promises", h.season), user)
			setSeat(ctx, pipe, h.season, seat, false)
			_, err := pipe.Exec(ctx)
			n.must(err)
		}
		m.sweep()
		m.promote()
		m.compare(rt, i, s, users)
	}
	if found, err := nodes[0].Audit(ctx, h.season); err != nil || len(found) > 0 {
		rt.Fatal(err, found)
	}
}

type socketOf struct {
	conn int64
	node *node
}

func (m *wishModel) compare(rt *rapid.T, step int, s *season, users []string) {
	args := []any{"look"}
	for _, user := range users {
		args = append(args, user)
	}
	r, err := s.call(context.Background(), touchScript, args...)
	if err != nil {
		rt.Fatal(err)
	}
	line := m.inLine()
	for i, user := range users {
		got, want := r.states[i], m.fans[user]
		position := 1 + slices.Index(line, user)
		if got.State != want.state || got.Number != want.number || got.Position != position {
			rt.Fatalf("step %d: user %d is %s, number %d, position %d; the model has %s, %d, %d (free %v, promises %v, wishes %v)",
				step, i, got.State, got.Number, got.Position, want.state, want.number, position, m.free, m.promises, m.wishes)
		}
		wish, has := m.wishes[user]
		if !has {
			if got.Wish != "" {
				rt.Fatalf("step %d: user %d has the wish %s, the model none", step, i, got.Wish)
			}
			continue
		}
		if got.Wish != wish.text() {
			rt.Fatalf("step %d: user %d has the wish %q, the model %q", step, i, got.Wish, wish.text())
		}
		if passed := got.passedOver(r.counts); passed != wish.PassedOver && want.present {
			rt.Fatalf("step %d: user %d was passed over: %v, the model says %v", step, i, passed, wish.PassedOver)
		}
	}
}
