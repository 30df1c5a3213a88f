package seats

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/testkit"
)

// planWith reads a plan from the lines of a file.
func planWith(t testing.TB, lines ...string) []seatmap.Seat {
	t.Helper()
	seats, err := seatmap.Read(strings.NewReader("seatNumber,category,price,area,capacity\n"+strings.Join(lines, "\n")), "EUR")
	if err != nil {
		t.Fatal(err)
	}
	return seats
}

// areaHall is a hall with the seats and an area with some places.
func areaHall(t *testing.T, redisURL string, settings Settings, capacity int) *hall {
	t.Helper()
	h := emptyHall(t, redisURL, settings)
	h.importPlan(planWith(t, "A-1,VIP,9000,,", fmt.Sprintf(",Regular,3000,Standing,%d", capacity), "A-2,VIP,9000,,"))
	h.open(1)
	return h
}

func TestHoldingPlacesOfAnArea(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := areaHall(t, redisURL, Settings{MaxSeats: 6}, 9)
		h.admit(time.Minute, "ann", "bob", "cat")
		hold := func(user string, count int, named ...string) (Cart, error) {
			return h.HoldAreas(h.ctx, h.season, user, named, nil, []AreaCount{{Area: "Standing", Count: count}})
		}
		_, err := hold("stranger", 1)
		wantFault(t, err, fault.NotAdmitted)
		_, err = hold("ann", 0)
		wantFault(t, err, fault.InvalidRequest)
		_, err = hold("ann", 7)
		wantFault(t, err, fault.SeatLimit)
		_, err = h.HoldAreas(h.ctx, h.season, "ann", nil, nil, []AreaCount{{Area: "Balcony", Count: 1}})
		wantFault(t, err, fault.UnknownSeat)
		_, err = hold("ann", 1, "B-9")
		wantFault(t, err, fault.UnknownSeat)

		cart, err := hold("ann", 3, "A-1")
		if err != nil || len(cart.Seats) != 4 || cart.Total != 18000 || cart.Seats[1].Area != "Standing" || cart.Seats[0].Area != "" {
			t.Fatalf("%+v, %v", cart, err)
		}
		_, err = hold("bob", 1, "A-1") // all or none
		wantFault(t, err, fault.SeatTaken)
		h.wantCart("bob")
		_, err = hold("ann", 3)
		wantFault(t, err, fault.SeatLimit)
		// The seats that the user has stay as they are, and more places come with them.
		if cart, err = hold("ann", 1, "A-1", cart.Seats[1].Number); err != nil || len(cart.Seats) != 5 {
			t.Fatalf("%+v, %v", cart, err)
		}
		if cart, err = hold("bob", 5); err != nil || len(cart.Seats) != 5 {
			t.Fatalf("%+v, %v", cart, err)
		}
		_, err = hold("cat", 1)
		wantFault(t, err, fault.SoldOut)
		_, err = hold("cat", 1, "A-2")
		wantFault(t, err, fault.SoldOut)
		h.wantCart("cat")
		// Fewer places: the fan releases units.
		if _, err := h.Release(h.ctx, h.season, "bob", []string{cart.Seats[0].Number, cart.Seats[1].Number}); err != nil {
			t.Fatal(err)
		}
		if cart, err = hold("cat", 2, "A-2"); err != nil || len(cart.Seats) != 3 {
			t.Fatalf("%+v, %v", cart, err)
		}
		h.wantWhole()
	})
}

// A lost reply makes the client repeat the script: no more units are held.
func TestARepeatedAreaScriptHoldsNoMore(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := areaHall(t, redisURL, Settings{}, 9)
		h.admit(time.Minute, "ann")
		args := holdArgs(h.source.plan, "ann", nil, "request", false, nil, []pool{{count: 2, units: []int{1, 2, 3, 4}}})
		for range 2 {
			var r holdReply
			if outcome, err := h.call(h.ctx, h.Scripts.Hold, h.season, &r, args...); err != nil || outcome != outcomeOK || len(r.cart.seats) != 2 {
				t.Fatal(outcome, r.cart.seats, err)
			}
		}
		h.wantWhole()
	})
}

// The fan who let units go at the cart's end gets other units, and is told how long to
// wait only when no others are free.
func TestUnitsInCooldownAreNotOfferedAgain(t *testing.T) {
	server := miniredis.RunT(t)
	c := &timed{server: server, at: time.Date(2027, 3, 1, 10, 0, 0, 0, time.UTC)}
	server.SetTime(c.at)
	c.hall = areaHall(t, "redis://"+server.Addr(), Settings{Hold: 10 * time.Second}, 4)
	c.admit(time.Hour, "ann")
	held := map[string]bool{}
	for range 2 {
		cart, err := c.HoldAreas(c.ctx, c.season, "ann", nil, nil, []AreaCount{{Area: "Standing", Count: 2}})
		if err != nil {
			t.Fatal(err)
		}
		for _, seat := range cart.Seats {
			if held[seat.Number] {
				t.Fatal("held again during the cooldown:", seat.Number)
			}
			held[seat.Number] = true
		}
		c.advance(11 * time.Second)
		c.Sweep(c.ctx, c.season)
	}
	_, err := c.HoldAreas(c.ctx, c.season, "ann", nil, nil, []AreaCount{{Area: "Standing", Count: 1}})
	wantFault(t, err, fault.RateLimited)
}

// Two hundred fans over two nodes want the hundred places of an area, in ones and threes:
// all places are held, and none is refused while there is room.
func TestFansCompeteForTheLastPlaces(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		const places, fans = 100, 200
		h := areaHall(t, redisURL, Settings{MaxSeats: 6}, places)
		nodes := []*Store{h.node(nil, io.Discard), h.node(nil, io.Discard)}
		users := make([]string, fans)
		for i := range users {
			users[i] = fmt.Sprintf("fan-%d", i)
		}
		h.admit(time.Hour, users...)
		var held, refused atomic.Int64
		start := make(chan struct{})
		var buying sync.WaitGroup
		for i, user := range users {
			buying.Go(func() {
				<-start
				cart, err := nodes[i%2].HoldAreas(h.ctx, h.season, user, nil, nil, []AreaCount{{Area: "Standing", Count: 1 + i%2*2}})
				switch {
				case err == nil:
					held.Add(int64(len(cart.Seats)))
				case fault.Is(err, fault.SoldOut):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		close(start)
		buying.Wait()
		// Fans who wanted three may have been refused with one or two places left.
		for n := held.Load(); n < places; n++ {
			h.admit(time.Hour, fmt.Sprintf("late-%d", n))
			if _, err := nodes[0].HoldAreas(h.ctx, h.season, fmt.Sprintf("late-%d", n), nil, nil, []AreaCount{{Area: "Standing", Count: 1}}); err != nil {
				t.Errorf("%d of %d places are held, and one more: %v", n, places, err)
			}
		}
		if n := held.Load(); n < places-2 || n > places {
			t.Errorf("%d places were held while %d fans were refused, want %d", n, refused.Load(), places)
		}
		h.admit(time.Hour, "last")
		_, err := nodes[1].HoldAreas(h.ctx, h.season, "last", nil, nil, []AreaCount{{Area: "Standing", Count: 1}})
		wantFault(t, err, fault.SoldOut)
		h.wantWhole()
	})
}

// Of the last ten places, forty fans over two nodes want four each, together with a seat of
// their own: two of them get their five, and the others get nothing, not even the seat.
func TestAHoldOfPlacesTakesAllOrNothing(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		const places, fans, each = 10, 40, 4
		h := emptyHall(t, redisURL, Settings{MaxSeats: 6})
		lines := []string{fmt.Sprintf(",Regular,3000,Standing,%d", places)}
		for i := range fans {
			lines = append(lines, fmt.Sprintf("B-%d,VIP,9000,,", i))
		}
		h.importPlan(planWith(t, lines...))
		h.open(1)
		nodes := []*Store{h.node(nil, io.Discard), h.node(nil, io.Discard)}
		users := make([]string, fans)
		for i := range users {
			users[i] = fmt.Sprintf("fan-%d", i)
		}
		h.admit(time.Hour, users...)
		want := []AreaCount{{Area: "Standing", Count: each}}
		carts, failed := make([]Cart, fans), make([]error, fans)
		start := make(chan struct{})
		var asking sync.WaitGroup
		for i, user := range users {
			asking.Go(func() {
				<-start
				carts[i], failed[i] = nodes[i%2].HoldAreas(h.ctx, h.season, user, []string{fmt.Sprintf("B-%d", i)}, nil, want)
			})
		}
		close(start)
		asking.Wait()
		winners, holder := 0, map[string]string{}
		for i, user := range users {
			if failed[i] != nil {
				wantFault(t, failed[i], fault.SoldOut)
				h.wantCart(user)
				continue
			}
			winners++
			if len(carts[i].Seats) != 1+each {
				t.Errorf("%s holds %+v", user, carts[i].Seats)
			}
			for _, seat := range carts[i].Seats {
				if other := holder[seat.Number]; other != "" {
					t.Errorf("%s and %s hold %s", other, user, seat.Number)
				}
				holder[seat.Number] = user
			}
		}
		if winners != places/each {
			t.Errorf("%d fans hold %d of %d places each, want %d", winners, each, places, places/each)
		}
		// What is left can be had: the places, and the seats of all who got nothing.
		h.admit(time.Hour, "late", "later")
		rest := []AreaCount{{Area: "Standing", Count: places % each}}
		if cart, err := nodes[0].HoldAreas(h.ctx, h.season, "late", nil, nil, rest); err != nil || len(cart.Seats) != places%each {
			t.Errorf("the last places: %+v, %v", cart.Seats, err)
		}
		for i := range users {
			seat := fmt.Sprintf("B-%d", i)
			if _, err := nodes[1].Hold(h.ctx, h.season, "later", []string{seat}); (err == nil) != (holder[seat] == "") {
				t.Errorf("seat %s, held by %q, and then asked for: %v", seat, holder[seat], err)
			}
			h.mustRelease("later")
		}
		h.wantWhole()
	})
}

// calls counts the commands that are sent to Redis.
type calls struct {
	mu   sync.Mutex
	sent []string
}

func (c *calls) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *calls) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.mu.Lock()
		c.sent = append(c.sent, cmd.Name())
		c.mu.Unlock()
		return next(ctx, cmd)
	}
}

func (c *calls) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		c.mu.Lock()
		for _, cmd := range cmds {
			c.sent = append(c.sent, cmd.Name())
		}
		c.mu.Unlock()
		return next(ctx, cmds)
	}
}

func TestAHoldOfFourPlacesIsOneScript(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := areaHall(t, redisURL, Settings{MaxSeats: 20}, 20_000)
		h.admit(time.Minute, "ann")
		want := []AreaCount{{Area: "Standing", Count: 4}}
		if _, err := h.HoldAreas(h.ctx, h.season, "ann", nil, nil, want); err != nil { // loads the script
			t.Fatal(err)
		}
		counted := &calls{}
		h.redis.AddHook(counted)
		cart, err := h.HoldAreas(h.ctx, h.season, "ann", nil, nil, want)
		if err != nil || len(cart.Seats) != 8 {
			t.Fatal(len(cart.Seats), err)
		}
		if sent := strings.Join(counted.sent, " "); sent != "evalsha" {
			t.Errorf("a hold of four places of 20,000 sent %q to Redis, want one evalsha", sent)
		}
	})
}
