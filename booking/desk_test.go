package booking

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/feed"
	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/store"
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

// Two nodes sell the same seats, and fans hold them: each seat is sold once.
func TestTheDeskAndFansWantTheSameSeats(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 8)
	nodes := []*Booking{s.node(nil), s.node(nil)}
	s.withArea(nodes[0])
	var selling sync.WaitGroup
	var mu sync.Mutex
	sold := map[string]int{}
	note := func(seats []string) {
		mu.Lock()
		defer mu.Unlock()
		for _, seat := range seats {
			sold[seat]++
		}
	}
	for i := range 8 {
		b, seat, fan := nodes[i%2], fmt.Sprintf("A-%d", 1+i/2), s.fan()
		selling.Go(func() {
			got, err := b.SellAtDesk(s.ctx, s.deskRequest(fmt.Sprint("named", i), seat))
			if err == nil {
				note(got.Seats)
			} else if fault.CodeOf(err) != fault.SeatTaken {
				t.Error(err)
			}
		})
		selling.Go(func() {
			req := s.deskRequest(fmt.Sprint("area", i))
			req.Areas = []AreaCount{{Area: "Floor", Count: 2}}
			got, err := b.SellAtDesk(s.ctx, req)
			if err == nil {
				note(got.Seats)
			} else if fault.CodeOf(err) != fault.SoldOut {
				t.Error(err)
			}
		})
		selling.Go(func() {
			if _, err := b.Hold(s.ctx, s.season, fan, []string{seat}); err != nil {
				return
			}
			got, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, seat))
			if err != nil {
				t.Errorf("a fan held %s and could not buy it: %v", seat, err)
			}
			note(got.Seats)
		})
	}
	selling.Wait()
	units := 0
	for seat, times := range sold {
		if times > 1 {
			t.Errorf("seat %s was sold %d times", seat, times)
		}
		if strings.HasPrefix(seat, "Floor-") {
			units++
		}
	}
	if units != 10 || len(sold) != 14 {
		t.Errorf("%d places and %d seats were sold, want 10 and 4: %v", units, len(sold)-units, sold)
	}
	s.wantPending(0)
	s.wantClean(nodes[1])
}

// TestTheDeskSellsFromAnAllotment after the sale has sold out: named seats, places and the
// best seats, and none that is not in the allotment.
func TestTheDeskSellsFromAnAllotment(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 8)
	b := s.node(nil)
	s.withArea(b)
	in := []AllotSeat{}
	for _, number := range []string{"A-1", "A-2", "A-4", "A-5", "Floor-0001", "Floor-0002", "Floor-0007"} {
		in = append(in, AllotSeat{number, "promoter"})
	}
	if _, err := b.Allot(s.ctx, s.season, append(in, AllotSeat{"A-8", "press"}), "admin@example.com"); err != nil {
		t.Fatal(err)
	}
	_, err := b.SellAtDesk(s.ctx, s.deskRequest("sale", "A-1"))
	wantCode(t, err, fault.SeatTaken, "A-1")
	from := func(key string, seats ...string) DeskRequest {
		req := s.deskRequest(key, seats...)
		req.Allotment = "promoter"
		return req
	}
	_, err = b.SellAtDesk(s.ctx, from("k", "A-1", "A-3"))
	wantCode(t, err, fault.SeatTaken, "A-3")
	_, err = b.SellAtDesk(s.ctx, from("k", "A-8"))
	wantCode(t, err, fault.SeatTaken, "A-8")
	best := from("best")
	best.Best = &Best{Count: 2, Adjacent: true}
	got, err := b.SellAtDesk(s.ctx, best)
	wantSold(t, got, err, 9000)
	if got.Desk.Allotment != "promoter" || !strings.Contains("A-1 A-2, A-4 A-5", strings.Join(got.Seats, " ")) {
		t.Errorf("the best seats are %v", got.Seats)
	}
	again, err := b.SellAtDesk(s.ctx, best)
	if err != nil || again.ID != got.ID {
		t.Errorf("a repeat is answered %v with %v", again, err)
	}
	floor := from("floor")
	floor.Areas = []AreaCount{{Area: "Floor", Count: 2}, {Area: "Floor", Count: 1, Type: "child"}}
	got, err = b.SellAtDesk(s.ctx, floor)
	wantSold(t, got, err, 7500, "Floor-0001", "Floor-0002", "Floor-0007")
	floor.Key = "more"
	_, err = b.SellAtDesk(s.ctx, floor)
	wantCode(t, err, fault.SoldOut)
	list, err := b.Allotments(s.ctx, s.season)
	if err != nil || len(list) != 2 || len(list[1].Seats) != 2 {
		t.Fatalf("left are %+v, %v", list, err)
	}
	got, err = b.SellAtDesk(s.ctx, from("rest", list[1].Seats...))
	wantSold(t, got, err, 9000, list[1].Seats...)
	s.wantPending(0)
	s.wantClean(b)
}

// TestTheDeskCrashes kills the selling node before each of its steps, and the recovering
// node before each of its own. The repeat of the sale sells the seats once.
func TestTheDeskCrashes(t *testing.T) {
	t.Parallel()
	for name, allotment := range map[string]string{"on sale": "", "in an allotment": "promoter"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			theDeskCrashes(t, allotment)
		})
	}
}

func theDeskCrashes(t *testing.T, allotment string) {
	const seats = 2 * 40
	s := newStage(t, "", seats)
	var seller, helper crash
	mortal := s.node(func(o *Options) { o.At = seller.at })
	second := s.node(func(o *Options) { o.At = helper.at })
	third := s.node(nil)
	if allotment != "" {
		var in []AllotSeat
		for i := range seats {
			in = append(in, AllotSeat{fmt.Sprintf("A-%d", i+1), allotment})
		}
		if _, err := third.Allot(s.ctx, s.season, in, "admin@example.com"); err != nil {
			t.Fatal(err)
		}
	}
	next := 0
	live := func(t *testing.T, step Step, nth int, later Step, laterNth int) (sold, recovered map[Step]int) {
		if next += 2; next > seats {
			t.Fatal("the plan has too few seats for so many crashes")
		}
		req := s.deskRequest(fmt.Sprint("sale", next), fmt.Sprintf("A-%d", next-1), fmt.Sprintf("A-%d", next))
		req.Allotment = allotment
		seller.kill(step, nth)
		helper.kill(later, laterNth)
		_, _ = mortal.SellAtDesk(s.ctx, req)
		mortal.purchases.wg.Wait()
		sold, died := seller.life()
		if died != (step != "") {
			t.Errorf("the selling node crashed: %v", died)
		}
		if step == StepClaim || step == StepTake {
			s.wantClean(third) // a seat that is reserved and not claimed yet is no fault
		}
		s.recover(second)
		if recovered, died = helper.life(); died != (later != "") {
			t.Errorf("the recovering node crashed: %v", died)
		}
		s.recover(third)
		s.wantPending(0)
		got, err := third.SellAtDesk(s.ctx, req)
		wantSold(t, got, err, 9000, req.Seats...)
		s.wantSeat(req.Seats[0], Booked)
		return sold, recovered
	}
	path, _ := live(t, "", 0, "", 0)
	if path[StepPin] == 0 || path[StepCharge] > 0 || path[StepRecord] == 0 {
		t.Errorf("a sale takes the steps %v", path)
	}
	var recovery map[Step]int
	for _, step := range Steps() {
		for nth := 1; nth <= path[step]; nth++ {
			t.Run(fmt.Sprintf("before %s %d", step, nth), func(t *testing.T) {
				if _, took := live(t, step, nth, "", 0); step == StepTake {
					recovery = took
				}
			})
		}
	}
	for _, step := range Steps() {
		for nth := 1; nth <= recovery[step]; nth++ {
			t.Run(fmt.Sprintf("recovery before %s %d", step, nth), func(t *testing.T) { live(t, StepTake, 1, step, nth) })
		}
	}
	s.wantClean(third)
}

// Redis has lost the mark of a seat that a fan bought: the claim refuses the desk, and the
// mark is restored.
func TestTheDeskIsRefusedByAClaim(t *testing.T) {
	s := newStage(t, "", 2)
	b := s.node(nil)
	fan := s.fan()
	s.hold(b, fan, "A-1")
	got, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"))
	wantStatus(t, got, err, Completed)
	s.redis(func(p redis.Pipeliner) {
		p.HDel(s.ctx, s.key("takenby"), "0")
		p.SetBit(s.ctx, s.key("taken"), 0, 0)
		p.SetBit(s.ctx, s.key("booked"), 0, 0)
		p.HDel(s.ctx, s.key("bought"), fan)
	})
	_, err = b.SellAtDesk(s.ctx, s.deskRequest("k", "A-1", "A-2"))
	wantCode(t, err, fault.SeatTaken, "A-1")
	s.wantPending(0)
	s.wantClean(b) // the seat has its mark again, and A-2 none
	sold, err := b.SellAtDesk(s.ctx, s.deskRequest("k2", "A-2"))
	wantSold(t, sold, err, 4500, "A-2")
}

// TestTheAuditKnowsTheDesk plants faults in the documents of sales at the desk.
func TestTheAuditKnowsTheDesk(t *testing.T) {
	s := newStage(t, "", 4)
	b := s.node(nil)
	sold, err := b.SellAtDesk(s.ctx, s.deskRequest("k", "A-1"))
	wantSold(t, sold, err, 4500, "A-1")
	gift := s.deskRequest("gift", "A-2")
	gift.Method = DeskFree
	given, err := b.SellAtDesk(s.ctx, gift)
	wantSold(t, given, err, 0, "A-2")
	s.wantClean(b)
	log := s.stores.Mongo.Collection(auditName)
	orders := s.stores.Mongo.Collection(transactionsName)
	id, gone := sold.ID, bson.NewObjectID()
	oid, _ := bson.ObjectIDFromHex(id)
	givenID, _ := bson.ObjectIDFromHex(given.ID)
	set := func(field string, value any) bson.D {
		return bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: value}}}}
	}
	var row bson.D
	if err := log.FindOne(s.ctx, bson.D{{Key: "_id", Value: "desk_sale/" + id}}).Decode(&row); err != nil {
		t.Fatal(err)
	}
	for name, fault := range map[string]struct {
		plant, mend func() error
		says        string
	}{
		"no row": {
			func() error {
				_, err := log.DeleteOne(s.ctx, bson.D{{Key: "_id", Value: "desk_sale/" + id}})
				return err
			},
			func() error { _, err := log.InsertOne(s.ctx, row); return err },
			"the audit log does not say so",
		},
		"a row of no sale": {
			func() error {
				_, err := log.InsertOne(s.ctx, auditRow{ID: deskSaleRow(gone), Action: "desk_sale", Season: s.season})
				return err
			},
			func() error {
				_, err := log.DeleteOne(s.ctx, bson.D{{Key: "_id", Value: deskSaleRow(gone)}})
				return err
			},
			"whose transaction does not exist",
		},
		"another seller": {
			func() error {
				_, err := orders.UpdateOne(s.ctx, store.ByID(oid), set("desk.by", "mallory@example.com"))
				return err
			},
			func() error {
				_, err := orders.UpdateOne(s.ctx, store.ByID(oid), set("desk.by", "desk@example.com"))
				return err
			},
			"the audit log says otherwise",
		},
		"an unknown method": {
			func() error {
				_, err := orders.UpdateOne(s.ctx, store.ByID(oid), set("desk.method", "barter"))
				return err
			},
			func() error {
				_, err := orders.UpdateOne(s.ctx, store.ByID(oid), set("desk.method", "cash"))
				return err
			},
			"which does not exist",
		},
		"a sold seat given away": {
			func() error {
				_, err := orders.UpdateOne(s.ctx, store.ByID(oid), set("desk.method", "free"))
				return err
			},
			func() error {
				_, err := orders.UpdateOne(s.ctx, store.ByID(oid), set("desk.method", "cash"))
				return err
			},
			"charges 4500 for seat A-1",
		},
		"a wrong list price": {
			func() error {
				_, err := orders.UpdateOne(s.ctx, store.ByID(givenID), set("lines.0.listPrice", int64(1)))
				return err
			},
			func() error {
				_, err := orders.UpdateOne(s.ctx, store.ByID(givenID), set("lines.0.listPrice", int64(4500)))
				return err
			},
			"with the list price 1",
		},
		"money at the provider": {
			func() error {
				_, err := s.provider.Charge(s.ctx, payment.Charge{ID: id, Amount: 4500, Currency: "EUR", Details: payment.Details{Method: s.method, Token: payment.TokenOK}})
				return err
			},
			func() error { return s.provider.Refund(s.ctx, id, id+"/x", 4500) },
			"the provider holds 4500",
		},
	} {
		if err := fault.plant(); err != nil {
			t.Fatal(name, err)
		}
		report, err := b.Audit(s.ctx, s.season, AuditOptions{})
		if err != nil || !strings.Contains(fmt.Sprint(report.Findings), fault.says) {
			t.Errorf("%s: the audit finds %v, %v", name, report.Findings, err)
		}
		if err := fault.mend(); err != nil {
			t.Fatal(name, err)
		}
	}
	s.wantClean(b)
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
