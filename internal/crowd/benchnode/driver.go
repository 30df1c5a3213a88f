package main

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"usher/internal/crowd"
)

// driver is the crowd of a measurement: it knows of each socket what the phases
// need.
type driver struct {
	pool   *crowd.Pool
	tokens []string // nil: the server asks for none
	socks  []sock

	live      int // welcomed sockets
	answers   int // statuses that came
	positions int // position messages that came
	sales     int // messages about the sale that came
	turned    []int
	failed    []int // sockets to be dialled again
	errors    map[string]int
}

type sock struct {
	welcomed bool
	state    string
	number   int64
	position int
}

func newDriver(ctx context.Context, url string, tokens []string, n int) (*driver, error) {
	locals := []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.3")}
	pool, err := crowd.NewPool(ctx, crowd.PoolOptions{URL: url, Season: season, Sockets: n, LocalAddrs: locals, Seed: 1})
	if err != nil {
		return nil, err
	}
	return &driver{pool: pool, tokens: tokens, socks: make([]sock, n), errors: map[string]int{}}, nil
}

// event takes in what a socket brings.
func (d *driver) event(e crowd.Event) {
	s := &d.socks[e.I]
	if e.Err != nil {
		d.errors[e.Err.Error()]++
		d.failed = append(d.failed, e.I)
		if s.welcomed {
			d.live--
		}
		s.welcomed = false
		return
	}
	if e.Text == nil {
		return
	}
	m, err := crowd.ParseMessage(e.Text)
	if err != nil {
		d.errors["a message that cannot be read"]++
		return
	}
	switch m.Type {
	case "welcome":
		s.welcomed = true
		d.live++
	case "status":
		d.answers++
	case "position":
		d.positions++
		s.position = m.Position
	case "sale":
		d.sales++
	case "turn":
		d.turned = append(d.turned, e.I)
	case "error":
		d.errors[m.Code]++
	}
	if m.Status != nil {
		s.state = m.Status.State
		if m.Status.Number != nil {
			s.number = *m.Status.Number
		}
		if m.Status.Position != nil {
			s.position = *m.Status.Position
		}
	}
}

// until polls until the condition holds, and fails after limit.
func (d *driver) until(ctx context.Context, what string, limit time.Duration, done func() bool) error {
	deadline := time.Now().Add(limit)
	for !done() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: not done after %v; %d live, errors %v", what, limit, d.live, d.errors)
		}
		if err := d.pool.Poll(100*time.Millisecond, d.event); err != nil {
			return err
		}
	}
	return nil
}

// settle polls for a time.
func (d *driver) settle(ctx context.Context, for_ time.Duration) error {
	end := time.Now().Add(for_)
	for time.Now().Before(end) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := d.pool.Poll(min(100*time.Millisecond, time.Until(end)), d.event); err != nil {
			return err
		}
	}
	return nil
}

// connect dials all sockets, at most window at once, until each is welcomed.
func (d *driver) connect(ctx context.Context, window int) error {
	next := 0
	return d.until(ctx, "connecting", 3*time.Minute, func() bool {
		for len(d.failed) > 0 && next == len(d.socks) && d.live+window > next {
			i := d.failed[len(d.failed)-1]
			d.failed = d.failed[:len(d.failed)-1]
			d.dial(i)
		}
		for next < len(d.socks) && next-d.live-len(d.failed) < window {
			d.dial(next)
			next++
		}
		return d.live == len(d.socks)
	})
}

func (d *driver) dial(i int) {
	token := ""
	if d.tokens != nil {
		token = d.tokens[i]
	}
	d.pool.Dial(i, token)
}

// join has every socket join, at most window at once.
func (d *driver) join(ctx context.Context, window int) error {
	d.answers = 0
	next := 0
	return d.until(ctx, "joining", 3*time.Minute, func() bool {
		for next < len(d.socks) && next-d.answers < window {
			d.pool.Send(next, []byte(`{"type":"join","id":1}`))
			next++
		}
		return d.answers >= len(d.socks)
	})
}

// storm cuts every socket at once and has all come back. It returns how many are
// not where they were.
func (d *driver) storm(ctx context.Context, window int) (took time.Duration, moved int, err error) {
	before := slices.Clone(d.socks)
	d.errors = map[string]int{}
	began := time.Now()
	for i := range d.socks {
		d.pool.Cut(i)
		d.socks[i] = sock{}
	}
	d.live, d.failed = 0, nil
	if err := d.connect(ctx, window); err != nil {
		return 0, 0, err
	}
	took = time.Since(began)
	for i, was := range before {
		is := d.socks[i]
		if is.state != was.state || is.number != was.number && was.state == "waiting" || is.position > was.position && was.position > 0 {
			moved++
		}
	}
	return took, moved, nil
}

// errorsText lists the errors so far.
func (d *driver) errorsText() (text string, n int) {
	for _, name := range slices.Sorted(maps.Keys(d.errors)) {
		text += fmt.Sprintf("%s: %d; ", name, d.errors[name])
		n += d.errors[name]
	}
	return text, n
}
