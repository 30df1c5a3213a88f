package seats

import (
	"errors"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"pgregory.net/rapid"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/testkit"
)

// timed is a hall on a Redis of its own. Its time moves by advance alone.
type timed struct {
	*hall
	server *miniredis.Miniredis
	at     time.Time
}

func newTimed(t *testing.T, settings Settings, rows ...string) *timed {
	t.Helper()
	c := &timed{server: miniredis.RunT(t), at: time.Date(2027, 3, 1, 10, 0, 0, 0, time.UTC)}
	c.server.SetTime(c.at)
	c.hall = newHall(t, "redis://"+c.server.Addr(), settings, rows...)
	return c
}

// advance moves the time, and expires keys.
func (c *timed) advance(d time.Duration) {
	c.at = c.at.Add(d)
	c.server.SetTime(c.at)
	c.server.FastForward(d)
}

// holder returns the value of a seat's hold, "" for none.
func (c *timed) holder(seat string) string {
	value, err := c.server.Get(c.key("hold") + ":" + seat)
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

func TestANewCartHasTheTimeLeftOfTheLastCart(t *testing.T) {
	c := newTimed(t, Settings{}, "vvvvvv")
	c.admit(time.Hour, "ann")
	c.hold("ann", "A-1", "A-2")
	c.advance(2 * time.Minute)
	c.mustRelease("ann")
	c.hold("ann", "A-1", "A-2") // the seats are the same, and the time goes on
	if left := c.left("ann"); left != 3*time.Minute {
		t.Fatalf("the second cart lives for %v", left)
	}
	c.mustRelease("ann")
	c.dismiss("ann")
	c.advance(time.Minute)
	c.admit(time.Hour, "ann") // left and joined again
	c.hold("ann", "A-3")
	if left := c.left("ann"); left != 2*time.Minute {
		t.Fatalf("the cart after another admission lives for %v", left)
	}
	c.advance(2 * time.Minute)
	c.hold("ann", "A-5")
	if left := c.left("ann"); left != 5*time.Minute {
		t.Fatalf("the cart after the end of the last lives for %v", left)
	}
	// A-1 was released long before the end. A-3 stayed until then.
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

// Seats in cooldown for a user are not among the best seats offered.
func TestTheBestSeatsAreNoneInCooldown(t *testing.T) {
	c := newTimed(t, Settings{Hold: time.Minute}, "vvv", "vvv")
	c.admit(time.Hour, "ann")
	first, err := c.HoldBest(c.ctx, c.season, "ann", seatmap.Best{Count: 3, Adjacent: true})
	if err != nil || first.Seats[0].Number != "A-1" {
		t.Fatal(first, err)
	}
	c.advance(time.Minute)
	c.readMirror(c.Store)
	c.Sweep(c.ctx, c.season)
	second, err := c.HoldBest(c.ctx, c.season, "ann", seatmap.Best{Count: 3, Adjacent: true})
	if err != nil || second.Seats[0].Number != "B-1" {
		t.Fatal(second, err)
	}
}

// A seat added after the cart's end, while another seat is in flight, would give the cart
// a new time.
func TestACartPastItsEndTakesNoMoreSeats(t *testing.T) {
	c := newTimed(t, Settings{Hold: 30 * time.Second}, "vvv")
	c.admit(time.Hour, "ann")
	c.hold("ann", "A-1")
	c.pinSeats("ann", "5f5f5f5f5f5f5f5f5f5f5f5f", true, "A-1")
	c.hold("ann", "A-2")
	c.advance(31 * time.Second)
	_, err := c.Hold(c.ctx, c.season, "ann", []string{"A-3"})
	wantFault(t, err, fault.Conflict, "A-1")
	c.wantCart("ann", "A-1")
}

// A user keeps a seat no longer than one cart lasts, from the first moment of the seat
// in the user's carts to the last, unless other users had a minute in between in which
// they could take it.
func TestNoSeatIsKeptBeyondACart(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	const hold = 90 * time.Second
	rapid.Check(t, func(r *rapid.T) {
		c := newTimed(t, Settings{Hold: hold}, "vvv")
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
				c.Sweep(c.ctx, c.season)
			case 5: // leaves, or the session ends
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
