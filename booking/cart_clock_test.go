package booking

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"pgregory.net/rapid"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/testkit"
)

// timed is a hall on a Redis of its own whose time stands still unless moved.
type timed struct {
	*hall
	redis *miniredis.Miniredis
	at    time.Time
}

func newTimed(t *testing.T, settings string, rows ...string) *timed {
	t.Helper()
	c := &timed{redis: miniredis.RunT(t), at: time.Date(2027, 3, 1, 10, 0, 0, 0, time.UTC)}
	c.redis.SetTime(c.at)
	c.hall = newHall(t, "redis://"+c.redis.Addr(), settings, rows...)
	return c
}

// advance moves the time on, and lets what has a time to live run out.
func (c *timed) advance(d time.Duration) {
	c.at = c.at.Add(d)
	c.redis.SetTime(c.at)
	c.redis.FastForward(d)
}

// holder is who holds a seat.
func (c *timed) holder(seat string) string {
	value, err := c.redis.Get(c.key("hold") + ":" + seat)
	if err != nil {
		return ""
	}
	return value
}

func (c *timed) left(user string) time.Duration {
	c.t.Helper()
	cart, err := c.Cart(c.ctx, c.season, user)
	if err != nil {
		c.t.Fatal(err)
	}
	if len(cart.Seats) == 0 {
		return 0
	}
	return cart.ExpiresAt.Sub(c.at)
}

func TestACartBegunInTheTimeOfTheLastHasWhatIsLeftOfIt(t *testing.T) {
	c := newTimed(t, `{"hold":"5m"}`, "vvvvvv")
	c.admit(time.Hour, "ann")
	c.hold("ann", "A-1", "A-2")
	c.advance(2 * time.Minute)
	c.mustRelease("ann")
	c.hold("ann", "A-1", "A-2") // of the same packet: nothing is lost but the time
	if left := c.left("ann"); left != 3*time.Minute {
		t.Fatalf("the second cart lives for %v", left)
	}
	c.mustRelease("ann")
	c.dismiss("ann")
	c.advance(time.Minute)
	c.admit(time.Hour, "ann") // left the line and came back
	c.hold("ann", "A-3")
	if left := c.left("ann"); left != 2*time.Minute {
		t.Fatalf("the cart after another admission lives for %v", left)
	}
	c.advance(2 * time.Minute)
	c.hold("ann", "A-5")
	if left := c.left("ann"); left != 5*time.Minute {
		t.Fatalf("the cart after the end of the last lives for %v", left)
	}
	// A-1 was given back long before the end; A-3 was there until then.
	c.hold("ann", "A-1")
	_, err := c.Hold(c.ctx, c.season, "ann", []string{"A-3"})
	wantFault(t, err, fault.RateLimited, "A-3")
	var f *fault.Error
	if !errors.As(err, &f) || f.After != time.Minute-time.Millisecond {
		t.Fatalf("again after %v", f.After)
	}
	c.wantCart("ann", "A-1", "A-5")
	c.admit(time.Hour, "bob")
	c.hold("bob", "A-3")
	c.mustRelease("bob")
	c.advance(time.Minute)
	c.hold("ann", "A-3")
	c.wantCart("ann", "A-1", "A-3", "A-5")
}

// Seats that the fan may not hold yet are not among the best offered.
func TestTheBestSeatsAreNotThoseThatMayNotBeHeldYet(t *testing.T) {
	c := newTimed(t, `{"hold":"1m"}`, "vvv", "vvv")
	c.admit(time.Hour, "ann")
	first, err := c.HoldBest(c.ctx, c.season, "ann", Best{Count: 3, Adjacent: true})
	if err != nil || first.Seats[0].Number != "A-1" {
		t.Fatal(first, err)
	}
	c.advance(time.Minute)
	if err := c.seats.ReadMirror(c.ctx, c.seats.MirrorOf(c.season)); err != nil {
		t.Fatal(err)
	}
	c.seats.Sweep(c.ctx, c.season)
	second, err := c.HoldBest(c.ctx, c.season, "ann", Best{Count: 3, Adjacent: true})
	if err != nil || second.Seats[0].Number != "B-1" {
		t.Fatal(second, err)
	}
}

// A seat added while another is still being bought after the cart's end would give
// the cart a new time.
func TestACartPastItsEndTakesNoMoreSeats(t *testing.T) {
	c := newTimed(t, `{"hold":"30s"}`, "vvv")
	c.admit(time.Hour, "ann")
	c.hold("ann", "A-1")
	c.pinSeats("ann", "5f5f5f5f5f5f5f5f5f5f5f5f", true, "A-1")
	c.hold("ann", "A-2")
	c.advance(31 * time.Second)
	_, err := c.Hold(c.ctx, c.season, "ann", []string{"A-3"})
	wantFault(t, err, fault.Conflict, "A-1")
	c.wantCart("ann", "A-1")
}

func (h *hall) mustRelease(user string, seats ...string) {
	h.t.Helper()
	if _, err := h.Release(h.ctx, h.season, user, seats); err != nil {
		h.t.Fatal(err)
	}
}

// Whatever a fan does, the time from the first moment of a seat in the carts to
// the last is a cart's at most, unless others had a minute in between in which
// they could take it.
func TestNoSeatIsKeptBeyondACart(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	const hold = 90 * time.Second
	rapid.Check(t, func(r *rapid.T) {
		c := newTimed(t, fmt.Sprintf(`{"hold":"%s","session":"10m"}`, hold), "vvv")
		session := rapid.SampledFrom([]time.Duration{45 * time.Second, 2 * time.Minute, 10 * time.Minute}).Draw(r, "session")
		c.admit(session, "ann")
		seats := []string{"A-1", "A-2", "A-3"}
		first, last := map[string]time.Time{}, map[string]time.Time{}
		look := func() {
			for _, seat := range seats {
				if c.holder(seat) != "ann" {
					continue
				}
				if c.at.Sub(last[seat]) >= time.Minute {
					first[seat] = c.at
				}
				last[seat] = c.at
				if kept := c.at.Sub(first[seat]); kept > hold {
					r.Fatalf("%s is kept for %v", seat, kept)
				}
			}
		}
		for range rapid.IntRange(5, 60).Draw(r, "steps") {
			some := rapid.SliceOfNDistinct(rapid.SampledFrom(seats), 1, 3, rapid.ID[string]).Draw(r, "seats")
			switch rapid.IntRange(0, 6).Draw(r, "act") {
			case 0, 1:
				_, err := c.Hold(c.ctx, c.season, "ann", some)
				if err != nil && !fault.Is(err, fault.RateLimited, fault.NotAdmitted) {
					r.Fatal(err)
				}
			case 2:
				if _, err := c.Release(c.ctx, c.season, "ann", some); err != nil {
					r.Fatal(err)
				}
			case 3:
				look()
				c.advance(rapid.SampledFrom([]time.Duration{time.Millisecond, time.Second, 20 * time.Second, 59 * time.Second, time.Minute, hold - time.Millisecond, hold}).Draw(r, "time"))
			case 4:
				c.seats.Sweep(c.ctx, c.season)
			case 5: // leaves the line, or is put out at the session's end
				c.dismiss("ann")
				if err := c.ReleaseInactive(c.ctx, c.season, "ann"); err != nil {
					r.Fatal(err)
				}
			case 6:
				c.admit(session, "ann")
			}
			look()
		}
		c.wantWhole()
	})
}

// A cart ends with its fifth declined payment, and its seats are for others then.
func TestACartEndsWithItsFifthDeclinedPayment(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 4)
		b, other := s.node(nil), s.node(nil)
		fan := s.fan()
		s.hold(b, fan, "A-1", "A-2")
		for n := range CartDeclines {
			node := b
			if n%2 == 1 {
				node = other
			}
			s.wantCart(node, fan, "A-1", "A-2")
			_, err := node.Buy(s.ctx, s.request(fan, fmt.Sprint(n), payment.TokenDeclined, "A-1"))
			wantCode(t, err, fault.PaymentDeclined)
			if n == 2 { // another cart of the same time goes on counting
				if _, err := b.Release(s.ctx, s.season, fan, nil); err != nil {
					t.Fatal(err)
				}
				s.hold(b, fan, "A-1", "A-2")
			}
		}
		s.wantCart(b, fan)
		_, err := b.Hold(s.ctx, s.season, fan, []string{"A-1", "A-2"})
		wantCode(t, err, fault.RateLimited)
		rival := s.fan()
		s.hold(other, rival, "A-1", "A-2")
		s.hold(b, fan, "A-3")
		s.wantClean(b)
	})
}

func TestDeclinedPaymentsHaveABudget(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 2)
		limited := func(o *Options) { o.Budgets = Budgets{Declines: 2, CartDeclines: 99} }
		nodes := []*Booking{s.node(limited), s.node(limited)}
		fan, rival := s.fan(), s.fan()
		s.hold(nodes[0], fan, "A-1")
		for n, b := range nodes {
			_, err := b.Buy(s.ctx, s.request(fan, fmt.Sprint(n), payment.TokenDeclined, "A-1"))
			wantCode(t, err, fault.PaymentDeclined)
		}
		for n, b := range nodes {
			_, err := b.Buy(s.ctx, s.request(fan, fmt.Sprint("more", n), payment.TokenOK, "A-1"))
			wantCode(t, err, fault.RateLimited)
			var f *fault.Error
			if !errors.As(err, &f) || f.After <= 0 || f.After > time.Hour {
				t.Errorf("again after %v", f.After)
			}
		}
		// A repeat is answered, and others may buy.
		_, err := nodes[0].Buy(s.ctx, s.request(fan, "0", payment.TokenDeclined, "A-1"))
		wantCode(t, err, fault.PaymentDeclined)
		s.hold(nodes[0], rival, "A-2")
		if _, err := nodes[0].Buy(s.ctx, s.request(rival, "0", payment.TokenOK, "A-2")); err != nil {
			t.Fatal(err)
		}
		s.wantClean(nodes[0])
	})
}

func TestRefundsHaveABudget(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 4)
		limited := func(o *Options) { o.Budgets = Budgets{Refunds: 2} }
		nodes := []*Booking{s.node(limited), s.node(limited)}
		fan := s.fan()
		s.hold(nodes[0], fan, "A-1", "A-2", "A-3")
		bought, err := nodes[0].Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1", "A-2", "A-3"))
		if err != nil {
			t.Fatal(err)
		}
		for n, seat := range []string{"A-1", "A-2"} {
			for range 2 { // asking again is no second refund
				if _, err := nodes[n].Refund(s.ctx, fan, bought.ID, []string{seat}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, b := range nodes {
			_, err := b.Refund(s.ctx, fan, bought.ID, []string{"A-3"})
			wantCode(t, err, fault.RateLimited)
		}
		if again, err := nodes[0].Transaction(s.ctx, fan, bought.ID); err != nil || again.Status != Completed {
			t.Fatal(again, err)
		}
		s.wantClean(nodes[0])
	})
}
