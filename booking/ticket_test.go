package booking

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/fault"
	"usher/internal/keys"
	"usher/internal/store"
)

func TestATicketsCode(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 3)
	b := s.node(nil)
	fan, other := s.fan(), s.fan()
	s.hold(b, fan, "A-2")
	bought, err := b.Buy(s.ctx, s.order(fan, "k", payment.TokenOK, "A-2"))
	wantStatus(t, bought, err, Completed)
	ticket := bought.Tickets[0]
	if ticket.Holder != "Ada" || ticket.Category != VIP || ticket.Status != "valid" || !ticket.IssuedAt.Equal(bought.CompletedAt) {
		t.Errorf("%+v", ticket)
	}

	t.Run("verifies offline with the ring", func(t *testing.T) {
		var claims TicketClaims
		err := s.ring.Verify(TicketType, ticket.QRCode, &claims, jwt.WithIssuer("usher"), jwt.WithAudience("gate"), jwt.WithIssuedAt())
		if err != nil {
			t.Fatal(err)
		}
		want := TicketClaims{
			Issuer: "usher", Audience: "gate", ID: ticket.ID, Season: s.season, Seat: "A-2", IssuedAt: bought.CompletedAt.Unix(),
		}
		if claims != want {
			t.Errorf("claims %+v, want %+v", claims, want)
		}
	})
	t.Run("has the claims that docs/gate.md lists, as plain strings", func(t *testing.T) {
		text, err := base64.RawURLEncoding.DecodeString(strings.Split(ticket.QRCode, ".")[1])
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if got["aud"] != "gate" || got["iss"] != "usher" || got["jti"] != ticket.ID || got["seat"] != "A-2" || got["season"] != s.season || len(got) != 6 {
			t.Errorf("claims %v", got)
		}
	})
	t.Run("is nothing but a ticket", func(t *testing.T) {
		for _, typ := range []string{"JWT", "usher-place"} {
			if s.ring.Verify(typ, ticket.QRCode, &TicketClaims{}) == nil {
				t.Errorf("it verifies as %s", typ)
			}
		}
		session, err := s.ring.Sign("JWT", jwt.RegisteredClaims{Issuer: "usher"})
		if err != nil {
			t.Fatal(err)
		}
		if s.ring.Verify(TicketType, session, &TicketClaims{}) == nil {
			t.Error("a session verifies as a ticket")
		}
		foreign, err := keys.Generate()
		if err != nil {
			t.Fatal(err)
		}
		if foreign.Verify(TicketType, ticket.QRCode, &TicketClaims{}) == nil {
			t.Error("it verifies by another's key")
		}
	})
	t.Run("is the same whoever issues it again, under a new key too", func(t *testing.T) {
		fresh, err := keys.Generate()
		if err != nil {
			t.Fatal(err)
		}
		rotated := s.node(func(o *Options) { o.Keys = fresh })
		id, err := bson.ObjectIDFromHex(bought.ID)
		if err != nil {
			t.Fatal(err)
		}
		sold, err := rotated.findSale(s.ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		d, err := rotated.findDecision(s.ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		again, err := rotated.issueTickets(s.ctx, sold, d)
		if err != nil || len(again) != 1 || again[0] != ticket {
			t.Errorf("%v %+v", err, again)
		}
	})
	t.Run("belongs to its buyer", func(t *testing.T) {
		got, err := b.Ticket(s.ctx, fan, ticket.ID)
		if err != nil || got != ticket {
			t.Errorf("%v %+v", err, got)
		}
		for _, id := range []string{ticket.ID, "", "zz", bson.NewObjectID().Hex()} {
			_, err := b.Ticket(s.ctx, other, id)
			wantCode(t, err, fault.NotFound)
		}
		_, err = b.Transaction(s.ctx, other, bought.ID)
		wantCode(t, err, fault.NotFound)
		list, _, err := b.Tickets(s.ctx, fan, 0, "")
		if err != nil || len(list) != 1 || list[0] != ticket {
			t.Errorf("%v %+v", err, list)
		}
		list, _, err = b.Tickets(s.ctx, other, 0, "")
		if err != nil || len(list) != 0 {
			t.Errorf("%v %+v", err, list)
		}
	})
	t.Run("is drawn the same as PNG and as SVG", func(t *testing.T) { wantSameDrawing(t, ticket.QRCode) })
}

// wantSameDrawing reads the modules back out of the SVG's path and compares them
// with the PNG's pixels.
func wantSameDrawing(t *testing.T, code string) {
	t.Helper()
	qr, err := DrawQR(code)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := qr.PNG()
	if err != nil {
		t.Fatal(err)
	}
	image, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	text := qr.SVG()
	var svg struct {
		ViewBox string `xml:"viewBox,attr"`
		Paths   []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal(text, &svg); err != nil {
		t.Fatal(err)
	}
	size := image.Bounds().Dx() / qrPixels
	if svg.ViewBox != fmt.Sprintf("0 0 %d %d", size, size) || len(svg.Paths) != 2 {
		t.Fatalf("viewBox %q for %d modules, %d paths", svg.ViewBox, size, len(svg.Paths))
	}
	dark := map[[2]int]bool{}
	for _, run := range strings.Split(strings.TrimSuffix(svg.Paths[1].D, "z"), "z") {
		var x, y, width, back int
		if _, err := fmt.Sscanf(run, "M%d %dh%dv1h-%d", &x, &y, &width, &back); err != nil || width != back {
			t.Fatalf("path %q: %v", run, err)
		}
		for i := range width {
			dark[[2]int{x + i, y}] = true
		}
	}
	for y := range size {
		for x := range size {
			red, _, _, _ := image.At(x*qrPixels+qrPixels/2, y*qrPixels+qrPixels/2).RGBA()
			if quiet := x < 4 || y < 4 || x >= size-4 || y >= size-4; quiet && dark[[2]int{x, y}] {
				t.Fatalf("the quiet zone is dark at %d,%d", x, y)
			}
			if (red == 0) != dark[[2]int{x, y}] {
				t.Fatalf("module %d,%d differs", x, y)
			}
		}
	}
	if len(dark) < size {
		t.Error("hardly anything is drawn")
	}
}

func TestWhatDoesNotFitIntoAQRCode(t *testing.T) {
	_, err := DrawQR(strings.Repeat("x", 5000))
	wantCode(t, err, fault.InvalidRequest)
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
		got, err := b.Buy(s.ctx, s.order(fan, seat, payment.TokenOK, seat))
		wantStatus(t, got, err, Completed)
		bought = append([]string{got.ID}, bought...)
	}
	user, err := bson.ObjectIDFromHex(fan)
	if err != nil {
		t.Fatal(err)
	}
	// A refusal that nobody was told about is not shown.
	hidden := sale{ID: bson.NewObjectID(), User: user, Status: Cancelled, Reason: string(fault.SeatTaken), CreatedAt: store.NowMilli(), Season: s.season}
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
		// Two of the same millisecond may stand either way round.
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

// Every ticket stands on one page, newest first, while more are bought.
func TestTicketsComeInPages(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 8)
	b := s.node(nil)
	fan := s.fan()
	want := map[string]bool{}
	for i, seats := range [][]string{{"A-1", "A-2", "A-3"}, {"A-4"}, {"A-5"}} {
		s.hold(b, fan, seats...)
		bought, err := b.Buy(s.ctx, s.order(fan, fmt.Sprint("k", i), payment.TokenOK, seats...))
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
		if pages == 1 { // bought meanwhile, newer than the cursor
			s.hold(b, fan, "A-6")
			bought, err := b.Buy(s.ctx, s.order(fan, "later", payment.TokenOK, "A-6"))
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
