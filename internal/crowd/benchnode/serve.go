package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"usher/hub"
)

const (
	kindHub   = "hub"
	kindPlain = "plain"
)

// A welcome and a position as long as a node's.
const (
	bareWelcome = `{"type":"welcome","status":{"season":"bench","state":"waiting","number":4711,"position":2,"waiting":2,"active":1,"limit":1,"paused":false,` +
		`"opensAt":null,"etaSeconds":{"p50":240,"p90":420},"place":null,"deadline":null,"sessionEndsAt":null,"serverTime":"2026-11-22T10:00:00.000Z"},` +
		`"cart":{"seats":[],"total":0,"currency":"EUR","expiresAt":null},"user":{"id":"65f1c0ffee65f1c0ffee65f1","email":"fan1@example.com","name":"Fan 1","roles":[]},` +
		`"season":"bench","protocol":"usher.v1","heartbeatSeconds":25}`
	bareSale = `{"type":"sale","sale":{"paused":false,"pauseReason":null,"opensAt":null,"closesAt":"2099-01-01T10:00:00.000Z","notice":null,"stock":"available",` +
		`"available":500,"held":0,"total":500,"currency":"EUR","categories":[{"category":"Regular","available":500,"held":0,"total":500,"from":4500,"to":4500}],"version":4294967297}}`
	barePosition = `{"type":"position","position":4711,"waiting":9876,"etaSeconds":{"p50":240,"p90":420}}`
)

// serve is a server to compare a node with. It lets everybody in, welcomes them,
// sends all a position at POST /push,
// and the public state of a sale at POST /tell.
func serve(kind string) error {
	mux := http.NewServeMux()
	switch kind {
	case kindHub:
		serveHub(mux)
	case kindPlain:
		servePlain(mux)
	default:
		return fmt.Errorf("there is no server %q", kind)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("listening on http://" + listener.Addr().String())
	return (&http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}).Serve(listener)
}

// everybody is the hub's handler: what comes is dropped.
type everybody struct{}

func (everybody) Message(*hub.Socket, []byte) {}
func (everybody) Closed(*hub.Socket, string)  {}

// position is an update encoded once for all.
type position []byte

func (p position) Merge(newer hub.Update) hub.Update { return newer }
func (p position) Frame() []byte                     { return p }

func serveHub(mux *http.ServeMux) {
	h := hub.New(hub.Options{})
	var count atomic.Int64
	mux.HandleFunc("GET /ws", func(w http.ResponseWriter, r *http.Request) {
		s, err := h.Upgrade(w, r)
		if err != nil {
			return
		}
		n := count.Add(1)
		user := strconv.FormatInt(n, 10)
		h.Register(s, hub.Identity{
			Key: hub.Key{Season: "bench", User: user}, Session: user, Conn: n, ExpiresAt: time.Now().Add(time.Hour), Heartbeat: 25 * time.Second,
		}, everybody{}, []byte(bareWelcome))
	})
	mux.HandleFunc("POST /push", func(http.ResponseWriter, *http.Request) {
		h.Each("bench", func(s *hub.Socket) { s.Update(hub.SlotPosition, position(barePosition)) })
	})
	mux.HandleFunc("POST /tell", func(http.ResponseWriter, *http.Request) {
		h.Tell("bench", hub.SlotSale, hub.NewShared([]byte(bareSale)))
	})
}

func servePlain(mux *http.ServeMux) {
	var mu sync.Mutex
	live := map[*websocket.Conn]struct{}{}
	mux.HandleFunc("GET /ws", func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{hub.Subprotocol}})
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		ctx := context.WithoutCancel(r.Context())
		if conn.Write(ctx, websocket.MessageText, []byte(bareWelcome)) != nil {
			return
		}
		mu.Lock()
		live[conn] = struct{}{}
		mu.Unlock()
		defer func() {
			mu.Lock()
			delete(live, conn)
			mu.Unlock()
		}()
		for {
			if _, _, err := conn.Read(ctx); err != nil {
				return
			}
		}
	})
	toAll := func(message string) http.HandlerFunc {
		return func(_ http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			for conn := range live {
				_ = conn.Write(r.Context(), websocket.MessageText, []byte(message))
			}
		}
	}
	mux.HandleFunc("POST /push", toAll(barePosition))
	mux.HandleFunc("POST /tell", toAll(bareSale))
}

// urlIn finds the base URL in a line that says where a server listens.
func urlIn(line string) string {
	_, rest, found := strings.Cut(line, "listening on ")
	if !found {
		return ""
	}
	url, _, _ := strings.Cut(rest, " ")
	return strings.Trim(url, `"`)
}
