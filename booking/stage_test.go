package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/booking/seats"
	"usher/internal/fault"
	"usher/internal/keys"
	"usher/internal/store"
	"usher/internal/testkit"
)

// stage is a season on sale, its epoch in Redis open, for nodes that share the stores.
type stage struct {
	t        testing.TB
	ctx      context.Context
	stores   *store.Stores
	season   string
	ring     *keys.Ring
	provider *unreliableProvider
	method   string // of payment
}

// newStage sells the given number of seats, named A-1 … at 4500 each.
func newStage(t testing.TB, redisURL string, seats int) *stage {
	t.Helper()
	return newStageAt(t, redisURL, seats, 4500)
}

func newStageAt(t testing.TB, redisURL string, seats int, price int64) *stage {
	t.Helper()
	return newStageOn(t, testkit.Open(t, redisURL), seats, price)
}

// newStageOn is newStageAt on given stores.
func newStageOn(t testing.TB, stores *store.Stores, seats int, price int64) *stage {
	t.Helper()
	sandbox := payment.NewSandbox(stores.Mongo)
	sandbox.Slow = 30 * time.Millisecond
	return newStagePaid(t, stores, seats, price, payment.SandboxMethod, sandbox)
}

// newStagePaid is newStageOn with a provider and a payment method.
func newStagePaid(t testing.TB, stores *store.Stores, seats int, price int64, method string, provider payment.Provider) *stage {
	t.Helper()
	ring, err := keys.Generate()
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, ctx: context.Background(), stores: stores, ring: ring, provider: newUnreliableProvider(provider), method: method}
	return s.another(seats, price)
}

// another makes one more season on the same stores.
func (s *stage) another(seats int, price int64) *stage {
	s.t.Helper()
	one := *s
	s = &one
	s.season = testkit.SeasonID()
	b, t := s.node(nil), s.t
	if _, err := b.ApplySeason(s.ctx, s.season, []byte(`{"name":"A night","currency":"EUR","maxSeats":6}`), "test"); err != nil {
		t.Fatal(err)
	}
	var csv strings.Builder
	csv.WriteString("seatNumber,category,price\n")
	for i := range seats {
		fmt.Fprintf(&csv, "A-%d,VIP,%d\n", i+1, price)
	}
	if _, err := b.ImportPlan(s.ctx, s.season, strings.NewReader(csv.String()), "test"); err != nil {
		t.Fatal(err)
	}
	s.redis(func(p redis.Pipeliner) {
		p.HSet(s.ctx, s.key("sale"), "revision", 1, "maxSeats", 6, "hold", 300_000, "closesAt", 0)
		p.Set(s.ctx, s.key("plan"), 1, 0)
		p.Set(s.ctx, s.key("epoch"), 1, 0)
	})
	return s
}

// forStanding gives the first seats of the plan, at 4500 each, a price for children of half
// of it, and the plan so many places in the area Pit, at the same prices. No purchase has
// begun.
func (s *stage) forStanding(b *Booking, seats, places int) {
	s.t.Helper()
	var csv strings.Builder
	csv.WriteString("seatNumber,category,price,price:child,area,capacity\n")
	for i := range seats {
		fmt.Fprintf(&csv, "A-%d,VIP,4500,2250,,\n", i+1)
	}
	if places > 0 {
		fmt.Fprintf(&csv, ",VIP,4500,2250,Pit,%d\n", places)
	}
	if _, err := b.ImportPlan(s.ctx, s.season, strings.NewReader(csv.String()), "test"); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) key(name string) string { return name + ":{" + s.season + "}" }

func (s *stage) redis(do func(redis.Pipeliner)) {
	s.t.Helper()
	if _, err := s.stores.Redis.Pipelined(s.ctx, func(p redis.Pipeliner) error { do(p); return nil }); err != nil {
		s.t.Fatal(err)
	}
}

// node makes another node on the same stores. It finishes its purchases before the test
// ends.
func (s *stage) node(change func(*Options)) *Booking {
	s.t.Helper()
	o := Options{
		Redis: s.stores.Redis, Mongo: s.stores.Mongo, Keys: s.ring, Node: "node", Provider: s.provider, PublicURL: "https://tickets.example",
	}
	if change != nil {
		change(&o)
	}
	b, err := New(o)
	if err != nil {
		s.t.Fatal(err)
	}
	b.recovery.overdue, b.recovery.lookEvery, b.recovery.retryFirst = 0, 0, 0
	b.purchases.buyerWait = time.Minute // a slow machine must not fail the test
	s.t.Cleanup(func() { b.purchases.drain(10 * time.Second) })
	return b
}

// fan makes a user who is active for the next hour.
func (s *stage) fan() string {
	s.t.Helper()
	user := bson.NewObjectID().Hex()
	later := float64(time.Now().Add(time.Hour).UnixMilli())
	s.redis(func(p redis.Pipeliner) {
		p.SAdd(s.ctx, s.key("active_users"), user)
		p.ZAdd(s.ctx, s.key("leases"), redis.Z{Score: later, Member: user})
		p.ZAdd(s.ctx, s.key("sessions"), redis.Z{Score: later, Member: user})
	})
	return user
}

func (s *stage) hold(b *Booking, user string, seats ...string) {
	s.t.Helper()
	if _, err := b.Hold(s.ctx, s.season, user, seats); err != nil {
		s.t.Fatalf("hold %v: %v", seats, err)
	}
}

// request is a request to buy seats with a token.
func (s *stage) request(user, key, token string, seats ...string) PurchaseRequest {
	return PurchaseRequest{
		Season: s.season, User: user, Holder: "Ada", Key: key, Seats: seats,
		Payment: payment.Details{Method: s.method, Token: token},
	}
}

// buyUntilAsked buys, and disconnects as soon as the provider has been asked: charges must
// be blocked.
func (s *stage) buyUntilAsked(b *Booking, req PurchaseRequest) Transaction {
	s.t.Helper()
	ctx, leave := context.WithCancel(s.ctx)
	defer leave()
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		<-s.provider.waiting
		leave()
	}()
	got, err := b.Buy(ctx, req)
	<-asked
	wantStatus(s.t, got, err, Pending)
	return got
}

func (s *stage) count(collection string, filter bson.D) int {
	s.t.Helper()
	n, err := s.stores.Mongo.Collection(collection).CountDocuments(s.ctx, filter)
	if err != nil {
		s.t.Fatal(err)
	}
	return int(n)
}

func (s *stage) wantPending(n int) {
	s.t.Helper()
	if got := s.count(pendingName, bson.D{}); got != n {
		s.t.Fatalf("%d entries in pending, want %d", got, n)
	}
}

// wantClean fails when the audit has findings, or when the feed is incomplete.
func (s *stage) wantClean(b *Booking) {
	s.t.Helper()
	var found AuditReport
	var err error
	testkit.Within(30*time.Second, func() bool { // a machine under load may answer late
		found, err = b.Audit(s.ctx, s.season, AuditOptions{Keys: &s.ring.Public})
		return fault.CodeOf(err) != fault.Unavailable
	})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, v := range found.Findings {
		s.t.Error("audit:", v.Invariant, v.Sentence)
	}
	s.wantFeed(b)
}

// wantCart fails unless the user holds exactly these seats.
func (s *stage) wantCart(b *Booking, user string, seats ...string) {
	s.t.Helper()
	cart, err := b.Cart(s.ctx, s.season, user)
	if err != nil {
		s.t.Fatal(err)
	}
	var got []string
	for _, seat := range cart.Seats {
		got = append(got, seat.Number)
	}
	if fmt.Sprint(got) != fmt.Sprint(seats) {
		s.t.Errorf("cart of the fan: %v, want %v", got, seats)
	}
}

// wantSeat fails unless the seat's document shows the status.
func (s *stage) wantSeat(number, status string) {
	s.t.Helper()
	var seat struct {
		Status string `bson:"status"`
	}
	if err := s.stores.Mongo.Collection(seatsName).FindOne(s.ctx, store.ByID(seatID(s.season, number))).Decode(&seat); err != nil {
		s.t.Fatal(err)
	}
	if seat.Status != status {
		s.t.Errorf("seat %s is %s, want %s", number, seat.Status, status)
	}
}

func (s *stage) recover(b *Booking) {
	s.t.Helper()
	if err := b.recovery.recoverOnce(s.ctx); err != nil {
		s.t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, code fault.Code, seats ...string) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Fatalf("got error %v, want %q", err, code)
	}
	var f *fault.Error
	if errors.As(err, &f) && len(seats) > 0 && fmt.Sprint(f.Seats) != fmt.Sprint(seats) {
		t.Fatalf("error names seats %v, want %v", f.Seats, seats)
	}
}

func wantStatus(t testing.TB, got Transaction, err error, status TransactionStatus) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if got.Status != status {
		t.Fatalf("transaction is %s (%s), want %s", got.Status, got.Reason, status)
	}
}

// announcements returns the transactions announced for the season until the test ends.
func (s *stage) announcements() func() []Transaction {
	s.t.Helper()
	sub := s.stores.Redis.Subscribe(s.ctx, seats.ChannelOf(s.season))
	if _, err := sub.Receive(s.ctx); err != nil {
		s.t.Fatal(err)
	}
	var mu sync.Mutex
	var received []Transaction
	var reading sync.WaitGroup
	reading.Go(func() {
		for message := range sub.Channel() {
			var m struct {
				X json.RawMessage `json:"x"`
			}
			if json.Unmarshal([]byte(message.Payload), &m) != nil || m.X == nil {
				continue
			}
			event, err := settledEvent(s.season, m.X)
			if err != nil {
				s.t.Error(err)
				continue
			}
			mu.Lock()
			received = append(received, *event.Transaction)
			mu.Unlock()
		}
	})
	s.t.Cleanup(func() {
		_ = sub.Close()
		reading.Wait()
	})
	return func() []Transaction {
		mu.Lock()
		defer mu.Unlock()
		return append([]Transaction(nil), received...)
	}
}
