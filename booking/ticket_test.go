package booking

import (
	"context"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/keys"
	"usher/internal/store"
	"usher/internal/ticket"
)

func TestATicketsCode(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 3)
	b := s.node(nil)
	fan, other := s.fan(), s.fan()
	s.hold(b, fan, "A-2")
	bought, err := b.Buy(s.ctx, s.request(fan, "k", payment.TokenOK, "A-2"))
	wantStatus(t, bought, err, Completed)
	issued := bought.Tickets[0]
	if issued.Holder != "Ada" || issued.Category != "VIP" || issued.Status != "valid" || !issued.IssuedAt.Equal(bought.CompletedAt) {
		t.Errorf("%+v", issued)
	}

	t.Run("verifies offline with the ring", func(t *testing.T) {
		claims, err := ticket.Verify(s.ring, issued.QRCode)
		if err != nil {
			t.Fatal(err)
		}
		want := ticket.Claims{
			Issuer: "usher", Audience: "gate", ID: issued.ID, Season: s.season, Seat: "A-2", IssuedAt: bought.CompletedAt.Unix(),
		}
		if claims != want {
			t.Errorf("claims %+v, want %+v", claims, want)
		}
	})
	t.Run("is compact and only a ticket", func(t *testing.T) {
		if !ticket.HasForm(issued.QRCode) {
			t.Errorf("the code is %q, want a compact one", issued.QRCode)
		}
		for _, typ := range []string{ticket.Type, "JWT", "usher-place"} {
			if s.ring.Verify(typ, issued.QRCode, &ticket.Claims{}) == nil {
				t.Errorf("it verifies as %s", typ)
			}
		}
		session, err := s.ring.Sign("JWT", jwt.RegisteredClaims{Issuer: "usher"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ticket.Verify(s.ring, session); err == nil {
			t.Error("a session verifies as a ticket")
		}
		foreign, err := keys.Generate()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ticket.Verify(foreign, issued.QRCode); err == nil {
			t.Error("it verifies by another's key")
		}
	})
	t.Run("stays the same when issued again, even under a new key", func(t *testing.T) {
		fresh, err := keys.Generate()
		if err != nil {
			t.Fatal(err)
		}
		rotated := s.node(func(o *Options) { o.Keys = fresh })
		id, err := bson.ObjectIDFromHex(bought.ID)
		if err != nil {
			t.Fatal(err)
		}
		sold, err := rotated.findOrder(s.ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		d, err := rotated.findDecision(s.ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		again, err := rotated.issueTickets(s.ctx, sold, d)
		if err != nil || len(again) != 1 || again[0] != issued {
			t.Errorf("%v %+v", err, again)
		}
	})
	t.Run("belongs to its buyer", func(t *testing.T) {
		got, err := b.Ticket(s.ctx, fan, issued.ID)
		if err != nil || got != issued {
			t.Errorf("%v %+v", err, got)
		}
		for _, id := range []string{issued.ID, "", "zz", bson.NewObjectID().Hex()} {
			_, err := b.Ticket(s.ctx, other, id)
			wantCode(t, err, fault.NotFound)
		}
		_, err = b.Transaction(s.ctx, other, bought.ID)
		wantCode(t, err, fault.NotFound)
		list, _, err := b.Tickets(s.ctx, fan, 0, "")
		if err != nil || len(list) != 1 || list[0] != issued {
			t.Errorf("%v %+v", err, list)
		}
		list, _, err = b.Tickets(s.ctx, other, 0, "")
		if err != nil || len(list) != 0 {
			t.Errorf("%v %+v", err, list)
		}
	})
}

func TestTransactionsComeInPagesNewestFirst(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 8)
	b := s.node(nil)
	fan := s.fan()
	var bought []string
	for i := range 5 {
		seat := fmt.Sprintf("A-%d", i+1)
		s.hold(b, fan, seat)
		got, err := b.Buy(s.ctx, s.request(fan, seat, payment.TokenOK, seat))
		wantStatus(t, got, err, Completed)
		bought = append([]string{got.ID}, bought...)
	}
	user, err := bson.ObjectIDFromHex(fan)
	if err != nil {
		t.Fatal(err)
	}
	// A refused attempt without effect is not listed.
	hidden := order{ID: bson.NewObjectID(), User: user, Status: Cancelled, Reason: string(fault.SeatTaken), CreatedAt: store.NowMilli(), Season: s.season}
	if _, err := s.stores.Mongo.Collection(transactionsName).InsertOne(s.ctx, hidden); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 2, 5, 6} {
		var seen []string
		cursor := ""
		for {
			page, next, err := b.Transactions(s.ctx, fan, size, cursor)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) > size || len(page) == 0 && next != "" {
				t.Fatalf("a page of %d with %d, then %q", size, len(page), next)
			}
			for _, got := range page {
				seen = append(seen, got.ID)
				if len(got.Tickets) != 1 {
					t.Errorf("%s has %d tickets", got.ID, len(got.Tickets))
				}
			}
			if cursor = next; cursor == "" {
				break
			}
		}
		// Two orders of the same millisecond have no fixed order.
		if len(seen) != len(bought) || !sameSet(seen, bought) {
			t.Errorf("pages of %d: %v, want %v", size, seen, bought)
		}
	}
	for _, cursor := range []string{"x", "!!", "MTIz", base64.RawURLEncoding.EncodeToString([]byte("12 zz"))} {
		_, _, err := b.Transactions(context.Background(), fan, 2, cursor)
		wantCode(t, err, fault.InvalidRequest)
	}
}

func sameSet(a, b []string) bool {
	set := map[string]int{}
	for _, x := range a {
		set[x]++
	}
	for _, x := range b {
		set[x]--
	}
	for _, n := range set {
		if n != 0 {
			return false
		}
	}
	return true
}

// Every ticket is on exactly one page, newest first, while more are bought.
func TestTicketsComeInPages(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 8)
	b := s.node(nil)
	fan := s.fan()
	want := map[string]bool{}
	for i, seats := range [][]string{{"A-1", "A-2", "A-3"}, {"A-4"}, {"A-5"}} {
		s.hold(b, fan, seats...)
		bought, err := b.Buy(s.ctx, s.request(fan, fmt.Sprint("k", i), payment.TokenOK, seats...))
		wantStatus(t, bought, err, Completed)
		for _, ticket := range bought.Tickets {
			want[ticket.ID] = true
		}
	}
	seen, cursor, last := map[string]bool{}, "", time.Now().Add(time.Hour)
	for pages := 1; ; pages++ {
		list, next, err := b.Tickets(s.ctx, fan, 2, cursor)
		if err != nil || len(list) == 0 || len(list) > 2 {
			t.Fatalf("page %d: %v, %v", pages, list, err)
		}
		for _, ticket := range list {
			if seen[ticket.ID] || !want[ticket.ID] || ticket.IssuedAt.After(last) {
				t.Errorf("page %d: %+v", pages, ticket)
			}
			seen[ticket.ID], last = true, ticket.IssuedAt
		}
		if cursor = next; cursor == "" {
			break
		}
		if pages == 1 { // bought between two pages, newer than the cursor
			s.hold(b, fan, "A-6")
			bought, err := b.Buy(s.ctx, s.request(fan, "later", payment.TokenOK, "A-6"))
			wantStatus(t, bought, err, Completed)
		}
	}
	if len(seen) != len(want) {
		t.Errorf("%d of %d tickets were shown", len(seen), len(want))
	}
	for _, cursor := range []string{"x", cursorAt(time.Now(), "no-id")} {
		_, _, err := b.Tickets(s.ctx, fan, 2, cursor)
		wantCode(t, err, fault.InvalidRequest)
	}
}
