package web_test

import (
	"fmt"
	"reflect"
	"testing"

	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/wire"
	"usher/web"
)

// TestTheSaleIsToldToEverySocketOfTheSeason has an active and a waiting fan and one who
// has not joined, on two nodes. Each is told what the organizer says and what is left.
func TestTheSaleIsToldToEverySocketOfTheSeason(t *testing.T) {
	t.Parallel()
	h := newFixture(t, `{"activeLimit":1,"returns":true}`)
	one, two := h.node(), h.node()
	ann := one.active(one.fan("ann"))
	ben, welcome := two.connect(two.fan("ben"))
	if status := ask[wire.StatusMessage](ben, wire.Request{Type: wire.RequestJoin}).Status; status.State != "waiting" {
		t.Fatalf("ben is %s", status.State)
	}
	cat, _ := two.connect(two.fan("cat"))
	want := []wire.SaleCategory{
		{Category: "VIP", Available: 10, Total: 10, From: 4500, To: 4500, Types: []wire.SaleType{}},
		{Category: "Regular", Available: 20, Total: 20, From: 2500, To: 2500, Types: []wire.SaleType{}},
	}
	if sale := welcome.Sale; sale == nil || sale.Stock != "available" || sale.Available != 30 || sale.Total != 30 || sale.Held != 0 ||
		sale.Currency != "EUR" || sale.Paused || sale.Notice != nil || !reflect.DeepEqual(sale.Categories, want) {
		t.Fatalf("the welcome has %+v", sale)
	}
	everyone := func(what string, which func(wire.Sale) bool) {
		t.Helper()
		for _, p := range []*peer{ann, ben, cat} {
			p.awaitSale(what, which)
		}
	}
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(one.booking.SetNotice(t.Context(), h.season, "Doors open late", "test"))
	everyone("the notice", func(s wire.Sale) bool { return s.Notice != nil && *s.Notice == "Doors open late" })
	must(two.booking.PauseSeason(t.Context(), h.season, "a fire alarm", "test"))
	everyone("the pause", func(s wire.Sale) bool { return s.Paused && s.PauseReason != nil && *s.PauseReason == "a fire alarm" })
	must(two.booking.ResumeSeason(t.Context(), h.season, "test"))
	everyone("the end of the pause", func(s wire.Sale) bool { return !s.Paused && s.PauseReason == nil && s.Version > welcome.Sale.Version })
	ask[wire.CartMessage](ann, hold("A-1", "B-1"))
	everyone("two held seats", func(s wire.Sale) bool {
		return s.Held == 2 && s.Available == 28 && s.Categories[0].Held == 1 && s.Categories[1].Available == 19
	})
	for _, p := range []*peer{ann, ben, cat} {
		for i := 1; i < len(p.told); i++ {
			if p.told[i].Version < p.told[i-1].Version {
				t.Errorf("%s: version %d after %d", p.name, p.told[i].Version, p.told[i-1].Version)
			}
		}
	}
	_, welcome = one.connect(one.fan("late"))
	if welcome.Sale.Held != 2 || *welcome.Sale.Notice != "Doors open late" {
		t.Errorf("a later welcome has %+v", welcome.Sale)
	}
}

// TestEveryoneHearsHowManyWait has two fans on two nodes, before the opening and after
// it. The first is told when the second joins, although her own place is the same.
func TestEveryoneHearsHowManyWait(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]string{"gathering": `{"opensAt":"2999-01-01T00:00:00Z"}`, "waiting": `{"activeLimit":1}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t, settings)
			one, two := h.node(), h.node()
			join := func(p *peer) string {
				return ask[wire.StatusMessage](p, wire.Request{Type: wire.RequestJoin}).Status.State
			}
			if name == "waiting" {
				one.active(one.fan("inside"))
			}
			ann, _ := one.connect(one.fan("ann"))
			if state := join(ann); state != name {
				t.Fatalf("ann is %s", state)
			}
			ben, _ := two.connect(two.fan("ben"))
			join(ben)
			for {
				if told, ok := ann.readAny().(wire.Waiting); ok && told.Waiting == 2 {
					return
				}
			}
		})
	}
}

// TestReturnedSeatsAdmitInOrder plays a sold-out sale on two nodes: while no seat is
// free no fan is called in, and the first in line is when one comes back.
func TestReturnedSeatsAdmitInOrder(t *testing.T) {
	t.Parallel()
	h := newFixture(t, `{"activeLimit":2,"maxSeats":30}`)
	one, two := h.node(), h.node()
	ann := one.active(one.fan("ann"))
	var all, most []string
	for _, row := range []string{"A", "B", "C"} {
		for number := 1; number <= 10; number++ {
			all = append(all, fmt.Sprintf("%s-%d", row, number))
		}
	}
	most = all[1:]
	ask[wire.CartMessage](ann, hold(all...))
	ann.awaitSale("every seat is held", func(s wire.Sale) bool { return s.Stock == "held" && s.Held == 30 && s.Available == 0 })

	join := func(n *node, f fan) (*peer, wire.Status) {
		t.Helper()
		p, _ := n.connect(f)
		return p, ask[wire.StatusMessage](p, wire.Request{Type: wire.RequestJoin}).Status
	}
	user := two.fan("ben")
	ben, status := join(two, user)
	if status.State != "waiting" {
		t.Fatalf("a place is free and no seat is: ben is %s", status.State)
	}
	cat, status := join(one, one.fan("cat"))
	if status.State != "waiting" || status.Position == nil || *status.Position != 2 {
		t.Fatalf("cat: %+v", status)
	}
	ask[wire.CartMessage](ann, wire.Request{Type: wire.RequestRelease, Seats: []string{"A-1"}})
	await(ben, "the turn", func(wire.Turn) bool { return true })
	if status := ask[wire.StatusMessage](ben, wire.Request{Type: wire.RequestEnter}).Status; status.State != "active" {
		t.Fatalf("ben is %s", status.State)
	}
	ask[wire.CartMessage](ben, hold("A-1"))
	sold := ask[wire.TransactionMessage](ben, purchase("ben", "tok_ok", "A-1")).Transaction
	ask[wire.TransactionMessage](ann, purchase("ann", "tok_ok", most...))
	cat.awaitSale("every seat is sold", func(s wire.Sale) bool { return s.Stock == "gone" && s.Held == 0 })

	dan, _ := two.connect(two.fan("dan"))
	if refused := ask[wire.Error](dan, wire.Request{Type: wire.RequestJoin}); refused.Code != string(fault.SoldOut) {
		t.Fatalf("dan: %+v", refused)
	}
	season, err := one.booking.ApplySeason(t.Context(), h.season, []byte(`{"returns":true}`), "test")
	if err == nil {
		err = one.queue.Configure(t.Context(), h.season, web.LineSettings(season))
	}
	if err != nil {
		t.Fatal(err)
	}
	if status := ask[wire.StatusMessage](dan, wire.Request{Type: wire.RequestJoin}).Status; status.State != "waiting" {
		t.Fatalf("with returns dan joins the line: %+v", status)
	}
	ask[wire.StatusMessage](ann, wire.Request{Type: wire.RequestLeave})
	for _, n := range []*node{one, two} {
		status, err := n.queue.Status(t.Context(), h.season, "")
		if err != nil || status.Active != 1 || status.Waiting != 2 {
			t.Fatalf("ann has left, and no seat is free: %+v, %v", status, err)
		}
	}
	if _, err := two.booking.Refund(t.Context(), user.user.ID, sold.ID, nil); err != nil {
		t.Fatal(err)
	}
	await(cat, "the turn", func(wire.Turn) bool { return true })
	testkit.Eventually(t, soon, "dan waits behind cat", func() bool {
		return ask[wire.StatusMessage](dan, wire.Request{Type: wire.RequestStatus}).Status.State == "waiting"
	})
	if found, err := one.queue.Audit(t.Context(), h.season); err != nil || len(found) > 0 {
		t.Error(found, err)
	}
}
