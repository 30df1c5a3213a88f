package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/coder/websocket"

	"usher/internal/wire"
)

// peer is the client's end of a socket.
type peer struct {
	t    testing.TB
	name string
	conn *websocket.Conn

	frames chan []byte // closed when the socket closes
	err    error       // why the socket closed; set when frames is closed
	kept   []wire.Message
	told   []wire.Sale // of the messages about the sale
	nextID int
	stop   context.CancelFunc
}

// dial opens a fan's socket without waiting for the welcome.
func (n *node) dial(f fan) *peer {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, n.url+"/ws?season="+n.season, &websocket.DialOptions{
		HTTPHeader: f.bearer(), Subprotocols: []string{wire.Protocol},
	})
	if err != nil {
		n.t.Fatalf("%s cannot connect: %v", f.name, err)
	}
	conn.SetReadLimit(1 << 20)
	read, stop := context.WithCancel(context.Background())
	p := &peer{t: n.t, name: f.name, conn: conn, frames: make(chan []byte, 1000), stop: stop}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(p.frames)
		for {
			_, frame, err := conn.Read(read)
			if err != nil {
				p.err = err
				return
			}
			p.frames <- frame
		}
	}()
	n.t.Cleanup(func() {
		_ = conn.CloseNow()
		stop()
		<-done
	})
	return p
}

// connect opens a fan's socket and also returns its welcome.
func (n *node) connect(f fan) (*peer, wire.Welcome) {
	n.t.Helper()
	p := n.dial(f)
	first := p.read()
	welcome, ok := first.(wire.Welcome)
	if !ok {
		n.t.Fatalf("%s: the first frame is %#v", f.name, first)
	}
	return p, welcome
}

// write sends one frame unchanged.
func (p *peer) write(frame string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	if err := p.conn.Write(ctx, websocket.MessageText, []byte(frame)); err != nil {
		p.t.Fatalf("%s cannot send: %v", p.name, err)
	}
}

// read returns the next message of the socket that is not about the sale as a whole:
// such a message may come at any time, and is kept in told.
func (p *peer) read() wire.Message {
	p.t.Helper()
	for {
		m := p.readAny()
		switch told := m.(type) {
		case wire.SaleMessage:
			p.told = append(p.told, told.Sale)
		case wire.Waiting:
		default:
			return m
		}
	}
}

// awaitSale returns the first public state of the sale, of those read before and of
// those to come, that is as wanted.
func (p *peer) awaitSale(what string, which func(wire.Sale) bool) wire.Sale {
	p.t.Helper()
	defer func() {
		if p.t.Failed() {
			p.t.Logf("%s waited for a sale in which %s; received were %+v", p.name, what, p.told)
		}
	}()
	for i := 0; ; i++ {
		for i == len(p.told) {
			switch m := p.readAny().(type) {
			case wire.SaleMessage:
				p.told = append(p.told, m.Sale)
			default:
				p.kept = append(p.kept, m)
			}
		}
		if which(p.told[i]) {
			return p.told[i]
		}
	}
}

// readAny returns the next message of the socket.
func (p *peer) readAny() wire.Message {
	p.t.Helper()
	select {
	case frame, open := <-p.frames:
		if !open {
			p.t.Fatalf("%s: the socket is closed: %v; before that %v", p.name, p.err, p.kept)
		}
		m, err := wire.Parse(frame)
		if err != nil {
			p.t.Fatalf("%s: %s: %v", p.name, frame, err)
		}
		return m
	case <-time.After(soon):
		p.t.Fatalf("%s: no message arrived; kept are %+v", p.name, p.kept)
		return nil
	}
}

// send sends a request with a new id and returns the id.
func (p *peer) send(r wire.Request) string {
	p.t.Helper()
	p.nextID++
	id := fmt.Sprintf(`"%s %d"`, p.name, p.nextID)
	r.ID = json.RawMessage(id)
	p.write(string(wire.EncodeRequest(r)))
	return id
}

// answerTo reads until the answer to a request arrives. Messages before the answer
// are kept for await.
func (p *peer) answerTo(id string) wire.Message {
	p.t.Helper()
	for {
		m := p.read()
		if reOf(m) == id {
			return m
		}
		p.kept = append(p.kept, m)
	}
}

func reOf(m wire.Message) string {
	var head struct {
		Re json.RawMessage `json:"re"`
	}
	_ = json.Unmarshal(wire.Encode(m), &head) // Encode returns valid JSON
	return string(head.Re)
}

// ask sends a request and expects an answer of one type.
func ask[M wire.Message](p *peer, r wire.Request) M {
	p.t.Helper()
	answer := p.answerTo(p.send(r))
	m, ok := answer.(M)
	if !ok {
		p.t.Fatalf("%s: %s was answered with %s", p.name, r.Type, wire.Encode(answer))
	}
	return m
}

// await returns the first message of a type that is no answer, was not returned
// before, and that which accepts (nil: any). Other messages are kept.
func await[M wire.Message](p *peer, what string, which func(M) bool) M {
	p.t.Helper()
	for i, m := range p.kept {
		if m, ok := m.(M); ok && (which == nil || which(m)) {
			p.kept = append(p.kept[:i:i], p.kept[i+1:]...)
			return m
		}
	}
	deadline := time.Now().Add(soon)
	for time.Now().Before(deadline) {
		m := p.read()
		if m, ok := m.(M); ok && reOf(m) == "" && (which == nil || which(m)) {
			return m
		}
		p.kept = append(p.kept, m)
	}
	p.t.Fatalf("%s: %s did not arrive; kept are %+v", p.name, what, p.kept)
	panic("unreachable")
}

// unasked returns the messages that are no answers and were not awaited. A ping
// proves that no other message was in flight before.
func (p *peer) unasked() []wire.Message {
	p.t.Helper()
	ask[wire.Pong](p, wire.Request{Type: wire.RequestPing})
	return p.kept
}

// closed reads until the socket is closed and returns the code and the bye.
func (p *peer) closed() (websocket.StatusCode, wire.Bye) {
	p.t.Helper()
	var bye wire.Bye
	deadline := time.After(soon)
	for {
		select {
		case frame, open := <-p.frames:
			if !open {
				var closed websocket.CloseError
				if !errors.As(p.err, &closed) {
					p.t.Fatalf("%s: closed without a close frame: %v", p.name, p.err)
				}
				return closed.Code, bye
			}
			if m, err := wire.Parse(frame); err == nil {
				if b, ok := m.(wire.Bye); ok {
					bye = b
				}
			}
		case <-deadline:
			p.t.Fatalf("%s: the socket stays open", p.name)
		}
	}
}

// ended reports whether the socket is closed. It drops frames.
func (p *peer) ended() bool {
	for {
		select {
		case _, open := <-p.frames:
			if !open {
				return true
			}
		default:
			return false
		}
	}
}

// hold and purchase return requests.
func hold(seats ...string) wire.Request { return wire.Request{Type: wire.RequestHold, Seats: seats} }

func purchase(key, token string, seats ...string) wire.Request {
	return wire.Request{
		Type: wire.RequestPurchase, Key: key, Seats: seats,
		Payment: wire.Payment{Method: "sandbox", Token: token},
	}
}

// active opens a fan's socket, joins and enters; the season must have room.
func (n *node) active(f fan) *peer {
	n.t.Helper()
	p, _ := n.connect(f)
	status := ask[wire.StatusMessage](p, wire.Request{Type: wire.RequestJoin}).Status
	if status.State == "waiting" {
		await(p, "the turn", func(wire.Turn) bool { return true })
		status.State = "turn"
	}
	if status.State == "turn" {
		status = ask[wire.StatusMessage](p, wire.Request{Type: wire.RequestEnter}).Status
	}
	if status.State != "active" {
		n.t.Fatalf("%s is %s, not active", f.name, status.State)
	}
	return p
}
