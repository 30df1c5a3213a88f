package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/booking/payment"
	"usher/booking/seats"
	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/testkit"
)

// soon is how long a test waits for an effect that is immediate on a fast machine.
const soon = 10 * time.Second

// hall is a season whose Redis data a test opens as queue would, and nodes that
// share it.
type hall struct {
	t      *testing.T
	ctx    context.Context
	stores *store.Stores
	season string
	*Booking
}

// newHall makes a season with the given settings and a plan of the given rows,
// each a string with a letter a seat: v VIP, r Regular, x never for sale, and a
// space for an aisle. Seats are named A-1 …, the second row B-1 …
func newHall(t *testing.T, redisURL, settings string, rows ...string) *hall {
	t.Helper()
	h := emptyHall(t, redisURL, settings)
	if _, err := h.ImportPlan(h.ctx, h.season, strings.NewReader(planCSV(rows...)), "test"); err != nil {
		t.Fatal(err)
	}
	h.open(1)
	return h
}

func emptyHall(t *testing.T, redisURL, settings string) *hall {
	t.Helper()
	h := &hall{t: t, ctx: context.Background(), stores: testkit.Open(t, redisURL), season: testkit.SeasonID()}
	h.Booking = h.node(nil)
	if settings == "" {
		settings = "{}"
	}
	if _, err := h.ApplySeason(h.ctx, h.season, []byte(settings), "test"); err != nil {
		t.Fatal(err)
	}
	return h
}

func planCSV(rows ...string) string {
	var csv strings.Builder
	csv.WriteString("seatNumber,category,price,row,x,y,status\n")
	for y, row := range rows {
		name, number := string(rune('A'+y)), 0
		for x, letter := range row {
			category, status := "VIP", "available"
			switch letter {
			case ' ':
				continue
			case 'r':
				category = "Regular"
			case 'x':
				status = "unavailable"
			}
			number++
			fmt.Fprintf(&csv, "%s-%d,%s,4500,%s,%d,%d,%s\n", name, number, category, name, x, y, status)
		}
	}
	return csv.String()
}

// node makes another node on the hall's stores; it does not run.
func (h *hall) node(notify func([]Event)) *Booking {
	h.t.Helper()
	b, err := New(Options{Redis: h.stores.Redis, Mongo: h.stores.Mongo, Provider: payment.NewSandbox(h.stores.Mongo), Notify: notify})
	if err != nil {
		h.t.Fatal(err)
	}
	return b
}

// run runs a node until the test ends.
func (h *hall) run(b *Booking) {
	ctx, cancel := context.WithCancel(h.ctx)
	var running sync.WaitGroup
	running.Go(func() { _ = b.Run(ctx) })
	h.t.Cleanup(func() { cancel(); running.Wait() })
}

// open opens the season's data in Redis, as queue does.
func (h *hall) open(epoch int64) {
	h.t.Helper()
	if err := h.Rebuild(h.ctx, h.season, epoch); err != nil {
		h.t.Fatal(err)
	}
	if err := h.stores.Redis.Set(h.ctx, seats.EpochKey(h.season), epoch, 0).Err(); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) key(name string) string { return name + ":{" + h.season + "}" }

func (h *hall) redis() redis.UniversalClient { return h.stores.Redis }

// now is Redis' clock.
func (h *hall) now() time.Time {
	h.t.Helper()
	now, err := h.redis().Time(h.ctx).Result()
	if err != nil {
		h.t.Fatal(err)
	}
	return now
}

// admit makes users active for a session, as queue does.
func (h *hall) admit(session time.Duration, users ...string) {
	h.t.Helper()
	until := float64(h.now().Add(session).UnixMilli())
	_, err := h.redis().Pipelined(h.ctx, func(p redis.Pipeliner) error {
		for _, user := range users {
			p.SAdd(h.ctx, h.key("active_users"), user)
			p.ZAdd(h.ctx, h.key("leases"), redis.Z{Score: until, Member: user})
			p.ZAdd(h.ctx, h.key("sessions"), redis.Z{Score: until, Member: user})
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) hold(user string, seats ...string) Cart {
	h.t.Helper()
	cart, err := h.Hold(h.ctx, h.season, user, seats)
	if err != nil {
		h.t.Fatalf("holding %v for %s: %v", seats, user, err)
	}
	return cart
}

// wantWhole fails the test unless the keys of Redis agree about every seat of the plan
// and every cart.
func (h *hall) wantWhole() {
	h.t.Helper()
	plan, err := h.plan(h.ctx, h.season)
	if err != nil {
		h.t.Fatal(err)
	}
	users, err := h.seats.CartUsers(h.ctx, h.season)
	if err != nil {
		h.t.Fatal(err)
	}
	every := []any{len(plan.Seats)}
	for index, seat := range plan.Seats {
		every = append(every, seat.Number, index)
	}
	for user := range users {
		every = append(every, user)
	}
	for _, args := range [][]any{every, {0}} {
		_, findings, err := h.seats.Audit(h.ctx, h.season, args)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, finding := range findings {
			h.t.Error("the keys of Redis do not agree:", finding)
		}
	}
}

func seatsOf(cart Cart) []string {
	var out []string
	for _, s := range cart.Seats {
		out = append(out, s.Number)
	}
	return out
}

func wantFault(t *testing.T, err error, code fault.Code, seats ...string) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Fatalf("got %v, want %s", err, code)
	}
	var f *fault.Error
	if len(seats) > 0 && (!errors.As(err, &f) || !slices.Equal(f.Seats, seats)) {
		t.Fatalf("got %v with seats %v, want %v", err, f.Seats, seats)
	}
}
