package booking

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/feed"
	"usher/internal/store"
	"usher/internal/testkit"
)

// mailbox is a mailer that keeps the mails.
type mailbox struct {
	mu    sync.Mutex
	mails []Mail
}

func (m *mailbox) mailer() *Mailer {
	return &Mailer{
		Send: func(_ context.Context, mail Mail) feed.Answer {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.mails = append(m.mails, mail)
			return feed.Answer{}
		},
		Pace: feed.Pace{Send: time.Minute, Lease: time.Minute, First: time.Millisecond, Longest: time.Second, GiveUp: time.Hour, Stale: time.Hour},
	}
}

func (m *mailbox) all() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.mails)
}

// eventOf returns the event of an order or a refund, as it lies in the outbox.
func (s *stage) eventOf(id string) *feed.Event {
	s.t.Helper()
	e, err := store.Find[feed.Event](s.ctx, s.stores.Mongo.Collection("feed"), id)
	if err != nil || e == nil {
		s.t.Fatalf("event %s: %v, %v", id, e, err)
	}
	return e
}

// TestMailsFollowTheEvents: which events make a mail, and what it tells.
func TestMailsFollowTheEvents(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", 9)
	box := &mailbox{}
	b := s.node(func(o *Options) { o.Mail = box.mailer() })
	silent := s.node(nil)
	buy := func(b *Booking, key, email string, seats ...string) (string, Transaction) {
		t.Helper()
		user := s.fan()
		s.hold(b, user, seats...)
		req := s.request(user, key, "tok_ok", seats...)
		req.Contact = Contact{Email: email, Language: "fr"}
		bought, err := b.Buy(s.ctx, req)
		wantStatus(t, bought, err, Completed)
		return user, bought
	}
	mailOf := func(event string) *Mail {
		t.Helper()
		m, err := b.mailOf(s.ctx, s.eventOf(event))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	user, bought := buy(b, "a", "ann@fans.example", "A-1", "A-2")
	m := mailOf(bought.ID)
	if m == nil || m.Kind != MailBought || m.To != (Contact{"ann@fans.example", "fr"}) || m.ID != bought.ID || len(m.Tickets) != 2 || m.Tickets[0].QRCode == "" ||
		m.Order.Total != 9000 || m.Season.Name != "A night" || m.Version != 1 || m.At.IsZero() || m.Desk {
		t.Fatalf("the confirmation is %+v", m)
	}
	if _, err := b.Refund(s.ctx, user, bought.ID, []string{"A-2"}); err != nil {
		t.Fatal(err)
	}
	order, _ := bson.ObjectIDFromHex(bought.ID)
	first := refundID(order, 1).Hex()
	testkit.Eventually(t, time.Minute, "the refund is recorded", func() bool {
		e, err := store.Find[feed.Event](s.ctx, s.stores.Mongo.Collection("feed"), first)
		return err == nil && e != nil
	})
	if m := mailOf(first); m == nil || m.Kind != MailRefunded || m.Refunded != 4500 || len(m.Tickets) != 1 || m.Tickets[0].SeatNumber != "A-2" || m.Version != 2 {
		t.Errorf("the refund is %+v", m)
	}
	if m := mailOf(bought.ID); m == nil || len(m.Tickets) != 1 || m.Tickets[0].SeatNumber != "A-1" {
		t.Errorf("the confirmation that comes late is %+v", m)
	}
	// The same refund, of a show that is cancelled.
	if _, err := s.stores.Mongo.Collection(refundsName).UpdateByID(s.ctx, refundID(order, 1), bson.D{{Key: "$set", Value: bson.D{{Key: "cause", Value: seasonCancelled}}}}); err != nil {
		t.Fatal(err)
	}
	if m := mailOf(first); m == nil || m.Kind != MailCancelled {
		t.Errorf("the mail of a cancelled show is %+v", m)
	}
	if _, err := b.Refund(s.ctx, user, bought.ID, nil); err != nil {
		t.Fatal(err)
	}
	if m := mailOf(bought.ID); m != nil {
		t.Errorf("everything is refunded, and the confirmation still comes: %+v", m)
	}
	for name, one := range map[string]struct {
		node  *Booking
		email string
		seat  string
	}{"a guest": {b, "", "A-3"}, "mails are off": {silent, "bob@fans.example", "A-4"}} {
		_, bought := buy(one.node, "b", one.email, one.seat)
		if m := mailOf(bought.ID); m != nil {
			t.Errorf("%s: a mail to %v", name, m.To)
		}
		id, _ := bson.ObjectIDFromHex(bought.ID)
		if o, err := b.findOrder(s.ctx, id); err != nil || o.Contact != nil {
			t.Errorf("%s: the order keeps %v, %v", name, o.Contact, err)
		}
	}
	for _, kind := range []string{feed.Cancelled, feed.AllotmentChanged, "else"} {
		if m, err := b.mailOf(s.ctx, &feed.Event{ID: "x", Body: `{"type":"` + kind + `","data":{}}`}); m != nil || err != nil {
			t.Errorf("an event %s makes the mail %+v, %v", kind, m, err)
		}
	}
	ctx, stop := context.WithCancel(s.ctx)
	running := make(chan struct{})
	go func() { defer close(running); b.feed.Run(ctx) }()
	t.Cleanup(func() { stop(); <-running })
	testkit.Eventually(t, time.Minute, "the mails are sent", func() bool { return len(box.all()) >= 2 })
	kinds := map[MailKind]int{}
	for _, m := range box.all() {
		kinds[m.Kind]++
	}
	if kinds[MailBought] != 0 || kinds[MailCancelled] != 1 || kinds[MailRefunded] != 1 {
		t.Errorf("mails by kind: %v", kinds)
	}
}
