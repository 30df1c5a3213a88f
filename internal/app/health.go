package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/warn"
)

const (
	healthInterval = 2 * time.Second
	outageInterval = 250 * time.Millisecond // while a store does not answer: only these checks call it
	healthTimeout  = 1500 * time.Millisecond
	warnInterval   = time.Minute
)

// health checks the stores. It keeps the last result, so that /readyz costs nothing
// and answers at once while a store is frozen.
type health struct {
	stores *store.Stores
	log    *slog.Logger
	board  *warn.Board
	up     map[string]prometheus.Gauge

	needs store.Needs

	mu        sync.Mutex
	checked   bool
	missing   map[string]error
	rights    error // the Redis rights that this node lacks; nil: none
	rightsDue bool  // the next check tries the rights
}

func newHealth(stores *store.Stores, needs store.Needs, log *slog.Logger, board *warn.Board, registry prometheus.Registerer) *health {
	auto := promauto.With(registry)
	gauge := func(name, help string) prometheus.Gauge {
		return auto.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	return &health{stores: stores, needs: needs, rightsDue: true, log: log, board: board, up: map[string]prometheus.Gauge{
		"redis": gauge("usher_redis_up", "1 while Redis answers this node."),
		"mongo": gauge("usher_mongo_up", "1 while MongoDB answers this node."),
	}}
}

func (h *health) run(ctx context.Context) error {
	var warned time.Time
	for {
		h.checkOnce(ctx)
		h.mu.Lock()
		tryRights := h.rightsDue && h.missing["redis"] == nil
		h.mu.Unlock()
		if tryRights {
			h.tryRights(ctx)
		}
		if time.Since(warned) >= warnInterval {
			warned = time.Now()
			h.warnOnce(ctx)
		}
		interval := healthInterval
		h.mu.Lock()
		if len(h.missing) > 0 {
			interval = outageInterval
		}
		h.mu.Unlock()
		next := time.NewTimer(interval)
		select {
		case <-ctx.Done():
			next.Stop()
			return nil
		case <-next.C:
		}
	}
}

func (h *health) checkOnce(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	missing := h.stores.Check(ctx)
	if errors.Is(ctx.Err(), context.Canceled) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, gauge := range h.up {
		_, was := h.missing[name]
		err, is := missing[name]
		switch {
		case is && !was:
			h.log.Error("a store does not answer: this node is not ready until it does", "store", name, "error", err)
		case was && !is:
			h.log.Info("a store answers again", "store", name)
			h.rightsDue = h.rightsDue || name == "redis" // a failover may have led to a server with other rights
		}
		gauge.Set(map[bool]float64{true: 0, false: 1}[is])
	}
	h.missing, h.checked = missing, true
}

// warnOnce puts warnings about settings of the stores that endanger data on the board.
func (h *health) warnOnce(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	h.board.Set("stores", h.stores.Warnings(ctx)...)
}

// Missing returns the stores that did not answer the last check, with their errors.
func (h *health) Missing() map[string]error {
	h.mu.Lock()
	defer h.mu.Unlock()
	missing := map[string]error{}
	for name, err := range h.missing {
		missing[name] = err
	}
	if h.rights != nil && missing["redis"] == nil {
		missing["rights"] = h.rights
	}
	if !h.checked {
		missing["stores"] = errors.New("not checked yet")
	}
	return missing
}

// missing returns what this node lacks to serve: a store, rights, the right Redis,
// its seasons. A node that drains names that too.
func (a *App) missing(context.Context) map[string]error {
	missing := a.health.Missing()
	if a.draining.Load() {
		missing["draining"] = errors.New("this node is shutting down")
	}
	if err := a.identity.Missing(); err != nil && len(missing) == 0 {
		missing["identity"] = fault.Wrap(fault.Unavailable, err, "%v", err)
	}
	if len(missing) == 0 && !a.synced.Load() {
		missing["seasons"] = errors.New("not read yet")
	}
	return missing
}

// measure registers what the whole node can say of itself.
func (a *App) measure(registry *prometheus.Registry) {
	auto := promauto.With(registry)
	auto.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "usher_ready", Help: "1 while this node serves fans; 0 while something is missing, and while draining: /readyz names it.",
	}, func() float64 {
		if len(a.missing(context.Background())) > 0 {
			return 0
		}
		return 1
	})
	auto.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "usher_warnings", Help: "Warnings about settings and stores that the log and the admin page of this node show.",
	}, func() float64 { return float64(len(a.board.All())) })
}

// opsHandler serves health, metrics and profiles, which clients must not see.
func (a *App) opsHandler(registry *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	public := a.web.Handler()
	mux.Handle("GET /healthz", public)
	mux.Handle("GET /readyz", public)
	inside := http.NewServeMux()
	inside.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	inside.HandleFunc("/debug/pprof/", pprof.Index)
	// /debug/pprof/cmdline is left out: flags may hold secrets.
	inside.HandleFunc("/debug/pprof/profile", pprof.Profile)
	inside.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	inside.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.Handle("/", a.opsGuard().wrap(inside))
	return mux
}
