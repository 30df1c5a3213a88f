// Package fakenode is a server that speaks just enough of Usher's protocol to
// lie: tests plant faults in it that a real node must never show.
package fakenode

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
)

// Server is the fake. Its script plays every socket.
type Server struct {
	URL    string
	script func(*Socket)
	mu     sync.Mutex
	opened map[int]int // by fan
	asked  map[int]int // sign-ins, by fan
}

// Socket is one upgraded socket of a fan.
type Socket struct {
	Fan  int // as the fan's e-mail address counts
	Nth  int // of this fan's sockets, from 1
	conn *websocket.Conn
	ctx  context.Context
	sent chan []byte // by the fan; closed when the socket has ended
}

// Start starts a fake whose sockets the script plays. A socket is closed when the
// script returns.
func Start(t testing.TB, script func(*Socket)) *Server {
	s := &Server{script: script, opened: map[int]int{}, asked: map[int]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /waitingList/status", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"season":"demo","state":"none"}`))
	})
	mux.HandleFunc("POST /auth/dev", s.signIn)
	mux.HandleFunc("GET /ws", s.socket)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// SignIns is how often a fan signed in.
func (s *Server) SignIns(fan int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[fan]
}

// Sockets is how many sockets a fan has opened.
func (s *Server) Sockets(fan int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened[fan]
}

func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	var form struct{ Email string }
	if json.NewDecoder(r.Body).Decode(&form) != nil || form.Email == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.asked[fanOf(form.Email)]++
	s.mu.Unlock()
	_ = json.NewEncoder(w).Encode(map[string]string{"token": form.Email})
}

// fanOf reads the fan's index in crowd-SEED-INDEX@usher.test.
func fanOf(email string) int {
	name, _, _ := strings.Cut(email, "@")
	i, _ := strconv.Atoi(name[strings.LastIndexByte(name, '-')+1:])
	return i
}

func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	fan := fanOf(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	s.mu.Lock()
	s.opened[fan]++
	nth := s.opened[fan]
	s.mu.Unlock()
	socket := &Socket{Fan: fan, Nth: nth, conn: conn, ctx: r.Context(), sent: make(chan []byte, 1024)}
	read := make(chan struct{})
	defer func() { _ = conn.CloseNow(); <-read }()
	go func() {
		defer close(read)
		socket.read()
	}()
	s.script(socket)
}

func (s *Socket) read() {
	defer close(s.sent)
	for {
		_, text, err := s.conn.Read(s.ctx)
		if err != nil {
			return
		}
		select {
		case s.sent <- text:
		default: // the script does not care
		}
	}
}

// Heard waits until the fan has read all that was said.
func (s *Socket) Heard() { _ = s.conn.Ping(s.ctx) }

// Say sends a message as it stands.
func (s *Socket) Say(format string, args ...any) {
	_ = s.conn.Write(s.ctx, websocket.MessageText, fmt.Appendf(nil, format, args...))
}

// Close closes the socket with a code.
func (s *Socket) Close(code int, reason string) { _ = s.conn.Close(websocket.StatusCode(code), reason) }

// Answer answers requests as they come, each by what answer returns for its type
// and the id to repeat; "" is no answer. It returns when the socket ends.
func (s *Socket) Answer(answer func(kind, id string) string) {
	s.Listen(func(kind, id, _ string) string { return answer(kind, id) })
}

// Listen is Answer with the key of a purchase.
func (s *Socket) Listen(answer func(kind, id, key string) string) {
	for text := range s.sent {
		var request struct {
			Type string
			ID   json.RawMessage
			Key  string
		}
		if json.Unmarshal(text, &request) != nil {
			return
		}
		if said := answer(request.Type, string(request.ID), request.Key); said != "" {
			s.Say("%s", said)
		}
	}
}

// Status is a status as JSON: seconds are the server's clock, and a turn's
// deadline is a minute later.
func Status(state string, number, position, seconds int) string {
	moment := func(s int) string { return fmt.Sprintf("2027-03-01T10:%02d:%02d.000Z", s/60, s%60) }
	line := `"number":null,"position":null`
	if state == "waiting" {
		line = fmt.Sprintf(`"number":%d,"position":%d`, number, position)
	}
	deadline := "null"
	if state == "turn" || state == "active" {
		deadline = `"` + moment(seconds+60) + `"`
	}
	return fmt.Sprintf(`{"season":"demo","state":"%s",%s,"waiting":9,"active":1,"limit":1,"deadline":%s,"serverTime":"%s"}`,
		state, line, deadline, moment(seconds))
}

// Obliging answers like a server with nothing to hide: every hold is of seat,
// every purchase completes as a transaction of the fan's own.
func (s *Socket) Obliging(seat string) func(kind, id string) string {
	return func(kind, id string) string {
		switch kind {
		case "join", "enter":
			return fmt.Sprintf(`{"type":"status","re":%s,"status":%s}`, id, Status("active", 0, 0, 5))
		case "leave":
			return fmt.Sprintf(`{"type":"status","re":%s,"status":%s}`, id, Status("none", 0, 0, 6))
		case "hold":
			return fmt.Sprintf(`{"type":"cart","re":%s,"cart":{"seats":[{"seatNumber":"%s"}]}}`, id, seat)
		case "purchase":
			return fmt.Sprintf(`{"type":"transaction","re":%s,"transaction":{"id":"t%d","status":"completed","seats":["%s"],"createdAt":"2027-03-01T10:00:00.000Z"}}`, id, s.Fan, seat)
		}
		return ""
	}
}
