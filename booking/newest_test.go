package booking

import (
	"context"
	"fmt"
	"math/bits"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"pgregory.net/rapid"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/testkit"
)

func TestTheNewestOfASeriesIsFoundWithFewQuestions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		last := rapid.IntRange(0, 5000).Draw(r, "last")
		known := rapid.IntRange(0, last).Draw(r, "known")
		asked := 0
		got, err := newest(known, func(n int) (bool, error) { asked++; return n <= last, nil })
		if err != nil || got != last {
			r.Fatalf("found %d of %d: %v", got, last, err)
		}
		if most := 2*bits.Len(uint(last-known)) + 1; asked > most {
			r.Fatalf("asked %d times from %d to %d, want %d at most", asked, known, last, most)
		}
	})
}

// counted is the stage's database, seen through a client that counts its calls.
func (s *stage) counted(calls *atomic.Int64) *mongo.Database {
	s.t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(testkit.Stores(s.t).MongoURL).SetMonitor(&event.CommandMonitor{
		Started: func(_ context.Context, e *event.CommandStartedEvent) {
			if e.DatabaseName == s.stores.Mongo.Name() {
				calls.Add(1)
			}
		},
	}))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return client.Database(s.stores.Mongo.Name())
}

// dead gives a seat this many claims that are over.
func (s *stage) dead(b *Booking, seat string, claims int) {
	s.t.Helper()
	over, err := b.draft(s.ctx, s.request(s.fan(), "k", payment.TokenOK, seat), bson.NewObjectID(), 1, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := b.decide(s.ctx, over, cancelled, reasonDeclined); err != nil {
		s.t.Fatal(err)
	}
	all := make([]claim, claims)
	for i := range all {
		all[i] = over.claim(0, i+1)
	}
	if _, err := s.stores.Mongo.Collection(claimsName).InsertMany(s.ctx, all); err != nil {
		s.t.Fatal(err)
	}
}

// A purchase of a seat that was claimed a thousand times before costs a node a few
// more calls than the first of a seat, once; from then on hardly any.
func TestClaimsThatAreOverCostABuyerNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 2)
	var calls atomic.Int64
	db := s.counted(&calls)
	b := s.node(func(o *Options) { o.Mongo = db })
	buy := func(key, token, seat string) int64 {
		fan := s.fan()
		s.hold(b, fan, seat)
		before := calls.Load()
		_, err := b.Buy(s.ctx, s.request(fan, key, token, seat))
		if token == payment.TokenOK && err != nil || token == payment.TokenDeclined && !fault.Is(err, fault.PaymentDeclined) {
			t.Fatal(err)
		}
		took := calls.Load() - before
		if _, err := b.Release(s.ctx, s.season, fan, nil); err != nil {
			t.Fatal(err)
		}
		return took
	}
	plain := buy("first", payment.TokenDeclined, "A-2")
	s.dead(b, "A-1", 1000)
	if cold := buy("cold", payment.TokenDeclined, "A-1"); cold > plain+2*10+6 {
		t.Errorf("after 1000 claims a purchase took %d calls, without any %d", cold, plain)
	}
	for range 3 {
		if warm := buy("warm", payment.TokenDeclined, "A-1"); warm > plain+6 {
			t.Errorf("once the last claim is known a purchase took %d calls, without any %d", warm, plain)
		}
	}
	buy("last", payment.TokenOK, "A-1")
}

// A key whose attempts changed nothing starts over after the last of them.
func TestAttemptsThatChangedNothingAreNotAllReadAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 1)
	var calls atomic.Int64
	db := s.counted(&calls)
	b := s.node(func(o *Options) { o.Mongo = db })
	fan := s.fan()
	request := s.request(fan, "k", payment.TokenOK, "A-1")
	var past []*order
	for n := 1; n <= 200; n++ {
		one, err := b.draft(s.ctx, request, transactionID(fan, "k", n), n, nil)
		if err != nil {
			t.Fatal(err)
		}
		one.Status, one.Reason = Cancelled, reasonUnavailable
		past = append(past, one)
	}
	if _, err := s.stores.Mongo.Collection(transactionsName).InsertMany(s.ctx, past); err != nil {
		t.Fatal(err)
	}
	s.hold(b, fan, "A-1")
	before := calls.Load()
	bought, err := b.Buy(s.ctx, request)
	if err != nil || bought.ID != transactionID(fan, "k", 201).Hex() {
		t.Fatal(bought, err)
	}
	if took := calls.Load() - before; took > 45 {
		t.Errorf("the purchase took %d calls", took)
	}
}

// BenchmarkBuyAfterDeadClaims measures a purchase of a seat that has been claimed
// and given up this often before.
func BenchmarkBuyAfterDeadClaims(b *testing.B) {
	for _, dead := range []int{0, 1000} {
		b.Run(fmt.Sprint("dead=", dead), func(b *testing.B) {
			s := newStageOn(b, testkit.OpenAt(b, testkit.RealRedis(b), testkit.BenchMongo(b), fmt.Sprintf("dead_%s", bson.NewObjectID().Hex())), 1, 4500)
			node := s.node(nil)
			if dead > 0 {
				s.dead(node, "A-1", dead)
			}
			for i := 0; b.Loop(); i++ {
				fan := s.fan()
				s.hold(node, fan, "A-1")
				if _, err := node.Buy(s.ctx, s.request(fan, fmt.Sprint(i), payment.TokenDeclined, "A-1")); !fault.Is(err, fault.PaymentDeclined) {
					b.Fatal(err)
				}
				if _, err := node.Release(s.ctx, s.season, fan, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
