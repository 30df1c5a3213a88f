package booking

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/keys"
	"usher/internal/store"
	"usher/internal/testkit"
)

// wantFound runs one check and fails unless its findings contain the sentence says under
// that invariant (0: any); "" wants no finding.
func wantFound(t testing.TB, b *Booking, season string, o AuditOptions, invariant int, says string) {
	t.Helper()
	if o.Progress == nil {
		o.Progress = func(string, int) {}
	}
	look, err := b.auditOnce(context.Background(), season, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range look.findings {
		if says != "" && strings.Contains(v.Sentence, says) && (invariant == 0 || v.Invariant == invariant) {
			return
		}
	}
	if says != "" || len(look.findings) > 0 {
		t.Errorf("the audit says %v, want %d %q", look.findings, invariant, says)
	}
}

// TestTheAuditFindsWhatIsWrongInRedis corrupts one key at a time in a season with a sold
// and a held seat, and wants a finding that names the key's content.
func TestTheAuditFindsWhatIsWrongInRedis(t *testing.T) {
	testkit.Once(t)
	testkit.Long(t)
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		stores := newStage(t, redisURL, 1)
		for _, c := range []struct {
			name  string
			wrong func(s *stage, fan string, p redis.Pipeliner)
			says  string
		}{
			{"nothing", func(*stage, string, redis.Pipeliner) {}, ""},
			{"a bit without a holder", func(s *stage, _ string, p redis.Pipeliner) { p.HDel(s.ctx, s.key("holder"), "2") }, "but has no holder"},
			{"a holder without a bit", func(s *stage, _ string, p redis.Pipeliner) { p.SetBit(s.ctx, s.key("held"), 2, 0) }, "but shows as free"},
			{"more bits than holders", func(s *stage, _ string, p redis.Pipeliner) { p.SetBit(s.ctx, s.key("held"), 77, 1) }, "2 seats show as held, but 1 have a holder"},
			{"another's hold", func(s *stage, _ string, p redis.Pipeliner) { p.Set(s.ctx, s.key("hold")+":A-3", "thief", 0) }, "A-3 is held by thief"},
			{"a hold without a holder", func(s *stage, _ string, p redis.Pipeliner) { p.Set(s.ctx, s.key("hold")+":A-4", "thief", 0) }, "its holder is missing"},
			{"a hold of no seat", func(s *stage, _ string, p redis.Pipeliner) { p.Set(s.ctx, s.key("hold")+":Z-9", "thief", 0) }, `holds seat "Z-9"`},
			{"a hold that is over and not swept", func(s *stage, fan string, p redis.Pipeliner) {
				p.Del(s.ctx, s.key("hold")+":A-3")
				p.ZAdd(s.ctx, s.key("carts"), redis.Z{Score: 1, Member: fan})
				p.Set(s.ctx, s.key("seattick"), time.Now().UnixMilli(), 0)
			}, "no sweep takes it"},
			{"a hold in no cart", func(s *stage, fan string, p redis.Pipeliner) { p.HDel(s.ctx, s.key("cart")+":"+fan, "A-3") }, "lies in no cart"},
			{"a cart that is never swept", func(s *stage, fan string, p redis.Pipeliner) { p.ZRem(s.ctx, s.key("carts"), fan) }, "no sweep will look at"},
			{"a cart that is not there", func(s *stage, _ string, p redis.Pipeliner) {
				p.ZAdd(s.ctx, s.key("carts"), redis.Z{Score: 1, Member: "ghost"})
			}, "is listed with a cart and has none"},
			{"a cart in no list", func(s *stage, _ string, p redis.Pipeliner) { p.HSet(s.ctx, s.key("cart")+":ghost", "A-3", 2) }, "user ghost has a cart"},
			{"a seat in a second cart", func(s *stage, _ string, p redis.Pipeliner) {
				p.HSet(s.ctx, s.key("cart")+":ghost", "A-3", 2)
			}, "lies in the cart of ghost"},
			{"a mark without a bit", func(s *stage, _ string, p redis.Pipeliner) { p.SetBit(s.ctx, s.key("taken"), 0, 0) }, "is marked taken"},
			{"a bit without a mark", func(s *stage, _ string, p redis.Pipeliner) { p.SetBit(s.ctx, s.key("taken"), 3, 1) }, "taken, but has no mark"},
			{"more bits than marks", func(s *stage, _ string, p redis.Pipeliner) { p.SetBit(s.ctx, s.key("taken"), 77, 1) }, "2 seats show as taken, but 1 are marked"},
			{"a sold seat shown as being bought", func(s *stage, _ string, p redis.Pipeliner) { p.SetBit(s.ctx, s.key("booked"), 0, 0) }, "does not show it as sold"},
			{"a free seat shown as sold", func(s *stage, _ string, p redis.Pipeliner) { p.SetBit(s.ctx, s.key("booked"), 3, 1) }, "sold, but not as taken"},
			{"seats shown as sold beyond the plan", func(s *stage, _ string, p redis.Pipeliner) { p.SetBit(s.ctx, s.key("booked"), 77, 1) }, "2 seats show as sold, but only 1 as taken"},
			{"a wrong count", func(s *stage, fan string, p redis.Pipeliner) { p.HIncrBy(s.ctx, s.key("bought"), fan, 1) }, "counts as having bought 2 seats, but 1"},
			{"a count of nothing", func(s *stage, _ string, p redis.Pipeliner) { p.HSet(s.ctx, s.key("bought"), "ghost", 1) }, "user ghost counts as having bought 1 seats, but 0"},
		} {
			t.Run(c.name, func(t *testing.T) {
				s := stores.another(5, 4500)
				b := s.node(nil)
				fan := s.fan()
				s.hold(b, fan, "A-1", "A-3")
				got, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"))
				wantStatus(t, got, err, Completed)
				s.redis(func(p redis.Pipeliner) { c.wrong(s, fan, p) })
				invariant := 1
				wantFound(t, b, s.season, AuditOptions{}, invariant, c.says)
			})
		}
	})
}

// TestTheAuditComparesThePlan corrupts what Redis stores about the plan in force, by which
// the queue knows whether seats are left.
func TestTheAuditComparesThePlan(t *testing.T) {
	t.Parallel()
	stores := newStage(t, "", 1)
	for _, c := range []struct {
		name  string
		wrong func(s *stage, p redis.Pipeliner)
		says  string
	}{
		{"nothing", func(*stage, redis.Pipeliner) {}, ""},
		{"a plan with a seat too few", func(s *stage, p redis.Pipeliner) { p.HSet(s.ctx, s.key("sale"), "seats", 4) }, `by seats "4", but it should be 5`},
		{"a plan that sells a seat too many", func(s *stage, p redis.Pipeliner) { p.HSet(s.ctx, s.key("sale"), "forSale", 6) }, `by forSale "6", but it should be 5`},
		{"a plan without a description", func(s *stage, p redis.Pipeliner) { p.HDel(s.ctx, s.key("sale"), "describes") }, `by describes "", but it should be`},
		{"a seat that is not for sale in Redis alone", func(s *stage, p redis.Pipeliner) { p.SetBit(s.ctx, s.key("offsale"), 3, 1) }, "that are not for sale: it has the bits 10"},
		{"an old plan", func(s *stage, p redis.Pipeliner) { p.Decr(s.ctx, s.key("plan")) }, "of the seat plan, but version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := stores.another(5, 4500)
			b := s.node(nil)
			s.redis(func(p redis.Pipeliner) { c.wrong(s, p) })
			wantFound(t, b, s.season, AuditOptions{}, 4, c.says)
		})
	}
}

// TestTheAuditFindsForgedTickets: a ticket's code must be signed by the site's keys and
// name the ticket.
func TestTheAuditFindsForgedTickets(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 3)
	b := s.node(nil)
	fan := s.fan()
	s.hold(b, fan, "A-1", "A-2")
	got, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1", "A-2"))
	wantStatus(t, got, err, Completed)
	options := AuditOptions{Keys: &s.ring.Public}
	wantFound(t, b, s.season, options, 2, "")
	look, err := b.auditOnce(s.ctx, s.season, AuditOptions{Keys: options.Keys, Progress: func(string, int) {}})
	if err != nil || look.checked.Signatures != 2 || look.checked.Tickets != 2 || look.checked.Seats != 3 || look.checked.Charges != 1 {
		t.Errorf("looked at %+v, %v", look.checked, err)
	}
	other, err := keys.Generate()
	if err != nil {
		t.Fatal(err)
	}
	wantFound(t, b, s.season, AuditOptions{Keys: &other.Public}, 2, "cannot be verified")
	id, err := bson.ObjectIDFromHex(got.Tickets[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	forge := func(code string) {
		t.Helper()
		set := bson.D{{Key: "$set", Value: bson.D{{Key: "qrCode", Value: code}}}}
		if _, err := s.stores.Mongo.Collection(ticketsName).UpdateOne(s.ctx, store.ByID(id), set); err != nil {
			t.Fatal(err)
		}
	}
	forge(got.Tickets[1].QRCode)
	wantFound(t, b, s.season, options, 2, "is of ticket "+got.Tickets[1].ID)
	forge("no code at all")
	wantFound(t, b, s.season, options, 2, "cannot be verified")
}

// TestTheAuditMissesAClaim: the audit reports a lost claim.
func TestTheAuditMissesAClaim(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 1)
	b := s.node(nil)
	fan := s.fan()
	for i := range 2 {
		s.hold(b, fan, "A-1")
		got, err := b.Buy(s.ctx, s.request(fan, fmt.Sprint("k", i), payment.TokenOK, "A-1"))
		wantStatus(t, got, err, Completed)
		if _, err := b.Refund(s.ctx, fan, got.ID, nil); err != nil {
			t.Fatal(err)
		}
		b.purchases.wg.Wait()
	}
	wantFound(t, b, s.season, AuditOptions{}, 1, "")
	if _, err := s.stores.Mongo.Collection(claimsName).DeleteOne(s.ctx, store.ByID(claimID(seatID(s.season, "A-1"), 1))); err != nil {
		t.Fatal(err)
	}
	wantFound(t, b, s.season, AuditOptions{}, 1, "was claimed 2 times, but only 1 claims exist")
}

// TestTheAuditHasNoFalseFindingsUnderLoad audits again and again while fans hold, release,
// let expire, buy and refund.
func TestTheAuditHasNoFalseFindingsUnderLoad(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		const seats, fans = 8, 6
		s := newStage(t, redisURL, seats)
		s.redis(func(p redis.Pipeliner) { p.HSet(s.ctx, s.key("sale"), "hold", 500, "maxSeats", 1000, "rest", 0) })
		nodes := []*Booking{s.node(nil), s.node(nil)}
		for _, b := range nodes {
			b.recovery.overdue = time.Minute // no node dies here
		}
		ctx, stop := context.WithCancel(s.ctx)
		defer stop()
		var storm sync.WaitGroup
		var sales atomic.Int64
		for i := range fans {
			fan, b := s.fan(), nodes[i%2]
			storm.Go(func() {
				for n := 0; ctx.Err() == nil; n++ {
					seat := fmt.Sprintf("A-%d", 1+(n*7+i)%seats)
					if _, err := b.Hold(s.ctx, s.season, fan, []string{seat}); err != nil {
						if !fault.Is(err, fault.SeatTaken, fault.Conflict) {
							t.Error(err)
						}
						continue
					}
					switch n % 4 {
					case 0:
						continue // let the cart expire
					case 1:
						_, _ = b.Release(s.ctx, s.season, fan, nil)
						continue
					}
					token := payment.TokenOK
					if n%4 == 2 {
						token = payment.TokenDeclined
					}
					got, err := b.Buy(s.ctx, s.request(fan, fmt.Sprint("k", n), token, seat))
					if err == nil {
						sales.Add(1)
						_, err = b.Refund(s.ctx, fan, got.ID, nil)
					}
					if err != nil && !fault.Is(err, fault.PaymentDeclined, fault.HoldExpired, fault.SeatTaken, fault.Conflict) {
						t.Error(err)
					}
					_, _ = b.Release(s.ctx, s.season, fan, nil)
				}
			})
		}
		storm.Go(func() {
			for ctx.Err() == nil {
				nodes[0].seats.Sweep(s.ctx, s.season)
				_ = nodes[1].recovery.recoverOnce(s.ctx)
				sleep(ctx, 20*time.Millisecond)
			}
		})
		auditor := s.node(nil)
		deadline := time.Now().Add(time.Minute)
		for looks := 0; looks < 5 || sales.Load() < 10; looks++ {
			if time.Now().After(deadline) {
				t.Fatalf("%d orders in a minute are too few to test the audit under load", sales.Load())
			}
			found, err := auditor.Audit(s.ctx, s.season, AuditOptions{Keys: &s.ring.Public})
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range found.Findings {
				t.Error("a false finding:", v.Invariant, v.Sentence)
			}
		}
		stop()
		storm.Wait()
		t.Logf("%d orders", sales.Load())
	})
}
