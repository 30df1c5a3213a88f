package simulate

import (
	"time"

	"usher/internal/fault"
)

func (f *fan) arrive() {
	if f.requests {
		f.ask(true)
		return
	}
	f.connect()
}

// connect opens a socket on a random node, and joins with the first one.
func (f *fan) connect() {
	if f.over {
		return
	}
	n := f.s.reachable()
	if n == nil {
		f.in(time.Second, f.connect)
		return
	}
	f.link++
	f.node = n
	if old, ok := n.sockets[f]; ok { // half-open until the newer socket replaces it
		f.in(latency, func() {
			n.queue.Disconnect(season, f.user, old.conn)
			n.planTasks()
		})
	}
	conn, st, err := n.queue.Connect(f.s.ctx, season, f.user)
	if err != nil {
		f.s.fail("connecting", err)
		return
	}
	f.conn, f.connected = conn, true
	n.sockets[f] = socket{conn, f.link}
	f.s.tally.push(f.s.now, false)
	f.s.check.answered(f, st)
	f.learn(st)
	n.queue.Follow(season, f.user, conn)
	if f.joined.IsZero() {
		f.join(n)
	}
	n.planTasks()
}

// join joins the line, with the signed place of an earlier epoch if the fan has
// one.
func (f *fan) join(n *node) {
	first := f.joined.IsZero()
	if first {
		f.joined = f.s.now
	}
	place := ""
	if f.proof != nil {
		place = f.proof.String()
	}
	enter := n.queue.Join
	if f.code {
		enter = n.queue.JoinCleared
	}
	st, err := enter(f.s.ctx, season, f.user, place)
	if fault.CodeOf(err) == fault.CodeRequired {
		f.awaitPhase()
		return
	}
	if fault.CodeOf(err) == fault.SeasonClosed {
		f.s.tally.closed++
		f.end()
		return
	}
	if err != nil {
		f.s.fail("joining", err)
		return
	}
	f.s.check.joined(f, st)
	f.learn(st)
	if first {
		f.planWishes()
	}
}

// awaitPhase joins again when the phase that needs a code has closed.
func (f *fan) awaitPhase() {
	_, phase := f.s.phase()
	if phase == nil || !phase.Code || phase.ClosesAt.IsZero() {
		if phase == nil || !phase.Code {
			f.s.check.broken(6, "user %s was asked for a code in a phase without codes", f.user)
		}
		f.end()
		return
	}
	f.epoch = 0
	f.in(phase.ClosesAt.Sub(f.s.now)+time.Duration(f.index+1)*10*time.Millisecond, f.rejoin)
}

// rejoin joins as soon as a node answers.
func (f *fan) rejoin() {
	if n := f.via(); !f.over && n != nil && n.answers() && (f.requests || f.connected) {
		f.join(n)
		n.planTasks()
	} else if !f.over {
		f.in(time.Second, f.rejoin)
	}
}

// ask requests the status of a fan without a socket, again and again.
func (f *fan) ask(first bool) {
	if f.over {
		return
	}
	if f.s.now.Before(f.silentUntil) {
		f.in(f.silentUntil.Sub(f.s.now), func() { f.ask(first) })
		return
	}
	n := f.s.reachable()
	if n == nil {
		f.in(time.Second, func() { f.ask(first) })
		return
	}
	if first {
		f.join(n)
	} else {
		st, err := n.queue.Status(f.s.ctx, season, f.user)
		if err != nil {
			f.s.fail("asking", err)
			return
		}
		f.s.check.answered(f, st)
		f.learn(st)
	}
	n.planTasks()
	f.in(f.asks, func() { f.ask(false) })
}

// comeBack joins a fan again whom Redis has lost. Every fan brings the place last
// shown; an active fan has spent it and begins again.
func (f *fan) comeBack() {
	n := f.s.reachable()
	if f.connected {
		n = f.node
	}
	switch {
	case f.over || f.placed || !f.requests && !f.connected:
		return // the next connection shows the state
	case n == nil || !n.answers():
		f.in(time.Second, f.comeBack)
		return
	}
	if f.inside {
		f.s.tally.again++
		f.inside, f.done = false, false
		f.visit++
	}
	f.pressed = false
	f.join(n)
	n.planTasks()
}

func (f *fan) walkAway() {
	if f.over || f.placed || f.lost {
		return // a turn came first, so the fan stays
	}
	f.s.tally.walked++
	if f.politely {
		f.leave()
	}
	f.end()
}

// busy puts off an act that cannot be done now, and reports whether it did.
func (f *fan) busy(again func()) bool {
	switch {
	case f.requests && f.s.reachable() != nil, f.connected && f.node.answers():
		return false
	case f.connected && !f.node.dead:
		f.s.agenda.add(f.node.thaws.Add(latency), f.index, again)
	case f.requests:
		f.in(time.Second, again)
	}
	return true // without a connection, the status of the next one decides
}

// via is the node the fan sends requests to.
func (f *fan) via() *node {
	if f.requests {
		return f.s.reachable()
	}
	return f.node
}

func (f *fan) press() {
	if f.over || f.inside {
		return
	}
	f.pressed = f.connected || f.requests
	if f.busy(f.press) {
		return
	}
	n := f.via()
	st, err := n.queue.Enter(f.s.ctx, season, f.user)
	n.planTasks()
	switch {
	case err == nil:
		f.learn(st)
	case fault.CodeOf(err) == fault.Conflict:
		f.pressed = false // too late; the node sends the lapse
		if !f.lost {
			f.end()
			return
		}
		f.in(latency, f.comeBack)
	default:
		f.s.fail("entering", err)
	}
}

// finish ends a stay.
func (f *fan) finish(visit int) {
	if f.over || visit != f.visit || f.lost {
		return
	}
	f.done = true
	if f.busy(func() { f.finish(visit) }) {
		return
	}
	if closes := f.s.plan.Settings.ClosesAt; f.buys && (closes.IsZero() || f.s.now.Before(closes)) {
		if f.s.house == nil || len(f.holding) > 0 {
			f.s.tally.bought++
		}
		if f.s.house != nil {
			f.s.house.change(f.holding, nil, true)
			f.holding = nil
		}
		f.leave()
	}
	f.end()
}

func (f *fan) leave() {
	n := f.via()
	if n == nil || !n.answers() {
		return // without a node, the fan vanishes
	}
	f.inside = true // so that the turn given up is not counted as missed
	f.number, f.sure = 0, false
	if _, err := n.queue.Leave(f.s.ctx, season, f.user); err != nil {
		f.s.fail("leaving", err)
	}
	n.planTasks()
}

// end ends the fan's part in the sale and closes the page.
func (f *fan) end() {
	if f.over {
		return
	}
	f.over, f.sure = true, false
	f.s.left--
	if f.connected {
		f.connected = false
		n, sock := f.node, socket{f.conn, f.link}
		f.in(0, func() { n.close(f, sock) })
	}
}

// lose breaks the connection; the fan reconnects, maybe to another node.
func (f *fan) lose() {
	f.connected, f.sure, f.pressed = false, false, false
	f.seen = f.s.now
	f.in(200*time.Millisecond+time.Duration(f.s.chance.Int64N(int64(8*time.Second))), f.connect)
}
