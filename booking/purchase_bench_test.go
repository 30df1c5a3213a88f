package booking

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"usher/booking/payment"
	"usher/internal/store"
	"usher/internal/testkit"
)

const (
	benchSeats  = 2  // per purchase
	benchBuyers = 16 // in parallel
	benchRound  = 64 // purchases before each round of bare inserts
)

// benchStage is a season on sale that observes every call to a store: the inserted
// documents, and how long each call took.
type benchStage struct {
	*stage
	bare *mongo.Database // another database of the same server, with the same indexes
	next int             // the next free seat

	mu      sync.Mutex
	inserts []inserted
	spent   time.Duration // in calls of either store
	calls   int
}

type inserted struct {
	collection string
	document   bson.Raw
}

func newBenchStage(b *testing.B, seats int) *benchStage {
	b.Helper()
	x := &benchStage{}
	redisURL, mongoURL := testkit.RealRedis(b), testkit.BenchMongo(b)
	name := fmt.Sprintf("bench_%d_%d", os.Getpid(), time.Now().UnixNano())
	stores := testkit.OpenAt(b, redisURL, mongoURL, name)
	journal := true
	durable := writeconcern.Majority() // as in store.Open
	durable.Journal = &journal
	watched, err := mongo.Connect(options.Client().ApplyURI(mongoURL).SetWriteConcern(durable).SetTimeout(4 * time.Second).
		SetMonitor(&event.CommandMonitor{Started: x.mongoAsked, Succeeded: x.mongoAnswered}))
	if err != nil {
		b.Fatal(err)
	}
	x.bare = stores.Mongo.Client().Database(name + "_bare")
	b.Cleanup(func() {
		_ = stores.Mongo.Drop(context.Background()) // a real server outlives the benchmark
		_ = x.bare.Drop(context.Background())
		_ = watched.Disconnect(context.Background())
	})
	stores.Redis.AddHook(redisWatch{x})
	x.stage = newStageOn(b, &store.Stores{Redis: stores.Redis, Mongo: watched.Database(name)}, seats, 4500)
	if err := x.node(nil).ensurePurchaseIndexes(x.ctx); err != nil {
		b.Fatal(err)
	}
	if err := x.node(func(o *Options) { o.Mongo = x.bare }).ensurePurchaseIndexes(x.ctx); err != nil {
		b.Fatal(err)
	}
	return x
}

func (x *benchStage) mongoAsked(_ context.Context, e *event.CommandStartedEvent) {
	if e.CommandName != "insert" {
		return
	}
	collection, _ := e.Command.Lookup("insert").StringValueOK()
	list, _ := e.Command.Lookup("documents").ArrayOK()
	values, _ := list.Values()
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, v := range values {
		x.inserts = append(x.inserts, inserted{collection, slices.Clone(v.Document())})
	}
}

func (x *benchStage) mongoAnswered(_ context.Context, e *event.CommandSucceededEvent) {
	x.took(e.Duration)
}

func (x *benchStage) took(d time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.spent += d
	x.calls++
}

// forget clears what was observed.
func (x *benchStage) forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.inserts, x.spent, x.calls = nil, 0, 0
}

// redisWatch measures the calls to Redis.
type redisWatch struct{ x *benchStage }

func (w redisWatch) DialHook(next redis.DialHook) redis.DialHook { return next }

func (w redisWatch) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		began := time.Now()
		err := next(ctx, cmd)
		w.x.took(time.Since(began))
		return err
	}
}

func (w redisWatch) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// orders prepares purchases of held seats.
func (x *benchStage) orders(b *Booking, n int) []PurchaseRequest {
	orders := make([]PurchaseRequest, n)
	for i := range orders {
		fan := x.fan()
		seats := make([]string, benchSeats)
		for k := range seats {
			x.next++
			seats[k] = fmt.Sprintf("A-%d", x.next)
		}
		x.hold(b, fan, seats...)
		orders[i] = x.request(fan, "k", payment.TokenOK, seats...)
	}
	return orders
}

func (x *benchStage) buy(b *Booking, req PurchaseRequest) {
	if got, err := b.Buy(x.ctx, req); err != nil || got.Status != Completed {
		x.t.Errorf("buying: %v %+v", err, got)
	}
}

// each calls do for 0 … n-1, with as many calls in parallel as there are buyers.
func each(n int, do func(i int)) {
	var next atomic.Int64
	var working sync.WaitGroup
	for range benchBuyers {
		working.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	working.Wait()
}

// insertBare inserts documents into the bare database, one call per document; one worker
// inserts the documents of one purchase.
func (x *benchStage) insertBare(documents []inserted, purchases int) {
	share := (len(documents) + purchases - 1) / purchases
	parts := slices.Collect(slices.Chunk(documents, share))
	each(len(parts), func(i int) {
		for _, d := range parts[i] {
			if _, err := x.bare.Collection(d.collection).InsertOne(x.ctx, d.document); err != nil {
				x.t.Error(err)
			}
		}
	})
}

// BenchmarkPurchase measures purchases of two seats by sixteen parallel buyers, beside bare
// inserts of the same documents, one call per document, into the same MongoDB. Both take
// turns; ratio is the speed of the purchases divided by the speed of the inserts.
func BenchmarkPurchase(b *testing.B) {
	x := newBenchStage(b, benchSeats*(b.N+benchRound))
	node := x.node(nil)
	node.recovery.overdue = overdueAfter
	running, stop := context.WithCancel(b.Context())
	var wait sync.WaitGroup
	wait.Go(func() { _ = node.Run(running) })
	defer func() { stop(); wait.Wait() }()
	x.buy(node, x.orders(node, 1)[0])

	var byUsher, byInserts time.Duration
	documents := 0
	b.ResetTimer()
	for done := 0; done < b.N; done += benchRound {
		n := min(benchRound, b.N-done)
		b.StopTimer()
		orders := x.orders(node, n)
		x.forget()
		b.StartTimer()
		began := time.Now()
		each(n, func(i int) { x.buy(node, orders[i]) })
		byUsher += time.Since(began)
		b.StopTimer()
		x.mu.Lock()
		inserts := x.inserts
		x.mu.Unlock()
		documents += len(inserts)
		began = time.Now()
		x.insertBare(inserts, n)
		byInserts += time.Since(began)
		b.StartTimer()
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/byUsher.Seconds(), "purchases/s")
	b.ReportMetric(float64(b.N)/byInserts.Seconds(), "bare-purchases/s")
	b.ReportMetric(float64(documents)/float64(b.N), "documents/purchase")
	b.ReportMetric(byInserts.Seconds()/byUsher.Seconds(), "ratio")
	testkit.AtLeast(b, "purchases-by-inserts", byInserts.Seconds()/byUsher.Seconds(), 0.5)
}

// BenchmarkPurchaseLatency measures how long one buyer waits on an idle machine, beside the
// sum of the calls to the stores, including the provider's: the sandbox keeps its ledger in
// the same MongoDB. Parallel calls count twice in the sum.
func BenchmarkPurchaseLatency(b *testing.B) {
	x := newBenchStage(b, benchSeats*(b.N+8))
	node := x.node(nil) // not running: every observed call belongs to the purchase
	for _, req := range x.orders(node, 5) {
		x.buy(node, req)
	}
	var whole, within []time.Duration
	calls := 0
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		request := x.orders(node, 1)[0]
		x.forget()
		b.StartTimer()
		began := time.Now()
		x.buy(node, request)
		whole = append(whole, time.Since(began))
		b.StopTimer()
		x.mu.Lock()
		within = append(within, x.spent)
		calls += x.calls
		x.mu.Unlock()
		b.StartTimer()
	}
	b.StopTimer()
	slices.Sort(whole)
	slices.Sort(within)
	median := whole[len(whole)/2]
	b.ReportMetric(float64(median.Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(whole[len(whole)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(within[len(within)/2].Microseconds())/1000, "round-trips-p50-ms")
	b.ReportMetric(float64(calls)/float64(b.N), "round-trips/purchase")
	b.ReportMetric(float64(median)/float64(within[len(within)/2]), "ratio")
	testkit.AtMost(b, "median-by-round-trips", float64(median)/float64(within[len(within)/2]), 1.3)
}
