package app_test

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"usher/internal/testkit/node"
)

const (
	visitorPatience = 15 * time.Second // within this time each request is answered or refused
	longAway        = 2 * time.Second  // a socket lost for longer is an absence: a node is dead after 3 s
)

// visitor is a fan who joins, waits, enters, sometimes holds a seat, leaves, and joins
// again until the sale ends, by a socket or by requests alone. A visitor repeats each
// unanswered request, as the page does, and checks every status and position.
type visitor struct {
	*node.Fan
	s        *sale
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
}

// loss says what the loss of all data in Redis means for a visit.
type loss int

const (
	nothing loss = iota
	unspent      // the place must come back
	perhaps      // enter was in flight: the place may be spent
	spent        // the place must not come back
)

func newVisitor(s *sale, index int, fan *node.Fan, rest bool) *visitor {
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
			if v.index%3 == 0 && v.act("hold") != "" {
				continue // the place was lost with Redis
			}
			v.linger(time.Duration(20+v.dice.IntN(80)) * time.Millisecond)
			if v.state == "active" && !v.unsure {
				v.leave()
			}
		default: // waiting or gathering
			if !v.s.steady && !v.s.isClosing() && v.chance(60) {
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
		case v.s.lossy && (code == "conflict" || code == "not_admitted"):
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

// ask sends a request once. A request without an answer counts as "unavailable".
func (v *visitor) ask(what string) (code string) {
	request := map[string]any{}
	switch {
	case what == "hold":
		request["seats"] = []string{v.s.seats[v.index]}
	case what == "join" && v.lost != nothing && v.place != "":
		request["place"] = v.place
	}
	var answer map[string]any
	if v.rest {
		answer = v.askREST(what, request)
	} else {
		answer = v.askSocket(what, request)
	}
	if answer == nil {
		return "unavailable"
	}
	code, _ = answer["code"].(string)
	if code == "" {
		v.unsure = false
	}
	return code
}

func (v *visitor) askREST(what string, request map[string]any) map[string]any {
	method, path := "POST", "/waitingList/"+what
	var body any = request
	switch what {
	case "status":
		method, path, body = "GET", "/auth/status", nil
	case "hold":
		path = "/holds"
	case "enter", "leave":
		body = nil
	}
	began := time.Now()
	status, answer, err := v.Request(method, path, body)
	v.dials++ // the next request goes to the next node
	v.URL = v.s.living(v.index + v.dials)
	switch {
	case err != nil:
		return nil
	case time.Since(began) > visitorPatience:
		v.s.violated("%s: %s took %v", v.Name, path, time.Since(began))
	}
	if status >= 400 {
		if answer["code"] == nil {
			answer["code"] = fmt.Sprint(status, " ", answer)
		}
	} else if what != "hold" {
		v.judge(answer)
	}
	return answer
}

func (v *visitor) askSocket(what string, request map[string]any) map[string]any {
	v.asked++
	id := fmt.Sprint(v.asked)
	request["id"], request["type"] = id, what
	if err := v.socket.TrySend(request); err != nil {
		for v.socket != nil && v.s.ctx.Err() == nil {
			v.frame(visitorPatience) // frames from before the end
		}
		return nil
	}
	for end := time.Now().Add(visitorPatience); v.socket != nil && v.s.ctx.Err() == nil; {
		rest := time.Until(end)
		if rest <= 0 {
			v.s.violated("%s: no answer to %s within %v", v.Name, what, visitorPatience)
			return nil
		}
		if m, ok := v.frame(rest); ok && m["re"] == id {
			return m
		}
	}
	return nil
}

// judge checks a status against all earlier ones of this visit.
func (v *visitor) judge(status map[string]any) {
	state, _ := status["state"].(string)
	given, _ := status["number"].(float64)
	number := int64(given)
	switch state {
	case "none":
		v.judgeOut()
	case "gathering":
		// The number is known when the line opens.
		if v.lost == nothing && (v.state == "active" || v.state == "turn" && !v.s.lossy) {
			v.s.violated("%s had a place (%s) and gathers", v.Name, v.state)
		}
		if !v.in {
			v.begin()
		}
		v.entering = false
	case "waiting":
		v.judgeNumber(number)
		if v.place, _ = status["place"].(string); v.place == "" {
			v.s.violated("%s waits without a signed place", v.Name)
		}
	case "turn", "active":
		if v.lost == spent {
			v.end()
		}
		v.lost = nothing
		if !v.in {
			v.begin()
		}
		if state == "active" && v.state != "active" {
			v.s.entered.Add(1)
		}
	default:
		v.s.violated("%s is told %v", v.Name, status)
	}
	v.state = state
	if state == "waiting" {
		v.judgePosition(status["position"])
	} else {
		v.position = 0
	}
}

// judgePosition checks that a position never gets worse, except after another state.
func (v *visitor) judgePosition(position any) {
	at, _ := position.(float64)
	switch {
	case at < 1:
		v.s.violated("%s waits at position %v", v.Name, position)
	case v.position > 0 && int(at) > v.position:
		v.s.violated("%s, number %d, was shown position %d and then %v", v.Name, v.number, v.position, at)
	default:
		v.position = int(at)
	}
}

// judgeOut checks that a fan is out only after leaving, or after Redis lost all data.
func (v *visitor) judgeOut() {
	switch {
	case !v.in || v.lost != nothing:
	case v.leaving:
		v.end()
	case !v.s.lossy:
		v.s.violated("%s lost the place without leaving: was %s with number %d", v.Name, v.state, v.number)
		v.end()
	case v.place == "":
		v.end()
	case v.state == "active":
		v.lost = spent
	case v.entering:
		v.lost = perhaps
	default:
		v.lost = unspent
		if !v.rest && v.state != "turn" && !v.absent.Load() && v.downAt.IsZero() {
			v.s.violated("%s waited on an open socket with number %d and was told to be out", v.Name, v.number)
		}
	}
}

// judgeNumber checks that a visit keeps one number, which no other visit has. After
// Redis lost all data, only an unspent number comes back.
func (v *visitor) judgeNumber(number int64) {
	switch {
	case v.lost == spent && number == v.number:
		v.s.violated("%s was admitted with number %d and has it again", v.Name, number)
	case v.lost == spent, v.lost == perhaps && number != v.number:
		v.end()
	case v.lost == nothing && (v.state == "active" || v.state == "turn" && !v.s.lossy):
		v.s.violated("%s had a place (%s) and waits with number %d", v.Name, v.state, number)
	}
	v.lost = nothing
	if !v.in {
		v.begin()
	}
	switch v.number {
	case number:
	case 0:
		v.number = number
		v.s.mu.Lock()
		twice := v.s.numbers[number]
		v.s.numbers[number] = true
		v.s.mu.Unlock()
		if twice {
			v.s.violated("%s was given number %d, which another visit had", v.Name, number)
		}
	default:
		v.s.violated("%s, %s, had number %d and has %d", v.Name, v.state, v.number, number)
		v.number = number
	}
}

func (v *visitor) begin() {
	v.in = true
	v.s.visits.Add(1)
}

func (v *visitor) end() {
	v.in, v.number, v.place, v.position = false, 0, "", 0
	v.entering, v.leaving, v.lost = false, false, nothing
}
