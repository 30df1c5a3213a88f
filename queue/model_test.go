package queue

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"usher/internal/fault"
	"usher/internal/testkit"
)

// twice repeats every script whose name is not known to be new, as a client does
// that lost the first reply.
type twice struct{}

func (twice) DialHook(next redis.DialHook) redis.DialHook { return next }

func (twice) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (twice) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "evalsha" || cmd.Name() == "eval" {
			if err := next(ctx, cmd); err != nil {
				return err
			}
		}
		return next(ctx, cmd)
	}
}

// clock is a Redis of the test's own whose time stands still unless moved.
type clock struct {
	redis *miniredis.Miniredis
	now   time.Time
}

func newClock(t testing.TB) *clock {
	c := &clock{redis: miniredis.RunT(t), now: time.Date(2027, 3, 1, 10, 0, 0, 0, time.UTC)}
	c.redis.SetTime(c.now)
	return c
}

func (c *clock) advance(d time.Duration) {
	c.now = c.now.Add(d)
	c.redis.SetTime(c.now)
}

// fan is a user in the model.
type fan struct {
	state               State
	number              int64
	present, socket     bool
	until, forget       time.Time // until when present without a socket; when forgotten
	deadline, sessionTo time.Time
}

// model is the line as a person would explain it.
type model struct {
	set    Settings
	now    time.Time
	number int64
	fans   map[string]*fan
	stock  string // of the seats: none, available, held or gone
}

func (m *model) inLine() []string {
	var line []string
	for user, f := range m.fans {
		if f.state == Waiting {
			line = append(line, user)
		}
	}
	slices.SortFunc(line, func(a, b string) int { return int(m.fans[a].number - m.fans[b].number) })
	return line
}

func (m *model) free() int {
	if m.stock == "held" || m.stock == "gone" {
		return 0
	}
	free := m.set.ActiveLimit
	for _, f := range m.fans {
		if f.state == Turn || f.state == Active {
			free--
		}
	}
	return free
}

func (m *model) out(f *fan) { *f = fan{state: None, socket: f.socket} }

func (m *model) sweep() {
	for _, f := range m.fans {
		switch {
		case f.state == Active && f.socket && !m.now.Before(f.deadline) && m.now.Before(f.sessionTo):
			m.alive(f) // a user with a socket is not idle
		case (f.state == Turn || f.state == Active) && !m.now.Before(f.deadline),
			f.state == Active && !m.now.Before(f.sessionTo):
			m.out(f)
		case f.state == Waiting && f.present && !f.socket && !m.now.Before(f.until):
			f.present, f.forget = false, m.now.Add(m.set.Forget)
		case f.state == Waiting && !f.present && !m.now.Before(f.forget):
			m.out(f)
		}
	}
}

func (m *model) promote() {
	for _, user := range m.inLine() {
		if f := m.fans[user]; f.present && m.free() > 0 {
			*f = fan{state: Turn, number: f.number, socket: f.socket, deadline: m.now.Add(m.set.TurnWindow)}
		}
	}
}

func (m *model) alive(f *fan) {
	switch f.state {
	case Active:
		f.deadline = m.now.Add(m.set.Lease)
		if f.deadline.After(f.sessionTo) {
			f.deadline = f.sessionTo
		}
	case Waiting:
		f.present, f.until = true, m.now.Add(m.set.Absence)
	}
}

func (m *model) join(user string) {
	m.sweep()
	m.promote()
	f := m.fans[user]
	if f.state != None {
		m.alive(f)
		return
	}
	if m.stock == "gone" && !m.set.Returns {
		return
	}
	m.number++
	f.number = m.number
	anybody := slices.ContainsFunc(m.inLine(), func(other string) bool { return m.fans[other].present })
	if !anybody && m.free() > 0 {
		f.state = Active
		m.activate(f)
		return
	}
	f.state = Waiting
	m.alive(f)
}

func (m *model) activate(f *fan) {
	f.state, f.deadline, f.sessionTo = Active, m.now.Add(m.set.Lease), m.now.Add(m.set.Session)
}

// TestScriptsDoWhatTheModelDoes plays random acts of six users against the
// model, with every script run once, and with every script repeated as after a
// lost reply.
func TestScriptsDoWhatTheModelDoes(t *testing.T) {
	c := newClock(t)
	once, repeated := newFixture(t, "redis://"+c.redis.Addr()), newFixture(t, "redis://"+c.redis.Addr())
	repeated.stores.Redis.AddHook(twice{})
	rapid.Check(t, func(rt *rapid.T) {
		h := once
		if rapid.Bool().Draw(rt, "repeated") {
			h = repeated
		}
		playModel(rt, h, c)
	})
}

func playModel(rt *rapid.T, h *fixture, c *clock) {
	h.season = testkit.SeasonID()
	n := h.node()
	set := Settings{
		Revision: 1, ActiveLimit: rapid.IntRange(1, 3).Draw(rt, "limit"), Returns: rapid.Bool().Draw(rt, "returns"),
		TurnWindow: time.Minute, Lease: 90 * time.Second, Session: 5 * time.Minute, Absence: 2 * time.Minute, Forget: 10 * time.Minute,
	}
	n.configure(set)
	m := &model{set: set, now: c.now, fans: map[string]*fan{}, stock: "none"}
	conns := map[string]int64{}
	var users []string
	for i := range 6 {
		users = append(users, fmt.Sprintf("%024x", i))
		m.fans[users[i]] = &fan{state: None}
	}
	ctx := context.Background()
	s := n.Queue.season(h.season)
	steps := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) [2]int {
		return [2]int{rapid.IntRange(0, 10).Draw(rt, "act"), rapid.IntRange(0, len(users)-1).Draw(rt, "who")}
	}), 1, 25).Draw(rt, "steps")
	for i, step := range steps {
		user := users[step[1]]
		f := m.fans[user]
		switch step[0] {
		case 0, 1, 2:
			_, err := n.Join(ctx, h.season, user, "")
			m.join(user)
			if fault.Is(err, fault.SoldOut) != (f.state == None) || err != nil && f.state != None {
				rt.Fatalf("step %d: Join says %v, the model has %s", i, err, f.state)
			}
		case 3:
			_, err := n.Enter(ctx, h.season, user)
			m.sweep() // reading whether it is the turn is a sign of life
			m.alive(f)
			m.promote()
			if f.state == Turn {
				m.activate(f)
			}
			if (err == nil) != (f.state == Active) {
				rt.Fatalf("step %d: Enter says %v, the model has %s", i, err, f.state)
			}
		case 4:
			n.leaveAs(user)
			m.sweep()
			m.promote()
			m.out(f)
		case 5:
			conn, _, err := n.Connect(ctx, h.season, user)
			if err != nil {
				rt.Fatal(err)
			}
			if conn <= conns[user] {
				rt.Fatalf("step %d: socket %d after %d", i, conn, conns[user])
			}
			conns[user] = conn
			m.sweep()
			f.socket = true
			m.alive(f)
		case 6:
			// An old socket closing late must change nothing.
			n.Disconnect(h.season, user, conns[user]-1)
			n.must(s.flushGone(ctx))
			m.sweep()
		case 7:
			n.Disconnect(h.season, user, conns[user])
			n.must(s.flushGone(ctx))
			m.sweep()
			if f.socket && f.state == Waiting {
				f.present, f.forget = false, m.now.Add(set.Forget)
			}
			f.socket = false
		case 8:
			n.status(user)
			m.sweep()
			m.alive(f)
		case 9:
			d := []time.Duration{10 * time.Second, time.Minute, 3 * time.Minute, 11 * time.Minute}[step[1]%4]
			c.advance(d)
			m.now = c.now
		case 10:
			m.stock = stocks[step[1]%len(stocks)]
			n.must(setStock(ctx, h.stores.Redis, h.season, m.stock))
		}
		m.sweep()
		m.promote()
		compare(rt, i, n, m, users)
	}
	if found, err := n.Audit(ctx, h.season); err != nil || len(found) > 0 {
		rt.Fatal(err, found)
	}
}

func compare(rt *rapid.T, step int, n *node, m *model, users []string) {
	s := n.Queue.season(n.season)
	args := []any{"look"}
	for _, user := range users {
		args = append(args, user)
	}
	r, err := s.call(context.Background(), touchScript, args...)
	if err != nil {
		rt.Fatal(err)
	}
	if r.counts.Active > m.set.ActiveLimit {
		rt.Fatalf("step %d: %d have a place, the limit is %d", step, r.counts.Active, m.set.ActiveLimit)
	}
	line := m.inLine()
	ready := s.q.o.Redis.ZRange(context.Background(), key("ready", n.season), 0, -1).Val()
	for i, user := range users {
		got, want := r.states[i], m.fans[user]
		if slices.Contains(ready, user) != (want.state == Waiting && want.present) {
			rt.Fatalf("step %d: user %d is present: %v, the model differs", step, i, slices.Contains(ready, user))
		}
		position := 1 + slices.Index(line, user)
		if got.State != want.state || got.Number != want.number || got.Position != position {
			rt.Fatalf("step %d: user %d is %s, number %d, position %d; the model has %s, %d, %d",
				step, i, got.State, got.Number, got.Position, want.state, want.number, position)
		}
		if !want.deadline.IsZero() && got.Deadline != want.deadline.UnixMilli() {
			rt.Fatalf("step %d: user %d has until %d, the model says %d", step, i, got.Deadline, want.deadline.UnixMilli())
		}
	}
}
