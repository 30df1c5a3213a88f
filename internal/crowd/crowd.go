package crowd

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	tickEvery     = 250 * time.Millisecond
	progressEvery = time.Second
	connectTime   = 30 * time.Second // TCP, upgrade and welcome
	answerTime    = 20 * time.Second // a request, and a pending purchase until it is settled
	endTime       = 30 * time.Second // at the end: for purchases in flight, and for leaving
	leavesAtOnce  = 200
	backoffLeast  = 250 * time.Millisecond
	backoffMost   = 10 * time.Second
	floodedPause  = 30 * time.Second
	// awayMost is how long the last position of a fan without a socket is compared
	// with the next one. After that the server may have forgotten the place.
	awayMost = time.Minute
)

// crowd is the state of a Run. One goroutine owns it.
type crowd struct {
	o      *Options
	pool   *Pool
	door   *door
	fans   []fan
	timers timers
	checks *checks
	report Report

	began  time.Time
	now    int64 // ns since began
	come   int   // how many fans came
	gone   int
	ending bool
	endBy  int64

	leavers []int // the fans who are to leave at the end, or because every seat is sold, and have not begun
	parting int   // how many of them are leaving

	connects, turns, holds, purchases samples
	left                              []departure // places given up that no turn has followed yet, oldest first
}

// departure is a place that a fan gave up.
type departure struct {
	fan int
	at  int64
}

// Run plays a crowd until every fan has left, the duration is over or ctx ends. Each
// of these gives a report. An error means that the crowd could not run.
func Run(ctx context.Context, o Options) (*Report, error) {
	if problems := o.Problems(); len(problems) > 0 {
		return nil, errors.New(problems[0])
	}
	if o.Grace == 0 {
		o.Grace = defaultGrace
	}
	if err := enoughFiles(o.Fans); err != nil {
		return nil, err
	}
	base, season := o.server()
	pool, err := NewPool(ctx, PoolOptions{
		URL: base, Season: season, Sockets: o.Fans, LocalAddrs: o.LocalAddrs, Seed: o.Seed, Goroutines: o.Goroutines,
	})
	if err != nil {
		return nil, err
	}
	defer pool.Stop()
	asking, cancel := context.WithCancel(context.WithoutCancel(ctx)) // ends after the crowd has left
	door := newDoor(asking, &o, pool.Wake)
	defer door.stop()
	defer cancel()
	if err := door.try(ctx, &o); err != nil {
		return nil, err
	}
	c := &crowd{o: &o, pool: pool, door: door, fans: make([]fan, o.Fans), checks: newChecks(o.Grace), began: time.Now()}
	c.report.causes = map[string]int{}
	for i := range c.fans {
		c.fans[i] = newFan(&o, i)
	}
	defer context.AfterFunc(ctx, pool.Wake)()
	if err := c.loop(ctx); err != nil {
		return nil, err
	}
	return c.finish(), nil
}

// loop serves timers, sessions and sockets until the end.
func (c *crowd) loop(ctx context.Context) error {
	ticked, shown := int64(0), int64(0)
	for {
		c.tell()
		c.arrivals()
		for len(c.timers) > 0 && c.timers[0].at <= c.now {
			c.ring(c.timers.pop())
		}
		if c.now-ticked >= int64(tickEvery) {
			ticked = c.now
			c.tick()
		}
		if c.o.Progress != nil && c.now-shown >= int64(progressEvery) {
			shown = c.now
			c.o.Progress(c.progress())
		}
		if !c.ending && (ctx.Err() != nil || c.now >= int64(c.o.Duration)) {
			c.end()
		}
		c.part()
		if c.over() {
			return nil
		}
		if err := c.pool.Poll(c.pause(ticked), c.event); err != nil {
			return err
		}
		for _, s := range c.door.take() {
			c.tell()
			c.signedIn(s)
		}
	}
}

// tell updates the crowd's clock.
func (c *crowd) tell() { c.now = int64(time.Since(c.began)) }

// pause is how long the loop may wait for events.
func (c *crowd) pause(ticked int64) time.Duration {
	next := ticked + int64(tickEvery)
	if len(c.timers) > 0 {
		next = min(next, c.timers[0].at)
	}
	if c.come < len(c.fans) && !c.ending {
		next = min(next, c.arrivesAt(c.come))
	}
	return time.Duration(next - c.now)
}

func (c *crowd) over() bool {
	if c.ending {
		return c.gone == c.come || c.now >= c.endBy
	}
	return c.gone == len(c.fans)
}

func (c *crowd) arrivesAt(i int) int64 {
	if c.o.Rate == 0 {
		return 0
	}
	return int64(float64(i) / c.o.Rate * float64(time.Second))
}

// arrivals lets the fans come who are due.
func (c *crowd) arrivals() {
	for !c.ending && c.come < len(c.fans) && c.arrivesAt(c.come) <= c.now {
		c.come++
		c.signIn(c.come - 1)
	}
}

// tick judges positions and admissions that are older than grace. If the loop itself
// was delayed, the time of reading a frame is not the time of its arrival.
func (c *crowd) tick() {
	if late := int64(time.Since(c.began)) - c.now; late > int64(c.o.Grace)/2 {
		c.checks.stalled()
	}
	if c.ending {
		return
	}
	c.checks.waiting(c.now, func(each func(waitingFan)) {
		for i := range c.fans[:c.come] {
			if f := &c.fans[i]; f.life == lifeLive && f.state == stateWaiting && f.number > 0 && f.want == wantNothing {
				each(waitingFan{i, f.number, f.presentAt})
			}
		}
	})
}

func (c *crowd) progress() Progress {
	p := Progress{
		After: time.Duration(c.now), Fans: c.come, Admitted: c.report.Admitted, Bought: c.report.Bought,
		SoldOut: c.report.SoldOut, Errors: c.report.Errors, Broken: c.checks.broken(), Ending: c.ending,
	}
	for i := range c.fans[:c.come] {
		f := &c.fans[i]
		if f.life != lifeLive {
			continue
		}
		p.Live++
		if f.inLine() {
			p.Waiting++
		} else if f.inside() {
			p.Inside++
		}
	}
	return p
}

// end makes all fans leave, those in line first, so that no fan is admitted at the
// end. It waits for purchases in flight.
func (c *crowd) end() {
	c.ending, c.endBy = true, c.now+int64(endTime)
	for _, first := range []bool{true, false} {
		for i := range c.fans[:c.come] {
			f := &c.fans[i]
			if f.life != lifeGone && f.givesUp() {
				c.miss(i)
			}
			switch {
			case f.life == lifeGone || f.inLine() != first:
			case f.life != lifeLive:
				c.pool.Cut(i)
				c.depart(i)
			case f.want == wantPurchase || f.want == wantLeave:
			default:
				c.cancel(i, timerAct)
				c.leavers = append(c.leavers, i)
			}
		}
	}
}

// part lets the next fans leave, a few at a time: all at once would be another load on
// the server.
func (c *crowd) part() {
	for len(c.leavers) > 0 && c.parting < leavesAtOnce {
		i := c.leavers[0]
		c.leavers = c.leavers[1:]
		f := &c.fans[i]
		if f.life != lifeLive || f.want == wantLeave || !c.ending && (!f.givesUp() || f.want != wantNothing) {
			continue
		}
		if f.givesUp() {
			c.miss(i)
		}
		if !f.parts {
			f.parts = true
			c.parting++
		}
		c.leave(i)
	}
}

// finish makes the report.
func (c *crowd) finish() *Report {
	r := &c.report
	r.Fans, r.seed = c.come, c.o.Seed
	r.PositionErrors, r.OutOfOrder, r.SoldTwice = c.checks.positionErrors, c.checks.outOfOrder, c.checks.soldTwice
	r.notes = c.checks.notes
	r.ConnectMs, r.TurnMs, r.HoldMs, r.PurchaseMs = c.connects.times(), c.turns.times(), c.holds.times(), c.purchases.times()
	return r
}

// fail counts an error by its cause.
func (c *crowd) fail(format string, args ...any) {
	c.report.Errors++
	c.report.causes[fmt.Sprintf(format, args...)]++
}

// after sets a fan's timer of a kind and cancels the earlier one.
func (c *crowd) after(i int, kind timerKind, d time.Duration) {
	f := &c.fans[i]
	f.seq[kind]++
	c.timers.push(timer{at: c.now + int64(d), fan: int32(i), kind: kind, seq: f.seq[kind]})
}

func (c *crowd) cancel(i int, kind timerKind) { c.fans[i].seq[kind]++ }

// ring handles a timer that is due.
func (c *crowd) ring(t timer) {
	i := int(t.fan)
	if c.fans[i].seq[t.kind] != t.seq {
		return
	}
	switch t.kind {
	case timerAct:
		c.act(i)
	case timerLate:
		c.late(i)
	case timerVanish:
		c.pool.Cut(i)
		c.depart(i)
	case timerConnect:
		c.dial(i)
	}
}
