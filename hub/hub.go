package hub

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Defaults of Options.
const (
	DefaultOutboxBytes  = 64 << 10
	DefaultWriteTimeout = 10 * time.Second
	DefaultCloseTimeout = time.Second
	DefaultMaxFrame     = 8 << 10
	DefaultRate         = 20
	DefaultBurst        = 40
)

// Options configures a Hub. Zero values mean the defaults.
type Options struct {
	MaxSockets   int           // default 0: no limit
	OutboxBytes  int           // default 64 KiB: more pending than this is too slow
	WriteTimeout time.Duration // default 10 s: pending longer than this is too slow
	// CloseTimeout (default 1 s) is how long a closing socket may take to read
	// its last frames, and then again to end its side of the connection.
	CloseTimeout time.Duration
	MaxFrame     int64   // default 8 KiB
	Rate         float64 // messages a second a socket may sustain; default 20
	Burst        int     // default 40
	// Deaf reports whether the answers of a season's streams cannot reach this node
	// just now, because a store is away. A silent stream is then pinged once more. Nil:
	// never.
	Deaf func(season string) bool
	// Bye encodes the frame sent just before a close the server starts.
	Bye        func(reason string, reconnectAfter time.Duration) []byte
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

func (o Options) withDefaults() Options {
	if o.OutboxBytes <= 0 {
		o.OutboxBytes = DefaultOutboxBytes
	}
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = DefaultWriteTimeout
	}
	if o.CloseTimeout <= 0 {
		o.CloseTimeout = DefaultCloseTimeout
	}
	if o.MaxFrame <= 0 {
		o.MaxFrame = DefaultMaxFrame
	}
	if o.Rate <= 0 {
		o.Rate = DefaultRate
	}
	if o.Burst <= 0 {
		o.Burst = DefaultBurst
	}
	if o.Deaf == nil {
		o.Deaf = func(string) bool { return false }
	}
	if o.Bye == nil {
		o.Bye = func(string, time.Duration) []byte { return nil }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Hub holds the sockets of this node. Safe for concurrent use.
type Hub struct {
	o       Options
	start   time.Time // what a socket's moments count from
	metrics *metrics
	clock   *clock
	bursts  sync.Pool // *burst: what is written at once
	chunks  sync.Pool // *chunk: what is read at once
	poller  *poller

	ctx    context.Context // ends when Drain has; sockets' contexts derive from it
	cancel context.CancelFunc

	mu        sync.RWMutex
	seasons   map[string]map[string]*Socket // season → user → the live socket
	sessions  map[string]*Socket            // session → first of a chain through Socket.nextOfSession
	live      int                           // sockets in seasons
	streams   int                           // those of them that are streams of events
	open      map[*Socket]struct{}          // every socket that has not ended, live or not
	upgrading int                           // handshakes under way
	draining  bool
	spread    time.Duration // over which a draining hub spreads reconnects
	drained   chan struct{} // closed when the hub is draining and empty
}

// New makes a hub. It runs nothing until there are sockets; Drain ends it.
func New(o Options) *Hub {
	h := &Hub{
		o: o.withDefaults(), start: time.Now(),
		seasons: map[string]map[string]*Socket{}, sessions: map[string]*Socket{},
		open: map[*Socket]struct{}{}, drained: make(chan struct{}),
	}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.bursts.New = func() any { return newBurst() }
	h.chunks.New = func() any { return newChunk() }
	h.poller = newPoller(h)
	h.clock = newClock(h)
	h.metrics = newMetrics(h, o.Registerer)
	return h
}

// now is nanoseconds since the hub began, on the monotonic clock.
func (h *Hub) now() int64 { return int64(time.Since(h.start)) }
