package booking

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/feed"
	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/testkit"
)

const staffID = "65f1c0ffee65f1c0ffee65f1"

// deskRequest is a sale of seats for cash.
func (s *stage) deskRequest(key string, seats ...string) DeskRequest {
	return DeskRequest{
		Season: s.season, Staff: staffID, By: "desk@example.com", Key: key, Seats: seats,
		Holder: "Grace", Email: "grace@example.com", Method: DeskCash, Reference: "receipt 7",
	}
}

// withArea gives the season numbered seats, a row of VIP seats, and an area for
// ten people with a price for children.
func (s *stage) withArea(b *Booking) {
	s.t.Helper()
	var csv strings.Builder
	csv.WriteString("seatNumber,category,price,price:child,section,row,area,capacity\n")
	for i := range 8 {
		fmt.Fprintf(&csv, "A-%d,VIP,4500,2250,Hall,A,,\n", i+1)
	}
	csv.WriteString(",Standing,3000,1500,,,Floor,10\n")
	if _, err := b.ImportPlan(s.ctx, s.season, strings.NewReader(csv.String()), "test"); err != nil {
		s.t.Fatal(err)
	}
}

func wantSold(t *testing.T, got DeskTransaction, err error, total int64, seats ...string) {
	t.Helper()
	wantStatus(t, got.Transaction, err, Completed)
	if got.Total != total || len(seats) > 0 && fmt.Sprint(got.Seats) != fmt.Sprint(seats) || len(got.Tickets) != len(got.Seats) {
		t.Errorf("sold %v for %d with %d tickets, want %v for %d", got.Seats, got.Total, len(got.Tickets), seats, total)
	}
}

func TestASaleAtTheDesk(t *testing.T) {
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		s := newStage(t, redisURL, 8)
		b, other := s.node(nil), s.node(nil)
		s.withArea(b)
		fan := s.fan()

		t.Run("needs no place in the season, and no open sale", func(t *testing.T) {
			s.redis(func(p redis.Pipeliner) { p.HSet(s.ctx, s.key("sale"), "closesAt", 1) })
			defer s.redis(func(p redis.Pipeliner) { p.HSet(s.ctx, s.key("sale"), "closesAt", 0) })
			req := s.deskRequest("one", "A-2", "A-1")
			req.Types = map[string]string{"A-2": "child"}
			got, err := b.SellAtDesk(s.ctx, req)
			wantSold(t, got, err, 6750, "A-1", "A-2")
			if got.Desk == nil || *got.Desk != (DeskSale{By: "desk@example.com", Method: DeskCash, Reference: "receipt 7"}) || got.Holder != "Grace" || got.Email != "grace@example.com" {
				t.Errorf("%+v %+v", got, got.Desk)
			}
			if ticket := got.Tickets[1]; ticket.QRCode != "" || ticket.Holder != "Grace" || ticket.Price != 2250 || ticket.Type != "child" {
				t.Errorf("%+v", ticket)
			}
			again, err := other.SellAtDesk(s.ctx, req)
			if err != nil || again.ID != got.ID {
				t.Errorf("a repeat is answered %v with %v", again, err)
			}
			for name, change := range map[string]func(*DeskRequest){
				"holder": func(r *DeskRequest) { r.Holder = "Ada" }, "e-mail": func(r *DeskRequest) { r.Email = "" },
				"method": func(r *DeskRequest) { r.Method = DeskInvoice }, "reference": func(r *DeskRequest) { r.Reference = "8" },
				"types": func(r *DeskRequest) { r.Types = nil }, "seats": func(r *DeskRequest) { r.Seats = []string{"A-1"} },
			} {
				changed := req
				change(&changed)
				if _, err := b.SellAtDesk(s.ctx, changed); fault.CodeOf(err) != fault.KeyReused {
					t.Errorf("the same key with another %s: %v", name, err)
				}
			}
			s.wantSeat("A-1", Booked)
			_, err = b.Hold(s.ctx, s.season, fan, []string{"A-1"})
			if err == nil {
				t.Error("a fan holds a seat that the desk has sold")
			}
		})
		t.Run("does not take what a fan has, and leaves nothing behind", func(t *testing.T) {
			s.hold(b, fan, "A-3")
			before := s.count(transactionsName, bson.D{})
			for name, c := range map[string]struct {
				req  DeskRequest
				code fault.Code
			}{
				"in a cart":    {s.deskRequest("two", "A-3", "A-4"), fault.SeatTaken},
				"sold":         {s.deskRequest("two", "A-1", "A-4"), fault.SeatTaken},
				"unknown":      {s.deskRequest("two", "Z-9"), fault.UnknownSeat},
				"no seat":      {s.deskRequest("two"), fault.InvalidRequest},
				"twice":        {s.deskRequest("two", "A-4", "A-4"), fault.InvalidRequest},
				"no key":       {s.deskRequest("", "A-4"), fault.InvalidRequest},
				"a card":       {func() DeskRequest { r := s.deskRequest("two", "A-4"); r.Method = "card"; return r }(), fault.InvalidRequest},
				"no address":   {func() DeskRequest { r := s.deskRequest("two", "A-4"); r.Email = "Grace <g@x.org>"; return r }(), fault.InvalidRequest},
				"a line break": {func() DeskRequest { r := s.deskRequest("two", "A-4"); r.Holder = "Gra\nce"; return r }(), fault.InvalidRequest},
				"no allotment": {func() DeskRequest { r := s.deskRequest("two", "A-4"); r.Allotment = "promoter"; return r }(), fault.SeatTaken},
				"no such name": {func() DeskRequest { r := s.deskRequest("two", "A-4"); r.Allotment = strings.Repeat("x", 33); return r }(), fault.InvalidRequest},
				"no such type": {func() DeskRequest {
					r := s.deskRequest("two", "A-4")
					r.Types = map[string]string{"A-4": "dog"}
					return r
				}(), fault.InvalidRequest},
				"too many": {func() DeskRequest {
					r := s.deskRequest("two")
					r.Areas = []AreaCount{{Area: "Floor", Count: 11}}
					return r
				}(), fault.SoldOut},
				"no such area": {func() DeskRequest {
					r := s.deskRequest("two")
					r.Areas = []AreaCount{{Area: "Roof", Count: 1}}
					return r
				}(), fault.UnknownSeat},
				"a swap": {func() DeskRequest { r := s.deskRequest("two", "A-4"); r.Best = &Best{Count: 1, Swap: true}; return r }(), fault.InvalidRequest},
			} {
				if _, err := b.SellAtDesk(s.ctx, c.req); fault.CodeOf(err) != c.code {
					t.Errorf("%s: %v, want %s", name, err, c.code)
				}
				if _, err := b.OfferAtDesk(s.ctx, c.req); fault.CodeOf(err) != c.code && name != "no key" {
					t.Errorf("%s, offered: %v, want %s", name, err, c.code)
				}
			}
			if now := s.count(transactionsName, bson.D{}); now != before {
				t.Errorf("refused sales left %d transactions", now-before)
			}
			s.wantCart(b, fan, "A-3")
		})
		t.Run("gives away, with the list price in the books", func(t *testing.T) {
			req := s.deskRequest("gift", "A-4")
			req.Method, req.Reference, req.Areas = DeskFree, "press", []AreaCount{{Area: "Floor", Count: 2, Type: "child"}}
			offer, err := b.OfferAtDesk(s.ctx, req)
			if err != nil || offer.Total != 0 || offer.ListTotal != 7500 || len(offer.Lines) != 3 {
				t.Errorf("%+v %v", offer, err)
			}
			got, err := b.SellAtDesk(s.ctx, req)
			wantSold(t, got, err, 0)
			if got.Desk.ListTotal != 7500 || len(got.Seats) != 3 || got.Tickets[0].Price != 0 || got.Tickets[0].Currency != "EUR" {
				t.Errorf("%+v %+v", got, got.Desk)
			}
		})
		t.Run("chooses places of an area and the best seats", func(t *testing.T) {
			req := s.deskRequest("floor")
			req.Areas = []AreaCount{{Area: "Floor", Count: 2}, {Area: "Floor", Count: 1, Type: "child"}, {Area: "Floor", Count: 1}}
			got, err := b.SellAtDesk(s.ctx, req)
			wantSold(t, got, err, 3*3000+1500)
			again, err := other.SellAtDesk(s.ctx, req)
			if err != nil || again.ID != got.ID {
				t.Errorf("a repeat is answered %v with %v", again, err)
			}
			best := s.deskRequest("best", "A-6")
			best.Best = &Best{Count: 2, Categories: []Category{"VIP"}, Adjacent: true}
			got, err = b.SellAtDesk(s.ctx, best)
			wantSold(t, got, err, 3*4500, "A-6", "A-7", "A-8") // A-5 stands alone
			more := s.deskRequest("more")
			more.Best = &Best{Count: 4, Adjacent: true}
			_, err = b.SellAtDesk(s.ctx, more)
			wantCode(t, err, fault.SoldOut)
		})
		t.Run("stands in the audit log once", func(t *testing.T) {
			rows, _, err := b.AuditLog(s.ctx, s.season, 50, "")
			if err != nil {
				t.Fatal(err)
			}
			var said []string
			for _, row := range rows {
				if row.Action != "desk_sale" {
					continue
				}
				var after struct{ Transaction, Method, Reference string }
				if err := json.Unmarshal(row.After.(json.RawMessage), &after); err != nil || len(after.Transaction) != 24 {
					t.Error(err, after)
				}
				said = append(said, row.By+" "+after.Method+" "+after.Reference)
			}
			if want := "[desk@example.com cash receipt 7 desk@example.com cash receipt 7 desk@example.com free press desk@example.com cash receipt 7]"; fmt.Sprint(said) != want {
				t.Errorf("the audit log says %v", said)
			}
		})
		if n := s.provider.charged(); n != 0 {
			t.Errorf("the payment provider was asked %d times", n)
		}
		s.wantPending(0)
		s.wantClean(b)
	})
}

// TestTheDeskFindsTransactions by every word that a buyer can say.
func TestTheDeskFindsTransactions(t *testing.T) {
	s := newStage(t, "", 4)
	b := s.node(nil)
	sold, err := b.SellAtDesk(s.ctx, s.deskRequest("k", "A-1", "A-2"))
	wantSold(t, sold, err, 9000)
	fan := s.fan()
	s.hold(b, fan, "A-3")
	bought, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-3"))
	wantStatus(t, bought, err, Completed)
	for text, want := range map[string]string{
		sold.ID: sold.ID, sold.Tickets[1].ID: sold.ID, "A-2": sold.ID, "a-2": sold.ID, "grac": sold.ID, "GRACE@": sold.ID, "Receipt 7": sold.ID,
		fan: bought.ID, "ada": bought.ID, ".*": "", "A-4": "", bson.NewObjectID().Hex(): "",
	} {
		list, _, err := b.SeasonTransactions(s.ctx, s.season, TransactionFilter{Text: text}, 10, "")
		if err != nil {
			t.Fatal(text, err)
		}
		found := ""
		for _, one := range list {
			found += one.ID
		}
		if found != want {
			t.Errorf("%q finds %q, want %q", text, found, want)
		}
	}
	list, _, err := b.SeasonTransactions(s.ctx, s.season, TransactionFilter{Text: "nothing", Users: []string{fan}}, 10, "")
	if err != nil || len(list) != 1 || list[0].ID != bought.ID || list[0].Desk != nil {
		t.Errorf("%+v %v", list, err)
	}

	shown, err := b.TicketsAtDesk(s.ctx, bought.ID, "desk@example.com")
	if err != nil || len(shown.Tickets) != 1 || shown.Tickets[0].QRCode == "" {
		t.Errorf("%+v %v", shown, err)
	}
	rows, _, err := b.AuditLog(s.ctx, s.season, 1, "")
	if err != nil || len(rows) != 1 || rows[0].Action != "tickets_shown" || rows[0].By != "desk@example.com" {
		t.Errorf("the audit log says %+v, %v", rows, err)
	}
	_, err = b.TicketsAtDesk(s.ctx, fan, "desk@example.com")
	wantCode(t, err, fault.NotFound)

	events := s.feedEvents()
	if d := events[0].Data.Transaction; events[0].Type != feed.Completed || d.Desk == nil || d.Desk.Method != "cash" || *d.Desk.Reference != "receipt 7" || *d.Desk.Email != "grace@example.com" || d.Desk.Allotment != nil {
		t.Errorf("the feed says %+v", d)
	}
	if events[1].Data.Transaction.Desk != nil {
		t.Error("the feed says that a fan bought at the desk")
	}
}
