package booking

import (
	"context"
	"encoding/json"
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

// node is a node of its own on the hall's stores; it does not run.
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

// dismiss takes a user's place away, as queue does when a lease lapses.
func (h *hall) dismiss(user string) {
	h.t.Helper()
	_, err := h.redis().Pipelined(h.ctx, func(p redis.Pipeliner) error {
		p.SRem(h.ctx, h.key("active_users"), user)
		p.ZRem(h.ctx, h.key("leases"), user)
		p.ZRem(h.ctx, h.key("sessions"), user)
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// pinSeats pins held seats as a purchase does, and marks them taken if asked.
func (h *hall) pinSeats(user, transaction string, taken bool, seats ...string) {
	h.t.Helper()
	plan, err := h.plan(h.ctx, h.season)
	if err != nil {
		h.t.Fatal(err)
	}
	source := "local refusal = epoch_refusal() if refusal then return refusal end\n"
	for _, seat := range seats {
		source += fmt.Sprintf("pin('%s', '%s', '%s', 60000)\n", user, seat, transaction)
		if taken {
			source += fmt.Sprintf("take(%d, '%s', '%s')\n", plan.ByName[seat], transaction, user)
		}
	}
	h.script(source)
}

// script runs lines of Lua after lib.lua and announces what they change.
func (h *hall) script(source string) {
	h.t.Helper()
	lib, err := seats.LuaFiles.ReadFile("lib.lua")
	if err != nil {
		h.t.Fatal(err)
	}
	r, err := h.seats.Run(h.ctx, redis.NewScript(string(lib)+source+"\nannounce()\nreturn {'ok'}"), h.season)
	if err != nil || r.Word() != "ok" {
		h.t.Fatal(r, err)
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

func (h *hall) wantCart(user string, seats ...string) Cart {
	h.t.Helper()
	cart, err := h.Cart(h.ctx, h.season, user)
	if err != nil {
		h.t.Fatal(err)
	}
	if got := seatsOf(cart); !slices.Equal(got, seats) {
		h.t.Fatalf("%s's cart is %v, want %v", user, got, seats)
	}
	h.wantWhole()
	return cart
}

// wantWhole fails the test unless all of a season's keys in Redis tell the same
// story: bits, holders, hold keys and carts.
func (h *hall) wantWhole() {
	h.t.Helper()
	const source = `
local out = {}
local function say(...) out[#out + 1] = string.format(...) end
local holders = redis.call('HGETALL', HOLDER)
for i = 1, #holders, 2 do
  if redis.call('GETBIT', HELD, holders[i]) == 0 then say('index %s has a holder and no bit', holders[i]) end
  local found = false
  local cart = redis.call('HGETALL', CART .. holders[i + 1])
  for j = 1, #cart, 2 do
    if cart[j + 1] == holders[i] and string.sub(cart[j], 1, 1) ~= '!' then found = true end
  end
  if not found then say('index %s is in no cart of its holder %s', holders[i], holders[i + 1]) end
  if not redis.call('ZSCORE', CARTS, holders[i + 1]) then say('%s holds and is never swept', holders[i + 1]) end
end
if redis.call('BITCOUNT', HELD) ~= #holders / 2 then say('%d bits for %d holders', redis.call('BITCOUNT', HELD), #holders / 2) end
if redis.call('BITCOUNT', TAKEN) ~= redis.call('HLEN', TAKENBY) then say('taken and takenby differ') end
return out`
	lib, err := seats.LuaFiles.ReadFile("lib.lua")
	if err != nil {
		h.t.Fatal(err)
	}
	problems, err := redis.NewScript(string(lib)+source).Run(h.ctx, h.redis(), seats.KeysOf(h.season), 0).StringSlice()
	if err != nil {
		h.t.Fatal(err)
	}
	for _, problem := range problems {
		h.t.Error("Redis disagrees with itself:", problem)
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
	if len(seats) > 0 && (!asFault(err, &f) || !slices.Equal(f.Seats, seats)) {
		t.Fatalf("got %v with seats %v, want %v", err, f.Seats, seats)
	}
}

// ear keeps the events a node tells.
type ear struct {
	mu     sync.Mutex
	events []Event
}

func (e *ear) notify(events []Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.events = append(e.events, events...)
}

// carts returns what was told of a user's cart, oldest first.
func (e *ear) carts(user string) []Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []Event
	for _, event := range e.events {
		if event.Kind == CartChanged && event.User == user {
			out = append(out, event)
		}
	}
	return out
}

// status returns what was told last of a seat.
func (e *ear) status(seat string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, event := range slices.Backward(e.events) {
		if event.Kind == SeatsChanged {
			if status, ok := event.Delta.Seats[seat]; ok {
				return status
			}
		}
	}
	return ""
}

func (e *ear) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	text, _ := json.Marshal(e.events)
	return string(text)
}
