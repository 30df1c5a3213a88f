package app_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/dev"
	"usher/internal/store"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

const (
	buyers      = 60
	mostSeats   = 100 // the most seats that one fan buys, one by one
	killEvery   = time.Second
	repeatAfter = 300 * time.Millisecond // as the page does, so that a dying node is not asked again at once
)

// market is a sale on its own embedded stores, served by three processes.
type market struct {
	t     *testing.T
	o     node.Options
	store *store.Stores

	mu       sync.Mutex
	nodes    []*node.Process // the living nodes
	closed   chan struct{}   // closed: each fan finishes the current purchase and stops
	bought   atomic.Int64
	repeated atomic.Int64 // requests that got no answer or 503
}

// TestNodesKilledWhileFansBuy: while sixty fans buy, a node is killed and replaced
// every second. A killed node leaves commands in the embedded MongoDB whose answers
// have no reader; these must not exhaust the store. Afterwards every purchase is
// settled, the audit is clean, and the store still reads and writes.
func TestNodesKilledWhileFansBuy(t *testing.T) {
	t.Parallel()
	stores := node.Launch(t, "usher-dev", "stores", "--redis-listen", "127.0.0.1:0", "--mongo-listen", "127.0.0.1:0")
	s := &market{t: t, o: node.Shared(t), closed: make(chan struct{})}
	s.o.RedisURL, s.o.MongoURL = stores.Field(t, "redis"), stores.Field(t, "mongo")
	if _, err := exec.LookPath("redis-server"); err == nil || testkit.Required("redis-server") {
		server := testkit.StartRedis(t, t.TempDir())
		t.Cleanup(server.Kill)
		s.o.RedisURL = server.URL
	}
	s.o.Demo = func(d *dev.Demo) {
		d.Seats, d.ActiveLimit, d.MaxSeats, d.Session = buyers*mostSeats, buyers, mostSeats, time.Hour
	}
	s.store = testkit.OpenAt(t, s.o.RedisURL, s.o.MongoURL, s.o.Database)
	node.OnSale(t, s.o)
	for range 3 {
		s.nodes = append(s.nodes, node.StartProcess(t, s.o))
	}
	names := make([]string, buyers)
	for i := range names {
		names[i] = fanName(i)
	}
	var crowd sync.WaitGroup
	stop := sync.OnceFunc(func() { close(s.closed); crowd.Wait() })
	t.Cleanup(stop)
	var fans []*buyer
	for i, fan := range node.Crowd(t, s.o, s.nodes[0].URL, names...) {
		b := &buyer{market: s, Fan: fan, index: i}
		fans = append(fans, b)
		crowd.Go(b.run)
	}
	kills, rounds := 0, 2
	if os.Getenv("USHER_SOAK") != "" {
		rounds = 10
	}
	for range rounds {
		before := s.bought.Load()
		testkit.Eventually(t, 2*time.Minute, "fans buy", func() bool { return s.bought.Load() >= before+buyers/4 })
		for range 3 {
			next := time.After(killEvery)
			s.killOne()
			kills++
			<-next
		}
	}
	stop()

	last := time.Now().Add(60 * time.Second)
	pending := int64(-1)
	for pending != 0 && time.Now().Before(last) {
		pending = s.pending()
	}
	if pending != 0 {
		t.Errorf("%d purchases are pending a minute after the last kill", pending)
	}
	printed, status := node.Audit(t, "--season", s.o.Season,
		"--redis-url", s.o.RedisURL, "--mongo-url", s.o.MongoURL, "--mongo-database", s.o.Database)
	if status != 0 || printed != "" {
		t.Errorf("usher audit exits %d:\n%s", status, printed)
	}
	s.wantStore()
	for _, b := range fans {
		b.wantPurchases()
	}
	t.Logf("%d kills, %d purchases, %d requests repeated", kills, s.bought.Load(), s.repeated.Load())
}

// killOne kills a node, possibly one that is still starting, and starts a new one.
func (s *market) killOne() {
	s.t.Helper()
	s.mu.Lock()
	i := rand.IntN(len(s.nodes))
	victim := s.nodes[i]
	s.mu.Unlock()
	victim.Kill() // fans notice by their broken requests
	s.mu.Lock()
	s.nodes = slices.Delete(slices.Clone(s.nodes), i, i+1)
	s.mu.Unlock()
	next := node.LaunchNode(s.t, s.o)
	s.mu.Lock()
	s.nodes = append(s.nodes, next)
	s.mu.Unlock()
}

// pending counts the purchases that are not settled; -1 when MongoDB does not answer.
func (s *market) pending() int64 {
	n, err := s.store.Mongo.Collection("pending").CountDocuments(s.t.Context(), bson.D{})
	if err != nil {
		return -1
	}
	return n
}

// wantStore checks that the embedded MongoDB writes, lists and creates a collection.
func (s *market) wantStore() {
	s.t.Helper()
	fresh := s.store.Mongo.Collection("fresh")
	if _, err := fresh.InsertOne(s.t.Context(), bson.D{{Key: "_id", Value: 1}}); err != nil {
		s.t.Errorf("the embedded MongoDB does not write: %v", err)
	}
	names, err := s.store.Mongo.ListCollectionNames(s.t.Context(), bson.D{})
	if err != nil || !slices.Contains(names, "fresh") {
		s.t.Errorf("the embedded MongoDB lists %v: %v", names, err)
	}
	var all []bson.D
	cursor, err := s.store.Mongo.Collection("transactions").Find(s.t.Context(), bson.D{})
	if err == nil {
		err = cursor.All(s.t.Context(), &all)
	}
	if err != nil || int64(len(all)) < s.bought.Load() {
		s.t.Errorf("the embedded MongoDB reads %d of at least %d transactions: %v", len(all), s.bought.Load(), err)
	}
}

// buyer is a fan who buys one seat after the other, and repeats an unanswered request
// on another node.
type buyer struct {
	*market
	*node.Fan
	index int
	tries int
	owns  []string // transactions
}

func (b *buyer) run() {
	for n := range mostSeats {
		select {
		case <-b.closed:
			return
		default:
		}
		b.ask("POST", "/waitingList/join", nil)
		cart := b.ask("POST", "/holds", map[string]any{"best": map[string]any{"count": 1}})
		if cart == nil {
			return
		}
		answer := b.ask("POST", "/transactions", map[string]any{
			"seats": seatNumbers(cart), "payment": map[string]any{"method": "sandbox", "token": "tok_ok"},
		}, "Idempotency-Key", fmt.Sprint("purchase-", n))
		if id, ok := answer["id"].(string); ok {
			b.owns = append(b.owns, id)
			b.bought.Add(1)
		}
	}
}

// ask repeats a request until a node answers. It returns nil for an unexpected
// answer.
func (b *buyer) ask(method, path string, body any, headers ...string) map[string]any {
	for ended := time.Now().Add(3 * time.Minute); time.Now().Before(ended); {
		b.mu.Lock()
		at := *b.Fan
		at.URL = b.nodes[(b.index+b.tries)%len(b.nodes)].URL
		b.mu.Unlock()
		status, answer, err := at.Request(method, path, body, headers...)
		switch {
		case err != nil, status == 202, status == 503:
		case status == 200, status == 201:
			return answer
		case answer["code"] == "conflict":
			// The cancelled attempt of a killed node still has the seat. Or the seat is in an
			// earlier purchase of this fan, which was settled since: then it left the cart.
			if status, cart, err := at.Request("GET", "/holds", nil); err == nil && status == 200 {
				left := seatNumbers(cart)
				for _, seat := range answer["seats"].([]any) {
					if !slices.Contains(left, seat.(string)) {
						return answer
					}
				}
			}
		case answer["code"] == "hold_expired", answer["code"] == "seat_taken": // the attempts took too long
			return answer
		default:
			b.market.t.Errorf("%s: %s %s: %d %v", b.Name, method, path, status, answer)
			return nil
		}
		b.tries++
		b.repeated.Add(1)
		time.Sleep(repeatAfter)
	}
	b.market.t.Errorf("%s: %s %s got no answer in three minutes", b.Name, method, path)
	return nil
}

// wantPurchases checks that the fan has exactly the purchases that answers reported,
// each once and completed.
func (b *buyer) wantPurchases() {
	b.market.t.Helper()
	var completed []string
	for _, one := range b.list() {
		if one := one.(map[string]any); one["status"] == "completed" {
			completed = append(completed, one["id"].(string))
		}
	}
	slices.Sort(completed)
	slices.Sort(b.owns)
	if !slices.Equal(completed, b.owns) {
		b.market.t.Errorf("%s got answers about %d purchases and has %d: %v, %v", b.Name, len(b.owns), len(completed), b.owns, completed)
	}
}

// list returns the fan's transactions, which fit on one page.
func (b *buyer) list() []any {
	list, _ := b.ask("GET", "/transactions?limit=100", nil)["transactions"].([]any)
	return list
}
