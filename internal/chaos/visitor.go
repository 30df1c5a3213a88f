package chaos

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"usher/internal/testkit/node"
)

const (
	visitorPatience = 15 * time.Second // within this time each request is answered or refused
	// purchasePatience is longer: a buyer is kept waiting for up to 15 seconds.
	purchasePatience = 20 * time.Second
	longAway         = 2 * time.Second // a socket lost for longer is an absence: a node is dead after 3 s
)

// visitor is a fan who joins, waits, enters, holds or buys a seat, leaves, and joins
// again until the sale ends, by a socket or by requests alone. A visitor repeats each
// unanswered request, as the page does, and checks every status and position.
type visitor struct {
	*node.Fan
	s        *Sale
	index    int
	rest     bool
	dice     *rand.Rand
	standing atomic.Value // the last status, for the log of a failed test

	socket *node.Socket // nil: no socket
	dials  int
	asked  int
	downAt time.Time // when the socket was lost; zero: not lost, or open again
	absent atomic.Bool
	parked atomic.Bool

	// The visit: from joining until leaving.
	in       bool
	state    string
	unsure   bool // the state may have changed
	number   int64
	place    string
	position int
	entering bool // has requested to enter
	leaving  bool // has requested to leave
	lost     loss

	// The purchases.
	keys   int    // how many idempotency keys the visitor used
	key    string // of the purchase in flight
	cart   []string
	owns   []string // the transactions that answers called completed
	seats  int      // bought
	bought []string
}

// loss says what the loss of all data in Redis means for a visit.
type loss int

const (
	nothing loss = iota
	unspent      // the place must come back
	perhaps      // enter was in flight: the place may be spent
	spent        // the place must not come back
)

func newVisitor(s *Sale, index int, fan *node.Fan, rest bool) *visitor {
	return &visitor{Fan: fan, s: s, index: index, rest: rest, dice: rand.New(rand.NewPCG(1, uint64(index))), state: "none", unsure: true}
}

func (v *visitor) run() {
	defer func() {
		if v.socket != nil {
			v.socket.Close()
		}
	}()
	for v.s.ctx.Err() == nil {
		v.standing.Store(fmt.Sprintf("%s, number %d, position %d, in %v, unsure %v, socket %v", v.state, v.number, v.position, v.in, v.unsure, v.socket != nil))
		switch {
		case v.absent.Load():
			v.stepAway()
		case !v.connected():
		case v.unsure:
			v.act("status")
		case v.state == "none":
			if v.s.isClosing() && !v.in {
				return
			}
			v.act("join")
		case v.state == "turn":
			if v.chance(8) {
				v.leave() // gives up the turn
			} else {
				v.entering = true
				v.act("enter")
			}
		case v.state == "active":
			if !v.shop() {
				continue // the place was lost with Redis
			}
			v.linger(time.Duration(20+v.dice.IntN(80)) * time.Millisecond)
			if v.state == "active" && !v.unsure {
				v.leave()
			}
		default: // waiting or gathering
			if !v.s.fault.Stage.Steady && !v.s.isClosing() && v.chance(60) {
				v.leave()
			} else {
				v.linger(150 * time.Millisecond)
			}
		}
	}
}

func (v *visitor) chance(oneIn int) bool { return v.dice.IntN(oneIn) == 0 }

func (v *visitor) leave() {
	v.leaving = true
	v.act("leave")
}

// stepAway closes the socket until the test lets the visitor return.
func (v *visitor) stepAway() {
	if v.socket != nil {
		v.socket.Cut()
		v.hangUp()
	}
	v.parked.Store(true)
	v.s.pause(5 * time.Millisecond)
}

// connected opens a socket if there is none, and reports whether the visitor has one
// or needs none.
func (v *visitor) connected() bool {
	if v.socket != nil {
		return true
	}
	v.URL = v.s.living(v.index + v.dials)
	if v.rest {
		return true
	}
	socket, err := v.Dial()
	if err != nil {
		v.dials++ // another node next time
		v.s.pause(50 * time.Millisecond)
		return false
	}
	v.socket = socket
	v.unsure = false
	if m, ok := v.frame(visitorPatience); ok && m.Type() != "welcome" {
		v.s.violated("%s: the first frame is %v", v.Name, m)
	}
	if !v.downAt.IsZero() && v.number > 0 && time.Since(v.downAt) > longAway {
		v.s.mu.Lock()
		v.s.away[v.number] = true
		v.s.mu.Unlock()
	}
	if !v.downAt.IsZero() {
		v.s.healing.back(v.downAt)
	}
	v.downAt = time.Time{}
	return v.socket != nil
}

func (v *visitor) hangUp() {
	v.socket, v.downAt, v.unsure = nil, time.Now(), true
	v.dials++
}

// frame waits for one frame and checks it. False: no frame came in time, or the socket
// has ended.
func (v *visitor) frame(within time.Duration) (node.Message, bool) {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case m, open := <-v.socket.Frames():
		if !open {
			if v.s.ctx.Err() == nil && v.s.lives(v.URL) {
				v.s.violated("%s: a living node closed the socket (%d)", v.Name, v.socket.WantClose())
			}
			v.hangUp()
			return nil, false
		}
		if status, ok := m["status"].(map[string]any); ok {
			v.judge(status)
		} else if m.Type() == "position" {
			v.judgePosition(m["position"])
		}
		return m, true
	case <-timer.C:
	case <-v.s.ctx.Done():
	}
	return nil, false
}

// linger waits for d, or until the visitor's state changes.
func (v *visitor) linger(d time.Duration) {
	if v.rest {
		v.s.pause(d)
		v.act("status")
		return
	}
	before := v.state
	for end := time.Now().Add(d); v.socket != nil && v.state == before && v.s.ctx.Err() == nil; {
		rest := time.Until(end)
		if rest <= 0 {
			return
		}
		v.frame(rest)
	}
}

// act repeats a request until there is an answer, and returns the code of a refusal.
func (v *visitor) act(what string) (code string) {
	for v.s.ctx.Err() == nil {
		if v.connected() {
			code = v.ask(what)
		} else {
			code = "unavailable"
		}
		switch {
		case code == "":
			return ""
		case code == "unavailable":
			v.s.pause(100 * time.Millisecond)
		case what == "purchase" && (code == "conflict" || code == "hold_expired" || code == "seat_taken"):
			return code // judged by buy and shop
		case v.s.fault.Stage.Lossy && (code == "conflict" || code == "not_admitted"):
			v.unsure = true
			return code
		default:
			if v.s.ctx.Err() == nil {
				v.s.violated("%s, %s with number %d: %s is refused: %s", v.Name, v.state, v.number, what, code)
			}
			v.unsure = true
			v.s.pause(100 * time.Millisecond)
			return code
		}
	}
	return "unavailable"
}

// ask sends a request once. A request without an answer counts as "unavailable", and
// so does a purchase that is not settled yet.
func (v *visitor) ask(what string) (code string) {
	request := map[string]any{}
	switch {
	case what == "hold":
		request["best"] = map[string]any{"count": 1}
	case what == "purchase":
		token := "tok_ok"
		if v.s.fault.Stage.SlowPayments && v.keys%3 == 0 {
			token = "tok_slow"
		}
		request["seats"], request["payment"] = v.cart, map[string]any{"method": "sandbox", "token": token}
	case what == "join" && v.lost != nothing && v.place != "":
		request["place"] = v.place
	}
	began := time.Now()
	var answer map[string]any
	if v.rest || what == "cart" {
		answer = v.askREST(what, request)
	} else {
		answer = v.askSocket(what, request)
	}
	if answer != nil {
		code, _ = answer["code"].(string)
		if code == "" {
			code = v.take(what, answer)
		}
	} else {
		code = "unavailable"
	}
	switch code {
	case "":
		v.unsure = false
		v.s.answered.Add(1)
		v.s.healing.succeeded(what, began)
	case "unavailable":
		v.s.refused.Add(1)
	}
	return code
}

func (v *visitor) askREST(what string, request map[string]any) map[string]any {
	method, path := "POST", "/waitingList/"+what
	var body any = request
	var headers []string
	switch what {
	case "status":
		method, path, body = "GET", "/auth/status", nil
	case "hold":
		path = "/holds"
	case "cart":
		method, path, body = "GET", "/holds", nil
	case "purchase":
		path, headers = "/transactions", []string{"Idempotency-Key", v.key}
	case "enter", "leave":
		body = nil
	}
	if !v.rest { // the socket's node may be dead, and this request does not notice
		url := v.URL
		v.URL = v.s.living(v.index)
		defer func() { v.URL = url }()
	}
	began := time.Now()
	status, answer, err := v.Request(method, path, body, headers...)
	if v.rest {
		v.dials++ // the next request goes to the next node
		v.URL = v.s.living(v.index + v.dials)
	}
	switch {
	case err != nil:
		return nil
	case time.Since(began) > purchasePatience, time.Since(began) > visitorPatience && what != "purchase":
		v.s.violated("%s: %s took %v", v.Name, path, time.Since(began))
	}
	if status >= 400 {
		if answer["code"] == nil {
			answer["code"] = fmt.Sprint(status, " ", answer)
		}
	} else if answer["state"] != nil {
		v.judge(answer)
	}
	return answer
}

func (v *visitor) askSocket(what string, request map[string]any) map[string]any {
	v.asked++
	id := fmt.Sprint(v.asked)
	request["id"], request["type"] = id, what
	patience := visitorPatience
	if what == "purchase" {
		request["key"], patience = v.key, purchasePatience
	}
	if err := v.socket.TrySend(request); err != nil {
		for v.socket != nil && v.s.ctx.Err() == nil {
			v.frame(visitorPatience) // frames from before the end
		}
		return nil
	}
	for end := time.Now().Add(patience); v.socket != nil && v.s.ctx.Err() == nil; {
		rest := time.Until(end)
		if rest <= 0 {
			v.s.violated("%s: no answer to %s within %v", v.Name, what, patience)
			return nil
		}
		if m, ok := v.frame(rest); ok && m["re"] == id {
			return m
		}
	}
	return nil
}
