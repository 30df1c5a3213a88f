package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/coder/websocket"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"usher/booking"
	"usher/booking/payment"
	"usher/hub"
	"usher/internal/auth"
	"usher/internal/challenge"
	"usher/internal/keys"
	"usher/internal/pass"
	"usher/internal/presale"
	"usher/internal/store"
	"usher/internal/testkit"
	"usher/internal/testkit/conform"
	"usher/internal/wire"
	"usher/queue"
	"usher/web"
)

// soon bounds waiting: a busy machine may need this long for a short task.
const soon = 15 * time.Second

// fixture is a season on its own stores, served by one or more nodes.
type fixture struct {
	t      testing.TB
	stores *store.Stores
	ring   *keys.Ring
	season string
	patch  string
	nodes  int

	issueAt func() time.Time // when sessions begin; nil: now
}

// newFixture makes a season of 30 seats, A-1 to C-10, the first row VIP. patch are
// its settings beside the defaults, as JSON.
func newFixture(t testing.TB, patch string) *fixture {
	t.Helper()
	return newFixtureOn(t, "", patch)
}

// newFixtureOn is newFixture on a Redis of the test.
func newFixtureOn(t testing.TB, redisURL, patch string) *fixture {
	t.Helper()
	ring, err := keys.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return &fixture{t: t, stores: testkit.Open(t, redisURL), ring: ring, season: testkit.SeasonID(), patch: patch}
}

// seatPlan is the seat plan of every fixture.
func seatPlan() string {
	var b strings.Builder
	b.WriteString("seatNumber,category,price,section,row\n")
	for _, row := range []string{"A", "B", "C"} {
		category, price := "Regular", 2500
		if row == "A" {
			category, price = "VIP", 4500
		}
		for number := 1; number <= 10; number++ {
			fmt.Fprintf(&b, "%s-%d,%s,%d,Stalls,%s\n", row, number, category, price, row)
		}
	}
	return b.String()
}

// node is one server with queue, booking and auth, in this process.
type node struct {
	*fixture
	auth     *auth.Auth
	queue    *queue.Queue
	booking  *booking.Booking
	hub      *hub.Hub
	web      *web.Server
	registry *prometheus.Registry
	url      string
	draining chan struct{} // closed: the node drains

	// Set by tests, nil otherwise.
	lostRevocation func(sid string) bool // true: the node does not get this revocation
	challenges     *challenge.Verifier   // nil: none
	lostCutoff     bool                  // messages of cutoffs do not arrive
	whenOpening    func()                // called between the first check of a session and its socket
	deaf           bool                  // booking receives no message from Redis
	provider       payment.Provider      // instead of the sandbox
}

// deafRedis subscribes and publishes on another Redis, so that the node receives
// only its own heartbeat.
type deafRedis struct {
	redis.UniversalClient
	other *redis.Client
}

func (d deafRedis) Subscribe(ctx context.Context, channels ...string) *redis.PubSub {
	return d.other.Subscribe(ctx, channels...)
}

func (d deafRedis) Publish(ctx context.Context, channel string, message any) *redis.IntCmd {
	return d.other.Publish(ctx, channel, message)
}

// node boots a server. It ends with the test.
func (h *fixture) node() *node { return h.nodeWith(hub.Options{}, func(*node) {}) }

func (h *fixture) nodeWith(o hub.Options, set func(*node)) *node {
	t := h.t
	t.Helper()
	h.nodes++
	name := fmt.Sprintf("%s-node-%d", h.season, h.nodes)
	n := &node{fixture: h, registry: prometheus.NewRegistry(), draining: make(chan struct{})}
	set(n)
	if n.provider == nil {
		n.provider = payment.NewSandbox(h.stores.Mongo)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	n.auth, err = auth.New(auth.Options{
		Redis: h.stores.Redis, Mongo: h.stores.Mongo, Keys: h.ring, Realm: h.stores.Mongo.Name(),
		Revoked: func(sid string) {
			if n.lostRevocation == nil || !n.lostRevocation(sid) {
				n.web.SessionRevoked(sid)
			}
		},
		CutOff: func() {
			if !n.lostCutoff {
				n.web.SessionsCutOff()
			}
		},
	})
	must(err)
	bookingRedis := h.stores.Redis
	if n.deaf {
		elsewhere := miniredis.RunT(t)
		other := redis.NewClient(&redis.Options{Addr: elsewhere.Addr()})
		t.Cleanup(func() { _ = other.Close() })
		bookingRedis = deafRedis{bookingRedis, other}
	}
	n.booking, err = booking.New(booking.Options{
		Redis: bookingRedis, Mongo: h.stores.Mongo, Keys: h.ring, Node: name,
		Provider: n.provider,
		Notify:   func(events []booking.Event) { n.web.BookingEvents(events) },
	})
	must(err)
	settings := func(ctx context.Context, id string) (queue.Settings, error) {
		s, err := n.booking.Season(ctx, id)
		return web.LineSettings(s), err
	}
	n.queue, err = queue.New(queue.Options{
		Redis: h.stores.Redis, Mongo: h.stores.Mongo, Keys: h.ring, Node: name,
		Settings: settings, BeforeEpoch: n.booking.Rebuild,
		Notify: func(events []queue.Event) { n.web.QueueEvents(events) },
		Gather: 50 * time.Millisecond,
	})
	must(err)
	o.Bye = web.Bye
	o.Registerer = n.registry
	n.hub = hub.New(o)
	n.web, err = web.New(web.Options{
		Queue: n.queue, Booking: n.booking, Auth: n.auth, Hub: n.hub, Keys: h.ring, Passes: pass.New(pass.Options{Keys: h.ring, Mongo: h.stores.Mongo}), Codes: presale.New(presale.Options{Mongo: h.stores.Mongo, Keys: h.ring}),
		Challenges: n.challenges, Solved: challenge.NewSolved(h.stores.Redis), ChallengeSiteKey: "site-key", ChallengeScript: "https://challenges.example/api.js?render=explicit",
		Season: h.season, ServeAuth: true, ServeTicket: true, DevSignIn: true, Payments: web.PaysSandbox,
		Draining: func() bool {
			if n.whenOpening != nil {
				n.whenOpening()
			}
			select {
			case <-n.draining:
				return true
			default:
				return false
			}
		},
		Registerer: n.registry,
	})
	must(err)

	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for name, run := range map[string]func(context.Context) error{
		"auth": n.auth.Run, "queue": n.queue.Run, "booking": n.booking.Run, "web": n.web.Run,
	} {
		running.Go(func() {
			if err := run(ctx); err != nil {
				t.Errorf("%s stopped: %v", name, err)
			}
		})
	}
	server := httptest.NewServer(n.web.Handler())
	n.url = server.URL
	t.Cleanup(func() {
		drain, cancel := context.WithTimeout(context.Background(), soon)
		defer cancel()
		n.hub.Drain(drain, 0)
		server.Close()
		stop()
		running.Wait()
	})

	if h.nodes == 1 {
		_, err = n.booking.ApplySeason(ctx, h.season, []byte(h.patch), "test")
		must(err)
		_, err = n.booking.ImportPlan(ctx, h.season, strings.NewReader(seatPlan()), "test")
		must(err)
	}
	season, err := n.booking.Season(ctx, h.season)
	must(err)
	n.queue.Watch(h.season)
	testkit.Eventually(t, soon, "the season is open", func() bool {
		return n.queue.Configure(ctx, h.season, web.LineSettings(season)) == nil && n.ready(ctx)
	})
	return n
}

func (n *node) ready(ctx context.Context) bool {
	status, err := n.queue.Status(ctx, n.season, "")
	if err != nil || status.Limit == 0 {
		return false
	}
	snapshot, err := n.booking.Snapshot(ctx, n.season)
	return err == nil && snapshot.Plan != nil && len(snapshot.Plan.Seats) == 30
}

// fan is a signed-in user.
type fan struct {
	name    string
	user    auth.User
	session auth.Session
	token   string
}

// fan signs a user in. Each call makes a new session.
func (n *node) fan(name string) fan {
	n.t.Helper()
	user, err := n.auth.SignInDev(context.Background(), name+"@example.com", name)
	if err != nil {
		n.t.Fatal(err)
	}
	issuer := n.auth
	if n.issueAt != nil {
		issuer, err = auth.New(auth.Options{Redis: n.stores.Redis, Mongo: n.stores.Mongo, Keys: n.ring, Realm: n.stores.Mongo.Name(), Now: n.issueAt})
		if err != nil {
			n.t.Fatal(err)
		}
	}
	session, token, err := issuer.Issue(user)
	if err != nil {
		n.t.Fatal(err)
	}
	return fan{name: name, user: user, session: session, token: token}
}

// request requests the socket's route as plain HTTP and returns the answer.
func (n *node) request(header http.Header) *http.Response {
	n.t.Helper()
	r, err := http.NewRequest(http.MethodGet, n.url+"/ws?season="+n.season, nil)
	if err != nil {
		n.t.Fatal(err)
	}
	r.Header = header
	answer, err := conform.Through(http.DefaultTransport).RoundTrip(r)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// refused dials, expects a refusal, and returns its status and problem.
func (n *node) refused(season string, header http.Header) (int, wire.Problem) {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	c, answer, err := websocket.Dial(ctx, n.url+"/ws?season="+season, &websocket.DialOptions{HTTPHeader: header})
	if err == nil {
		_ = c.CloseNow()
		n.t.Fatal("the upgrade was not refused")
	}
	if answer == nil {
		n.t.Fatal(err)
	}
	var problem wire.Problem
	if err := json.NewDecoder(answer.Body).Decode(&problem); err != nil {
		n.t.Fatalf("the refusal with %d is no problem: %v", answer.StatusCode, err)
	}
	return answer.StatusCode, problem
}

// opened waits until this many upgrades have finished, including the last check of
// their sessions.
func (n *node) opened(upgrades uint64) {
	n.t.Helper()
	testkit.Eventually(n.t, soon, "the upgrades are done", func() bool {
		families, err := n.registry.Gather()
		if err != nil {
			n.t.Fatal(err)
		}
		for _, family := range families {
			for _, m := range family.GetMetric() {
				if family.GetName() != "usher_http_request_duration_seconds" {
					continue
				}
				for _, label := range m.GetLabel() {
					if label.GetName() == "route" && label.GetValue() == "/ws" && m.GetHistogram().GetSampleCount() >= upgrades {
						return true
					}
				}
			}
		}
		return false
	})
}

// bearer returns the Authorization header with the fan's token.
func (f fan) bearer() http.Header { return http.Header{"Authorization": {"Bearer " + f.token}} }
