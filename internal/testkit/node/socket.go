package node

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// patience is how long a test waits for a frame before it fails.
const patience = 15 * time.Second

// Message is one frame of the server, decoded.
type Message map[string]any

// Type is the message's type.
func (m Message) Type() string { text, _ := m["type"].(string); return text }

// At returns what lies at a path such as "status.state", nil if nothing does.
func (m Message) At(path string) any {
	var value any = map[string]any(m)
	for _, name := range strings.Split(path, ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[name]
	}
	return value
}

// inbox keeps what came over a live connection, in order, until it is read.
type inbox struct {
	t       testing.TB
	name    string
	frames  chan Message
	closed  chan struct{}
	Welcome Message
	err     error // why reading ended; read after closed
}

func newInbox(f *Fan) inbox {
	return inbox{t: f.t, name: f.Name, frames: make(chan Message, 4096), closed: make(chan struct{})}
}

// take keeps a message, and reports whether reading may go on.
func (s *inbox) take(text []byte) bool {
	message := Message{}
	if err := json.Unmarshal(text, &message); err != nil {
		s.err = err
		return false
	}
	select {
	case s.frames <- message:
		return true
	default:
		s.err = errors.New("the test has not read thousands of frames")
		return false
	}
}

// Socket is a fan's live socket. Its frames wait in order until read.
type Socket struct {
	inbox
	conn *websocket.Conn
}

// Open opens the fan's socket and reads its welcome. It closes with the test.
func (f *Fan) Open() *Socket {
	f.t.Helper()
	s, err := f.Dial()
	if err != nil {
		f.t.Fatalf("%s: opening the socket: %v", f.Name, err)
	}
	s.Welcome = s.Want("welcome")
	return s
}

// Dial opens the fan's socket.
func (f *Fan) Dial() (*Socket, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, answer, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(f.URL, "http")+"/ws?season="+f.Season, &websocket.DialOptions{
		HTTPHeader:   http.Header{"Authorization": {"Bearer " + f.Token}},
		Subprotocols: []string{"usher.v1"},
	})
	if err != nil {
		if answer != nil && answer.Body != nil {
			_ = answer.Body.Close()
		}
		return nil, err
	}
	conn.SetReadLimit(4 << 20)
	s := &Socket{inbox: newInbox(f), conn: conn}
	go s.read()
	f.t.Cleanup(s.Close)
	return s, nil
}

func (s *Socket) read() {
	defer close(s.closed)
	defer close(s.frames)
	for {
		_, text, err := s.conn.Read(context.Background())
		if err != nil {
			s.err = err
			return
		}
		if !s.take(text) {
			return
		}
	}
}

// Send sends a request.
func (s *Socket) Send(request map[string]any) {
	s.t.Helper()
	text, err := json.Marshal(request)
	if err != nil {
		s.t.Fatal(err)
	}
	s.SendText(string(text))
}

// SendText sends a frame as it stands.
func (s *Socket) SendText(text string) {
	s.t.Helper()
	if err := s.write([]byte(text)); err != nil {
		s.t.Fatalf("%s: sending %s: %v", s.name, text, err)
	}
}

// TrySend is Send for sockets that may be gone: it returns the error.
func (s *Socket) TrySend(request map[string]any) error {
	text, err := json.Marshal(request)
	if err != nil {
		return err
	}
	return s.write(text)
}

func (s *Socket) write(text []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return s.conn.Write(ctx, websocket.MessageText, text)
}

// Frames are the server's frames, for tests that select among channels. The channel
// is closed when the socket has ended.
func (s *inbox) Frames() <-chan Message { return s.frames }

// Want skips frames until one of the type comes and returns it.
func (s *inbox) Want(kind string) Message {
	s.t.Helper()
	return s.WantWhere(kind, func(m Message) bool { return m.Type() == kind })
}

// Ask sends a request under a fresh id and returns its answer, skipping what
// else comes.
func (s *Socket) Ask(request map[string]any) Message {
	s.t.Helper()
	id := "t" + time.Now().Format("150405.000000000")
	request["id"] = id
	s.Send(request)
	return s.WantWhere("the answer to "+request["type"].(string), func(m Message) bool { return m["re"] == id })
}

// Buy sends a purchase and returns its transaction. Of one that takes longer than
// a buyer is kept waiting, the server tells the end by itself.
func (s *Socket) Buy(key string, seats []string, payment map[string]any) Message {
	s.t.Helper()
	answer := s.Ask(map[string]any{"type": "purchase", "key": key, "seats": seats, "payment": payment})
	if answer.At("transaction.status") != "pending" {
		return answer
	}
	return s.WantWhere("the end of a pending purchase", func(m Message) bool {
		return m.Type() == "transaction" && m.At("transaction.id") == answer.At("transaction.id") && m.At("transaction.status") != "pending"
	})
}

// WantWhere skips frames until one fits and returns it.
func (s *inbox) WantWhere(what string, fits func(Message) bool) Message {
	s.t.Helper()
	late := time.After(patience)
	var seen []string
	for {
		select {
		case m, open := <-s.frames:
			if !open {
				s.t.Fatalf("%s: the socket closed (%v) while waiting for %s; seen %v", s.name, s.err, what, seen)
			}
			if fits(m) {
				return m
			}
			seen = append(seen, m.Type())
		case <-late:
			s.t.Fatalf("%s: no %s within %v; seen %v", s.name, what, patience, seen)
		}
	}
}

// Drain returns the frames that have come and were not read.
func (s *inbox) Drain() []Message {
	var all []Message
	for {
		select {
		case m, open := <-s.frames:
			if !open {
				return all
			}
			all = append(all, m)
		default:
			return all
		}
	}
}

// WantClose waits for the server to close the socket and returns the code.
func (s *Socket) WantClose() websocket.StatusCode {
	s.t.Helper()
	select {
	case <-s.Closed():
	case <-time.After(patience):
		s.t.Fatalf("%s: the socket is still open after %v", s.name, patience)
	}
	var closed websocket.CloseError
	if errors.As(s.err, &closed) {
		return closed.Code
	}
	return -1
}

// Closed is closed when the socket has ended.
func (s *inbox) Closed() <-chan struct{} { return s.closed }

// Close closes the socket from the fan's side.
func (s *Socket) Close() {
	_ = s.conn.Close(websocket.StatusNormalClosure, "")
	<-s.closed
}

// Cut ends the connection as a lost network does, without a close frame.
func (s *Socket) Cut() {
	_ = s.conn.CloseNow()
	<-s.closed
}
