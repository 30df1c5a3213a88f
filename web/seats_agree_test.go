package web_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/booking"
	"usher/booking/payment"
	"usher/internal/testkit"
	"usher/internal/wire"
)

// view is a client's state of the seats, from the snapshot and the changes.
type view struct {
	*peer
	version int64
	seats   map[string]string // seat → status, without the available seats
}

func (n *node) watch(f fan) *view {
	v := &view{peer: n.active(f)}
	first := ask[wire.SeatNames](v.peer, wire.Request{Type: wire.RequestSeats})
	v.version, v.seats = first.Version, maps.Clone(first.Seats)
	return v
}

// hear applies the messages received so far, as docs/protocol.md tells a client to.
func (v *view) hear() {
	v.t.Helper()
	for more := true; more; {
		select {
		case frame, open := <-v.frames:
			if !open {
				v.t.Fatalf("%s: the socket is closed: %v", v.name, v.err)
			}
			m, err := wire.Parse(frame)
			if err != nil {
				v.t.Fatalf("%s: %s: %v", v.name, frame, err)
			}
			v.kept = append(v.kept, m)
		default:
			more = false
		}
	}
	for _, m := range v.kept {
		if changes, ok := m.(wire.Changes); ok && changes.Version > v.version {
			v.version = changes.Version
			for seat, status := range changes.Seats {
				if v.seats[seat] = status; status == booking.Available {
					delete(v.seats, seat)
				}
			}
		}
	}
	v.kept = nil
}

// listed returns the seats of GET /seats: those that are not available, and all.
func (n *node) listed() (taken map[string]string, all map[string]string) {
	n.t.Helper()
	answer, err := http.Get(n.url + "/seats?season=" + n.season)
	if err != nil {
		n.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	var list wire.Seats
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil || answer.StatusCode != http.StatusOK {
		n.t.Fatalf("GET /seats: %d %s %v", answer.StatusCode, text, err)
	}
	taken, all = map[string]string{}, map[string]string{}
	for _, seat := range list.Seats {
		if all[seat.SeatNumber] = seat.Status; seat.Status != booking.Available {
			taken[seat.SeatNumber] = seat.Status
		}
	}
	return taken, all
}

// TestOldAndNewClientsSeeTheSameSeats: after each random change, on either node, a
// client that applied all changes, a client that opens a socket now, and GET /seats
// show the same seats.
func TestOldAndNewClientsSeeTheSameSeats(t *testing.T) {
	h := newFixture(t, `{"activeLimit":50,"maxSeats":10,"hold":"1500ms","session":"1h","lease":"1h"}`)
	nodes := []*node{h.node(), h.node()}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 1))

	// The plan may change as long as no seat is held or sold; a client watches.
	watchers := []*view{nodes[0].watch(nodes[0].fan("watcher")), nodes[1].watch(nodes[1].fan("watcher-2"))}
	var dropped []string
	fresh := 0
	agree := func(after string) {
		t.Helper()
		for i, n := range nodes {
			var last string
			testkit.Eventually(t, 30*time.Second, "all see the same after "+after, func() bool {
				listed, all := n.listed()
				elsewhere, _ := nodes[1-i].listed()
				watchers[i].hear()
				heard := maps.Clone(watchers[i].seats)
				for _, seat := range dropped {
					if _, again := all[seat]; !again && heard[seat] == booking.Unavailable {
						delete(heard, seat) // the new plan lacks the seat
					}
				}
				last = fmt.Sprintf("node %d after %s: listed %v, heard %v", i, after, listed, heard)
				return maps.Equal(listed, elsewhere) && maps.Equal(listed, heard)
			})
			if t.Failed() {
				t.Fatal(last)
			}
			fresh++
			newcomer := n.watch(n.fan(fmt.Sprintf("newcomer-%d", fresh%6)))
			testkit.Eventually(t, 30*time.Second, "a new client sees the same after "+after, func() bool {
				listed, _ := n.listed()
				newcomer.hear() // a hold may expire in between
				return maps.Equal(newcomer.seats, listed)
			})
			_ = newcomer.conn.CloseNow()
		}
	}
	for version, from := range []int{2, 1, 3} {
		plan := strings.Builder{}
		plan.WriteString("seatNumber,category,price,status\n")
		for seat := from; seat < from+9; seat++ {
			fmt.Fprintf(&plan, "P-%d,VIP,%d,%s\n", seat, 100+version, []string{"available", "unavailable"}[seat%2])
			dropped = append(dropped, fmt.Sprint("P-", seat))
		}
		for _, row := range []string{"A", "B", "C"} {
			for seat := 1; seat <= 10; seat++ {
				dropped = append(dropped, fmt.Sprintf("%s-%d", row, seat))
			}
		}
		if _, err := nodes[version%2].booking.ImportPlan(t.Context(), h.season, strings.NewReader(plan.String()), "test"); err != nil {
			t.Fatal(err)
		}
		agree("an import")
	}
	if _, err := nodes[0].booking.ImportPlan(t.Context(), h.season, strings.NewReader(seatPlan()), "test"); err != nil {
		t.Fatal(err)
	}
	agree("the last import")

	type customer struct {
		fan
		bought   []booking.Transaction
		extended time.Time // until when a declined payment extends the user's carts
	}
	var customers []*customer
	for i := range 3 {
		c := &customer{fan: nodes[0].fan(fmt.Sprint("customer-", i))}
		nodes[0].active(c.fan)
		customers = append(customers, c)
	}
	for step := range 25 {
		c, n := customers[chance.IntN(3)], nodes[chance.IntN(2)]
		cart, err := n.booking.Cart(t.Context(), h.season, c.user.ID)
		if err != nil {
			t.Fatal(err)
		}
		var held []string
		for _, seat := range cart.Seats {
			held = append(held, seat.Number)
		}
		// A declined payment extends the cart by a minute, and a cart that is begun
		// again keeps that deadline.
		refused := time.Now().Before(c.extended)
		var did string
		switch act := chance.IntN(10); {
		case act < 4 || len(held) == 0 && act < 7:
			seat := fmt.Sprintf("%c-%d", 'A'+chance.IntN(3), 1+chance.IntN(10))
			_, err := n.booking.Hold(t.Context(), h.season, c.user.ID, []string{seat})
			did = fmt.Sprintf("holding %s: %v", seat, err)
		case act < 7:
			bought, err := n.booking.Buy(t.Context(), booking.PurchaseRequest{
				Season: h.season, User: c.user.ID, Holder: "Ann", Key: fmt.Sprint(step), Seats: held,
				Payment: payment.Details{Method: "sandbox", Token: []string{"tok_ok", "tok_ok", "tok_declined"}[chance.IntN(3)]},
			})
			if err == nil {
				c.bought = append(c.bought, bought)
			} else {
				c.extended = time.Now().Add(time.Minute + time.Second)
			}
			did = fmt.Sprintf("buying %v: %v", held, err)
		case act < 8 || refused:
			_, err := n.booking.Release(t.Context(), h.season, c.user.ID, held[:min(1, len(held))])
			did = fmt.Sprintf("releasing %v: %v", held, err)
		case act < 9 && len(c.bought) > 0:
			one := c.bought[chance.IntN(len(c.bought))]
			seats := slices.Clone(one.Seats)[:chance.IntN(len(one.Seats)+1)]
			if len(seats) == 0 {
				seats = nil
			}
			_, err := n.booking.Refund(t.Context(), c.user.ID, one.ID, seats)
			did = fmt.Sprintf("giving %v of %v back: %v", seats, one.Seats, err)
		default:
			did = "letting carts run out"
			testkit.Eventually(t, 30*time.Second, did, func() bool {
				cart, err := n.booking.Cart(t.Context(), h.season, c.user.ID)
				return err == nil && len(cart.Seats) == 0
			})
		}
		agree(fmt.Sprintf("step %d, %s", step, did))
	}
}
