package hub_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/prometheus/client_golang/prometheus"

	"usher/hub"
)

// repeater answers every message with the same message.
type repeater struct{ closed chan string }

func (repeater) Message(s *hub.Socket, frame []byte) { s.Send(frame) }

func (r repeater) Closed(_ *hub.Socket, reason string) { r.closed <- reason }

// A whole server: it upgrades each request to a socket, greets the user, echoes
// messages, and drains at its end.
func Example() {
	sockets := hub.New(hub.Options{
		Registerer: prometheus.NewRegistry(),
		Bye:        func(reason string, _ time.Duration) []byte { return []byte("bye: " + reason) },
	})
	handler := repeater{closed: make(chan string, 1)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A real server checks the session and the origin first.
		socket, err := sockets.Upgrade(w, r)
		if err != nil {
			return // the answer is written
		}
		user := r.URL.Query().Get("user")
		sockets.Register(socket, hub.Identity{
			Key:     hub.Key{Season: "demo", User: user}, // one socket for each key
			Session: "session-1",
			Conn:    1, // of two sockets with one key the higher number stays
		}, handler, []byte("welcome, "+user))
	}))
	defer server.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(server.URL, "http")+"?user=ann", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.CloseNow() }()
	read := func() {
		_, text, err := client.Read(ctx)
		if err != nil {
			fmt.Println("closed with", websocket.CloseStatus(err))
			return
		}
		fmt.Println(string(text))
	}
	read()
	_ = client.Write(ctx, websocket.MessageText, []byte("hello"))
	read()

	go sockets.Drain(ctx, 0) // returns when every socket has ended
	read()
	read()
	fmt.Println("reason:", <-handler.closed)

	// Output:
	// welcome, ann
	// hello
	// bye: restarting
	// closed with StatusServiceRestart
	// reason: restarting
}
