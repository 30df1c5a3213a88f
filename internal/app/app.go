package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"usher/booking"
	"usher/booking/payment"
	"usher/booking/payment/stripe"
	"usher/hub"
	"usher/internal/auth"
	"usher/internal/challenge"
	"usher/internal/mail"
	"usher/internal/pass"
	"usher/internal/store"
	"usher/internal/warn"
	"usher/queue"
	"usher/web"
)

// App is one node.
type App struct {
	o      Options
	log    *slog.Logger
	url    string
	node   string
	stores *store.Stores
	health *health

	identity *identity
	board    *warn.Board
	traces   *traces

	auth       *auth.Auth
	queue      *queue.Queue
	booking    *booking.Booking
	sandbox    *payment.Sandbox // nil unless the sandbox is
	stripe     *stripe.Provider // nil unless Stripe is the payment provider
	hub        *hub.Hub
	passes     *pass.Desk
	challenges *challenge.Verifier // nil: none
	mail       *mail.Sender        // nil: no mails
	web        *web.Server

	main, ops *listening
	limit     connectionLimit
	draining  atomic.Bool
	synced    atomic.Bool // the queue watches every season that MongoDB has
}

// New checks the options, binds the addresses and wires the packages into a node.
// It does not connect to a store: a node starts while its stores are down, and
// waits for them. The caller must call Run or Close.
func New(o Options) (_ *App, err error) {
	settled, err := o.settle()
	if err != nil {
		return nil, err
	}
	a := &App{o: o, log: o.Logger, node: nodeID(), limit: o.connectionLimit(fileLimit())}
	if a.log == nil {
		a.log = o.Log.New(os.Stderr)
		takeLibraryLogs(a.log)
	}
	defer func() {
		if err != nil {
			a.Close()
		}
	}()
	if err := a.openTraces(); err != nil {
		return nil, err
	}
	at := o.stores()
	at.Logger, at.Tracer = a.logger("store"), a.traces.tracer()
	if a.stores, err = store.Open(at); err != nil {
		return nil, err
	}
	if a.main, err = listen("--listen", o.Listen); err != nil {
		return nil, err
	}
	a.url = strings.TrimSuffix(o.PublicURL, "/")
	if a.url == "" {
		a.url = "http://" + browserAddress(a.main.Addr())
	}
	if o.OpsListen != "" {
		a.ops, err = listen("--ops-listen", o.OpsListen)
		if err != nil && o.OpsFallback {
			a.logger("app").Warn("the ops address is in use: taking a free port", "address", o.OpsListen)
			a.ops, err = listen("--ops-listen", "127.0.0.1:0")
		}
		if err != nil {
			return nil, err
		}
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewBuildInfoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	a.board = warn.New(a.logger("warn"))
	a.board.Set("options", o.cautions()...)
	if len(o.TicketKeys) == 0 {
		a.board.Set("keys", "--ticket-key is missing, so tickets are signed by the --signing-key: make a key for tickets and give it as --ticket-key, "+
			"followed by the present --signing-key files as further --ticket-key, so that tickets sold before stay valid")
	}
	a.health = newHealth(a.stores, redisNeeds(a.node), a.logger("health"), a.board, registry)
	a.identity = newIdentity(a.stores, a.node, factsOf(settled, a.limit))
	a.measure(registry)
	if err := a.wire(settled, registry); err != nil {
		return nil, err
	}
	a.main.server.Handler = a.web.Handler()
	for _, l := range []*listening{a.main, a.ops} {
		if l != nil {
			l.server.ErrorLog = slog.NewLogLogger(a.logger("http").Handler(), slog.LevelWarn)
		}
	}
	a.main.server.ConnState = newConnections(a.limit.connections, a.hub.Open, registry).note
	if a.ops != nil {
		a.ops.server.Handler = a.opsHandler(registry)
	}
	return a, nil
}

// logger is the node's log for one component.
func (a *App) logger(component string) *slog.Logger { return a.log.With("component", component) }

// URL is the base URL browsers reach this node by.
func (a *App) URL() string { return a.url }

// OpsURL is the base URL of health, metrics and pprof, "" without them.
func (a *App) OpsURL() string {
	if a.ops == nil {
		return ""
	}
	return "http://" + browserAddress(a.ops.Addr())
}

const (
	drainSpread  = 5 * time.Second  // the clients of a node that stops reconnect at random moments within this time
	drainTimeout = 20 * time.Second // the longest that draining may take
)

// Run serves until ctx ends, then drains: new sockets are refused, live ones get
// bye, requests and purchases under way finish. The background loops stop last.
// Run returns nil after such an end.
func (a *App) Run(ctx context.Context) error {
	defer a.Close()
	// The loops outlive ctx: while sockets drain, the queue must still learn who left.
	loops, stopLoops := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLoops()
	group, failed := errgroup.WithContext(loops)
	for name, run := range map[string]func(context.Context) error{
		"auth": a.auth.Run, "queue": a.onceIdentified(a.queue.Run), "booking": a.onceIdentified(a.booking.Run),
		"web": a.web.Run, "passes": a.passes.Run, "health": a.health.run, "seasons": a.onceIdentified(a.runSeasons), "identity": a.identity.run,
	} {
		group.Go(func() error {
			if err := run(loops); err != nil && loops.Err() == nil {
				return fmt.Errorf("%s stopped: %w", name, err)
			}
			return nil
		})
	}
	if a.o.Seed != nil {
		if err := a.o.Seed(ctx, a.booking); err != nil {
			stopLoops()
			return errors.Join(fmt.Errorf("seeding the demo season: %w", err), group.Wait())
		}
	}
	for _, l := range []*listening{a.main, a.ops} {
		if l != nil {
			group.Go(l.serve)
		}
	}
	if a.o.Seed != nil {
		a.waitForSeason(ctx)
	}
	log := a.logger("app")
	log.Info("listening on "+a.url, "url", a.url, "address", a.main.Addr().String(), "ops", a.OpsURL(), "node", a.node, "roles", a.o.Roles, "version", thisBuild().version)

	select {
	case <-ctx.Done():
		log.Info("draining", "sockets", a.hub.Sockets())
	case <-failed.Done():
	}
	a.drain()
	stopLoops()
	err := group.Wait()
	a.traces.close(log)
	if err != nil {
		log.Info("stopped", "error", err)
		return err
	}
	log.Info("stopped")
	return nil
}

// onceIdentified delays a loop until this node has found that its Redis is the one
// that the other nodes use. With another Redis the node would settle purchases
// without seeing the holds that belong to them.
func (a *App) onceIdentified(run func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-a.identity.verified:
			return run(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}

// waitForSeason waits, ten seconds at most, until the season that was just seeded
// answers. A developer who reads "listening" expects a season on sale.
func (a *App) waitForSeason(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		err := a.syncSeasons(ctx, map[string]int64{})
		if err == nil {
			_, err = a.booking.Snapshot(ctx, a.o.Season)
		}
		if err == nil {
			a.synced.Store(true)
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// drain closes the sockets and the servers, within drainTimeout.
func (a *App) drain() {
	a.draining.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	a.hub.Drain(ctx, drainSpread)
	for _, l := range []*listening{a.main, a.ops} {
		if l != nil {
			if err := l.server.Shutdown(ctx); err != nil {
				a.logger("app").Warn("draining took too long: closing requests that are still under way", "timeout", drainTimeout, "error", err)
				_ = l.server.Close()
			}
		}
	}
}

// Close releases the addresses and connections that New opened. Run calls Close;
// calling it twice is safe.
func (a *App) Close() {
	for _, l := range []*listening{a.main, a.ops} {
		if l != nil {
			_ = l.Close() // already closed after an orderly end
		}
	}
	if a.challenges != nil {
		a.challenges.Close()
	}
	if a.stripe != nil {
		a.stripe.Disconnect()
	}
	if a.mail != nil {
		a.mail.Close()
	}
	a.traces.close(a.log)
	if a.stores != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := a.stores.Close(ctx); err != nil && a.log != nil {
			a.logger("app").Debug("closing the stores failed", "error", err)
		}
		a.stores = nil
	}
}

func (a *App) hasRole(role string) bool {
	for _, r := range a.o.Roles {
		if r == role {
			return true
		}
	}
	return len(a.o.Roles) == 0
}

// nodeID names this process among the running nodes. The host name is for people.
// The random bytes tell two nodes of one host, and a node and its restart, apart.
func nodeID() string {
	host, err := os.Hostname()
	if err != nil {
		host = "node"
	}
	random := make([]byte, 4)
	_, _ = rand.Read(random) // never fails
	return host + "-" + hex.EncodeToString(random)
}

// browserAddress is host:port as a browser on this machine can open it.
func browserAddress(address net.Addr) string {
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return address.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}
