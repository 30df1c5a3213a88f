package crowd

import (
	"errors"
	"math"
	"net/http"
	"time"

	"usher/internal/wire"
)

// Close codes that do not mean "come back with jitter"; docs/protocol.md.
const (
	closeReplaced  = 4001
	closeLoggedOut = 4002
	closeExpired   = 4003
	closeFlooding  = 4009
)

// signIn requests a session for a fan.
func (c *crowd) signIn(i int) {
	f := &c.fans[i]
	f.life = lifeSignIn
	if f.asked == 0 {
		f.asked = max(c.now, 1) // signing in may already give the fan a place
	}
	if c.o.Keys == nil {
		email, name := c.o.person(i)
		c.door.ask <- knock{i, email, name} // never blocks: the channel has room for every fan
		return
	}
	token, err := c.o.Mint(i, time.Now())
	c.signedIn(signedIn{i, token, err})
}

func (c *crowd) signedIn(s signedIn) {
	f := &c.fans[s.fan]
	if f.life != lifeSignIn {
		return
	}
	if s.err != nil {
		c.fail("sign-in: %s", cause(s.err))
		c.retry(s.fan, s.err)
		return
	}
	f.token = s.token
	c.dial(s.fan)
}

// dial opens a fan's socket, after the sign-in if the fan has no session yet.
func (c *crowd) dial(i int) {
	f := &c.fans[i]
	if f.token == "" {
		c.signIn(i)
		return
	}
	f.life, f.dialledAt = lifeDialing, c.now
	c.after(i, timerLate, connectTime)
	c.pool.Dial(i, f.token)
}

// event handles an event of the pool.
func (c *crowd) event(e Event) {
	c.tell()
	f := &c.fans[e.I]
	switch {
	case f.life == lifeGone || e.Opened:
	case e.Text != nil:
		m, err := ParseMessage(e.Text)
		if err != nil {
			c.fail("a message that cannot be read")
			return
		}
		c.handle(e.I, &m)
	case e.Err != nil:
		c.lost(e)
	}
}

// lost handles the end of a socket, or a refused upgrade.
func (c *crowd) lost(e Event) {
	f := &c.fans[e.I]
	live := f.life == lifeLive
	if live {
		c.report.Dropped++
		f.lostAt = c.now
	}
	c.interrupted(e.I)
	switch code := e.CloseCode(); code {
	case closeReplaced, closeLoggedOut:
		c.fail("closed with %d", code)
		c.depart(e.I)
		return
	case closeExpired:
		f.token = ""
	case closeFlooding:
		c.fail("closed with %d", code)
		f.backAfter = max(f.backAfter, floodedPause)
	default:
		if !live {
			c.fail("connecting: %s", cause(e.Err))
		}
	}
	c.retry(e.I, e.Err)
}

// interrupted drops the request in flight on a socket that has ended. A purchase is
// sent again with the same key.
func (c *crowd) interrupted(i int) {
	f := &c.fans[i]
	f.presentAt, f.presentServer = 0, 0
	f.want = wantNothing
	c.cancel(i, timerAct)
	c.cancel(i, timerLate)
}

// retry schedules the next connection of a fan: after the server's delay, else with
// jitter and growing delays.
func (c *crowd) retry(i int, err error) {
	f := &c.fans[i]
	if c.ending {
		c.depart(i)
		return
	}
	pause := min(backoffMost, backoffLeast<<min(f.tries, 8))
	if f.backAfter > 0 {
		pause, f.backAfter = f.backAfter, 0
	}
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		pause = max(pause, refused.retryAfter)
		if refused.status == http.StatusUnauthorized {
			if f.begged {
				c.depart(i)
				return
			}
			f.token, f.begged = "", true
		}
	}
	f.tries = min(f.tries+1, 200)
	f.life = lifeAway
	c.after(i, timerConnect, f.around(pause))
}

// cause is a short text of an error, by which errors are counted.
func cause(err error) string {
	refused, code := (*refusal)(nil), (*closed)(nil)
	switch {
	case errors.As(err, &refused):
		if refused.code != "" {
			return refused.code
		}
		return http.StatusText(refused.status)
	case errors.As(err, &code):
		return code.Error()
	}
	for unwrapped := errors.Unwrap(err); unwrapped != nil; unwrapped = errors.Unwrap(err) {
		err = unwrapped // with its address each error would be counted separately
	}
	return err.Error()
}

// depart ends a fan's visit.
func (c *crowd) depart(i int) {
	f := &c.fans[i]
	if f.life == lifeGone {
		return
	}
	f.life = lifeGone
	c.gone++
	if f.parts {
		c.parting--
	}
	for kind := range timerKinds {
		c.cancel(i, kind)
	}
	f.token, f.place, f.seats = "", "", nil
}

// welcomed processes a socket's first message, which has the fan's state.
func (c *crowd) welcomed(i int, m *Message) {
	f := &c.fans[i]
	if m.Status == nil {
		c.fail("a welcome without a status")
		return
	}
	c.cancel(i, timerLate)
	c.connects.add(time.Duration(c.now - f.dialledAt))
	if f.life, f.tries, f.begged = lifeLive, 0, false; !f.everLive {
		f.everLive = true
		c.report.Connected++
	}
	if f.lostAt > 0 && c.now-f.lostAt > int64(awayMost) {
		f.position = 0 // the server may have forgotten the place
	}
	f.lostAt = 0
	if m.Cart != nil && f.pending == "" {
		f.seats = seatsOf(m.Cart)
	}
	c.stands(i, m.Status, false)
	if f.life == lifeLive && f.state == stateNone && f.want == wantNothing {
		c.ask(i, wire.Request{Type: wire.RequestJoin, Place: f.place}, wantJoin)
	}
	switch {
	case f.pending != "":
		c.after(i, timerAct, 0) // sends the purchase once more
	case f.inside() || f.givesUp():
		c.think(i) // the request in flight ended with the last socket
	}
}

// stands processes a status. told is false for the status in a welcome, and true for
// every other one.
func (c *crowd) stands(i int, s *wire.Status, told bool) {
	f := &c.fans[i]
	was := f.state
	f.state = stateOf(s.State)
	server := time.Time(s.ServerTime).UnixMilli()
	switch f.state {
	case stateNone:
		f.presentAt, f.presentServer, f.number = 0, 0, 0
		if f.want != wantJoin {
			f.asked = c.now // what the fan asks for from now on is another place
		}
		return
	case stateWaiting, stateGathering:
		c.waits(i, s, was, server)
	case stateTurn, stateActive:
		if was != stateTurn && was != stateActive {
			c.admit(i, s, server, told)
		}
		c.cancel(i, timerVanish)
		f.presentAt, f.presentServer, f.position = 0, 0, 0
		if was != f.state {
			c.think(i)
		}
	}
}

// waits processes a status of a fan in line.
func (c *crowd) waits(i int, s *wire.Status, was string, server int64) {
	f := &c.fans[i]
	if s.Place != nil {
		f.place = *s.Place
	}
	if f.presentAt == 0 {
		f.presentAt, f.presentServer = c.now, server
	}
	if s.Number != nil {
		if f.number != *s.Number && was == stateGathering {
			f.position = 0 // the draw has set a new order
			f.presentAt, f.presentServer = c.now, server
		}
		f.number = *s.Number
	}
	if f.state == stateWaiting && s.Position != nil {
		c.moved(i, *s.Position, s.Waiting)
	}
	if was == stateWaiting || was == stateGathering {
		return
	}
	if f.walker {
		c.after(i, timerVanish, time.Duration(f.chance()*float64(min(c.o.Duration/2, 30*time.Second))))
	}
	if f.soldOut {
		c.think(i)
	}
}

// moved processes a position.
func (c *crowd) moved(i, position, waiting int) {
	f := &c.fans[i]
	if c.ending {
		return
	}
	c.checks.position(c.now, i, f.number, int(f.position), position, waiting)
	f.position = int32(position)
}

// admit records that a fan has a turn or is active.
func (c *crowd) admit(i int, s *wire.Status, server int64, told bool) {
	f := &c.fans[i]
	if !f.counted {
		f.counted = true
		c.report.Admitted++
		if f.missed { // a seat came back while the fan was leaving
			f.missed = false
			c.report.SoldOut--
		}
	}
	if c.ending {
		return
	}
	a := admission{fan: i, number: f.number, asked: f.asked, at: c.now, server: server}
	if a.number == 0 {
		a.number = math.MaxInt64
	}
	if f.state == stateTurn && s.Deadline != nil {
		a.deadline = time.Time(*s.Deadline).UnixMilli()
	}
	if !told {
		c.checks.admitted(a, 0, 0)
		return
	}
	c.checks.admitted(a, f.presentAt, f.presentServer)
}

// freed records that a fan gives up a place.
func (c *crowd) freed(i int) {
	if !c.ending {
		c.left = append(c.left, departure{i, c.now})
	}
}

// filled measures the time from a departure to the turn that it caused. Turns come in
// the order of departures, so the oldest departure caused this turn.
func (c *crowd) filled() {
	const stale = int64(5 * time.Second) // a turn now does not come from an older departure
	for len(c.left) > 0 && c.now-c.left[0].at > stale {
		c.left = c.left[1:]
	}
	if len(c.left) > 0 {
		c.turns.add(time.Duration(c.now - c.left[0].at))
		c.left = c.left[1:]
	}
}

// unfilled removes a departure that caused no turn.
func (c *crowd) unfilled(i int) {
	for k, d := range c.left {
		if d.fan == i {
			c.left = append(c.left[:k], c.left[k+1:]...)
			return
		}
	}
}
