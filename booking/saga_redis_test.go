package booking

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/testkit"
)

// TestADeclinedPaymentGivesTimeOnce declines a fan's payments one after the other, each
// just before the cart ends. The first declined payment leaves time for another card; later
// ones add no time, so that a declined card does not keep seats from others.
func TestADeclinedPaymentGivesTimeOnce(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 4)
		b := s.node(nil)
		fan := s.fan()
		const soon = 20 * time.Second
		nearlyOver := func() {
			at := time.Now().Add(soon)
			s.redis(func(p redis.Pipeliner) {
				p.HSet(s.ctx, s.key("cart")+":"+fan, "!until", at.UnixMilli())
				p.HSet(s.ctx, s.key("clock")+":"+fan, "until", at.UnixMilli())
				p.PExpire(s.ctx, s.key("hold")+":A-1", soon)
			})
		}
		left := func() time.Duration {
			t.Helper()
			s.wantCart(b, fan, "A-1")
			cart, err := b.Cart(s.ctx, s.season, fan)
			if err != nil {
				t.Fatal(err)
			}
			return time.Until(cart.ExpiresAt)
		}
		refuse := func(key string) {
			t.Helper()
			_, err := b.Buy(s.ctx, s.request(fan, key, payment.TokenDeclined, "A-1"))
			wantCode(t, err, fault.PaymentDeclined)
		}

		for n, cart := range []string{"the first cart", "the next cart in the same time"} {
			s.hold(b, fan, "A-1")
			nearlyOver()
			refuse(cart + " 1")
			if d := left(); n == 0 && (d <= soon || d > graceTime) || n > 0 && d > soon {
				t.Errorf("%s has %v left after the first refusal", cart, d)
			}
			nearlyOver()
			refuse(cart + " 2")
			if d := left(); d > soon {
				t.Errorf("%s has %v left after the second refusal, want at most %v", cart, d, soon)
			}
			if _, err := b.Release(s.ctx, s.season, fan, nil); err != nil {
				t.Fatal(err)
			}
			if n, err := s.stores.Redis.Exists(s.ctx, s.key("cart")+":"+fan).Result(); err != nil || n != 0 {
				t.Errorf("an empty cart stays: %v", err)
			}
		}
		s.wantClean(b)
	})
}

// TestPinsOutliveASilentProvider leaves an order undecided until its pins would expire:
// recovery extends them, and no other fan's holds.
func TestPinsOutliveASilentProvider(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 4)
		here, there := s.node(nil), s.node(nil)
		fan := s.fan()
		s.hold(here, fan, "A-1", "A-2")
		open := s.provider.blockCharges()
		defer open()
		s.buyUntilAsked(here, s.request(fan, "k", payment.TokenOK, "A-1"))
		s.provider.set(true, false)
		const left = time.Minute
		s.redis(func(p redis.Pipeliner) {
			p.PExpire(s.ctx, s.key("hold")+":A-1", left)
			p.PExpire(s.ctx, s.key("hold")+":A-2", left)
		})
		s.recover(there)
		s.wantPending(1)
		for seat, kept := range map[string]bool{"A-1": true, "A-2": false} {
			ttl, err := s.stores.Redis.PTTL(s.ctx, s.key("hold")+":"+seat).Result()
			if err != nil || ttl > left != kept {
				t.Errorf("%s lives for %v: %v", seat, ttl, err)
			}
		}
		s.provider.set(false, false)
		open()
		here.purchases.wg.Wait()
		s.wantCart(there, fan, "A-2")
		s.wantClean(there)
	})
}

// A seat released before its cart's deadline was not held until the deadline, also when the
// rest of the cart was bought; so the fan may hold it at once in the next cart.
func TestASeatReleasedEarlyMayBeHeldInTheNextCart(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 3)
		here := s.node(nil)
		fan := s.fan()
		s.hold(here, fan, "A-1", "A-2", "A-3")
		if _, err := here.Release(s.ctx, s.season, fan, []string{"A-3"}); err != nil {
			t.Fatal(err)
		}
		if _, err := here.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1", "A-2")); err != nil {
			t.Fatal(err)
		}
		s.hold(here, fan, "A-3")
		s.wantCart(here, fan, "A-3")
	})
}
