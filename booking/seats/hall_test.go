package seats

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/testkit"
)

// soon is how long a test waits for what happens at once on a fast machine.
const soon = 10 * time.Second

func TestMain(m *testing.M) { testkit.Main(m) }

// hall is a season whose Redis data a test opens as the queue does, and a node. Other
// nodes share the season.
type hall struct {
	t      testing.TB
	ctx    context.Context
	redis  redis.UniversalClient
	season string
	source *source
	*Store
}

// newHall makes a season with a plan of the given rows, each a string with a letter a
// seat: v VIP, r Regular, x never for sale, and a space for an aisle. Seats are named
// A-1 …, the second row B-1 …. Settings that are zero have their defaults.
func newHall(t testing.TB, redisURL string, settings Settings, rows ...string) *hall {
	t.Helper()
	h := emptyHall(t, redisURL, settings)
	h.importPlan(planOf(rows...))
	h.open(1)
	return h
}

// emptyHall makes a season without a plan, whose data is not opened.
func emptyHall(t testing.TB, redisURL string, settings Settings) *hall {
	t.Helper()
	if redisURL == "" {
		redisURL = testkit.Stores(t).RedisURL
	}
	options, err := redis.ParseURL(redisURL)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	if settings.MaxSeats == 0 {
		settings.MaxSeats = 6
	}
	if settings.Hold == 0 {
		settings.Hold = 5 * time.Minute
	}
	if settings.Currency == "" {
		settings.Currency = "EUR"
	}
	settings.Season, settings.Revision = testkit.SeasonID(), 1
	h := &hall{t: t, ctx: context.Background(), redis: client, season: settings.Season, source: &source{settings: settings}}
	h.Store = h.node(nil, io.Discard)
	return h
}

// planOf makes the seats of some rows.
func planOf(rows ...string) []seatmap.Seat {
	var seats []seatmap.Seat
	for y, row := range rows {
		name, number := string(rune('A'+y)), 0
		for x, letter := range row {
			if letter == ' ' {
				continue
			}
			number++
			seat := seatmap.Seat{
				Number: fmt.Sprintf("%s-%d", name, number), Category: "VIP", Price: 4500,
				Row: name, X: float64(x), Y: float64(y), Blocked: letter == 'x',
			}
			if letter == 'r' {
				seat.Category = "Regular"
			}
			seats = append(seats, seat)
		}
	}
	return seats
}

func (h *hall) importPlan(seats []seatmap.Seat) { h.source.plan = seatmap.New(h.season, 1, seats) }

// node makes a node of the hall's season. It does not run.
func (h *hall) node(notify func([]Event), log io.Writer) *Store {
	if notify == nil {
		notify = func([]Event) {}
	}
	return New(Options{
		Redis: h.redis, Node: testkit.SeasonID(), Source: h.source, Log: slog.New(slog.NewTextHandler(log, nil)), Notify: notify,
		Settled:        func(string, json.RawMessage) error { return nil },
		HeldSeats:      func(string, int) {},
		SeasonsChannel: "seasons", SeasonChanged: func() {},
	})
}

// run runs a node until the test ends.
func (h *hall) run(node *Store) {
	ctx, cancel := context.WithCancel(h.ctx)
	var running sync.WaitGroup
	running.Go(func() { node.Listen(ctx) })
	running.Go(func() { node.Keep(ctx, h.season) })
	h.t.Cleanup(func() { cancel(); running.Wait() })
}

// open opens the season's data in Redis, as the queue does.
func (h *hall) open(epoch int64) {
	h.t.Helper()
	if err := h.Rebuild(h.ctx, h.season, epoch); err != nil {
		h.t.Fatal(err)
	}
	if err := h.redis.Set(h.ctx, EpochKey(h.season), epoch, 0).Err(); err != nil {
		h.t.Fatal(err)
	}
}

// set changes the season's settings.
func (h *hall) set(change func(*Settings)) {
	h.t.Helper()
	h.source.mu.Lock()
	h.source.settings.Revision++
	change(&h.source.settings)
	settings := h.source.settings
	h.source.mu.Unlock()
	if err := h.Configure(h.ctx, settings, nil, 0); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) key(name string) string { return key(name, h.season) }

// now is the time of Redis.
func (h *hall) now() time.Time {
	h.t.Helper()
	now, err := h.redis.Time(h.ctx).Result()
	if err != nil {
		h.t.Fatal(err)
	}
	return now
}

// admit makes users active for a session, as the queue does.
func (h *hall) admit(session time.Duration, users ...string) {
	h.t.Helper()
	until := float64(h.now().Add(session).UnixMilli())
	_, err := h.redis.Pipelined(h.ctx, func(p redis.Pipeliner) error {
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

// dismiss takes a user's place away, as the queue does when a lease ends.
func (h *hall) dismiss(user string) {
	h.t.Helper()
	_, err := h.redis.Pipelined(h.ctx, func(p redis.Pipeliner) error {
		p.SRem(h.ctx, h.key("active_users"), user)
		p.ZRem(h.ctx, h.key("leases"), user)
		p.ZRem(h.ctx, h.key("sessions"), user)
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// order is an order of a user for some seats.
func (h *hall) order(user, transaction string, seats ...string) Order {
	h.t.Helper()
	o := Order{Season: h.season, User: user, Transaction: transaction, Plan: h.source.plan.Version}
	for _, seat := range seats {
		o.Seats = append(o.Seats, Ref{Number: seat, Index: h.source.plan.ByName[seat]})
	}
	return o
}

// pinSeats pins held seats as a purchase does, and marks them taken if asked.
func (h *hall) pinSeats(user, transaction string, taken bool, seats ...string) {
	h.t.Helper()
	o := h.order(user, transaction, seats...)
	if err := h.Pin(h.ctx, o, time.Minute, 0); err != nil {
		h.t.Fatal(err)
	}
	if !taken {
		return
	}
	if marks, err := h.Take(h.ctx, o); err != nil || len(marks) > 0 {
		h.t.Fatal(marks, err)
	}
}

// withParts is a script of a test, which may call the functions of these parts.
func withParts(source string, parts ...string) *redis.Script {
	scripts := Lua
	scripts.Generated = maps.Clone(Lua.Generated)
	text := "-- @include part/redis\n"
	for _, part := range parts {
		text += "-- @include part/" + part + "\n"
	}
	scripts.Generated["test"] = text + source
	return scripts.Load("test")
}

// script runs lines of Lua and announces what they change.
func (h *hall) script(source string) {
	h.t.Helper()
	script := withParts(source+"\nannounce()\nreturn {'ok'}", "epoch", "pins", "marks", "tombstones")
	if outcome, err := h.call(h.ctx, script, h.season, noReply{}); err != nil || outcome != outcomeOK {
		h.t.Fatal(outcome, err)
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

func (h *hall) mustRelease(user string, seats ...string) {
	h.t.Helper()
	if _, err := h.Release(h.ctx, h.season, user, seats); err != nil {
		h.t.Fatal(err)
	}
}

// readMirror reads the mirror of a node once.
func (h *hall) readMirror(node *Store) {
	h.t.Helper()
	if err := node.ReadMirror(h.ctx, node.MirrorOf(h.season)); err != nil {
		h.t.Fatal(err)
	}
}

// hasSnapshot reports whether a node has read the season.
func (h *hall) hasSnapshot(node *Store) bool {
	return node.MirrorOf(h.season).Snapshot.Load() != nil
}

func (h *hall) wantCart(user string, seats ...string) {
	h.t.Helper()
	cart, err := h.Cart(h.ctx, h.season, user)
	if err != nil {
		h.t.Fatal(err)
	}
	if got := seatsOf(cart); !slices.Equal(got, seats) {
		h.t.Fatalf("%s's cart is %v, want %v", user, got, seats)
	}
	h.wantWhole()
}

// wantWhole fails the test unless all keys of the season agree: bits, holders, hold
// keys and carts.
func (h *hall) wantWhole() {
	h.t.Helper()
	const source = `
local found = {}
local function say(...) found[#found + 1] = string.format(...) end
local holders = call('HGETALL', HOLDER)
for i = 1, #holders, 2 do
  local index, user = holders[i], holders[i + 1]
  if call('GETBIT', HELD, index) == 0 then say('index %s has a holder and no bit', index) end
  local in_cart = false
  local cart = call('HGETALL', CART .. user)
  for j = 1, #cart, 2 do
    if cart[j + 1] == index and string.sub(cart[j], 1, 1) ~= '!' then in_cart = true end
  end
  if not in_cart then say('index %s is in no cart of its holder %s', index, user) end
  if not call('ZSCORE', CARTS, user) then say('%s holds and is never swept', user) end
end
if call('BITCOUNT', HELD) ~= #holders / 2 then say('%d bits for %d holders', call('BITCOUNT', HELD), #holders / 2) end
if call('BITCOUNT', TAKEN) ~= call('HLEN', MARKS) then say('taken and takenby differ') end
return found`
	problems, err := withParts(source).Run(h.ctx, h.redis, KeysOf(h.season), 0).StringSlice()
	if err != nil {
		h.t.Fatal(err)
	}
	for _, problem := range problems {
		h.t.Error("the keys of Redis do not agree:", problem)
	}
}

func seatsOf(cart Cart) []string {
	var out []string
	for _, s := range cart.Seats {
		out = append(out, s.Number)
	}
	return out
}

func wantFault(t testing.TB, err error, code fault.Code, seats ...string) {
	t.Helper()
	err = store.Fault(err)
	if fault.CodeOf(err) != code {
		t.Fatalf("got %v, want %s", err, code)
	}
	f := faultOf(err)
	if len(seats) > 0 && (f == nil || !slices.Equal(f.Seats, seats)) {
		t.Fatalf("got %v, want seats %v", err, seats)
	}
}
