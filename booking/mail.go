package booking

import (
	"context"
	"encoding/json"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/feed"
	"usher/internal/fault"
)

// Contact is where, and in which language, a buyer is told about a purchase.
type Contact struct {
	Email    string `bson:"email"`
	Language string `bson:"language,omitempty"` // BCP 47; "": not known
}

// Mailer sends mails to buyers.
type Mailer struct {
	// Send delivers a mail and reports what became of it. A repetition has the same ID.
	Send func(ctx context.Context, m Mail) feed.Answer
	Pace feed.Pace // zero: mailPace
}

// mailPace returns the durations of sending mails. Greylisting servers accept a mail after
// a few minutes; a server that is down may be repaired after a weekend.
func mailPace() feed.Pace {
	return feed.Pace{
		Send: time.Minute, Lease: 3 * time.Minute,
		First: 30 * time.Second, Longest: 30 * time.Minute, GiveUp: 72 * time.Hour, Stale: 7 * 24 * time.Hour,
	}
}

// MailEndpoint is the name of mail among the endpoints of the feed.
const MailEndpoint = "mail"

// MailKind is the subject of a mail.
type MailKind int

const (
	// MailBought confirms a purchase. Tickets are those that are not void.
	MailBought MailKind = iota + 1
	// MailRefunded reports a refund. Tickets are those that it made void.
	MailRefunded
	// MailCancelled reports the refund of a show that is cancelled, in the same way.
	MailCancelled
	// MailMoved reports that a ticket was moved from the seat From. Tickets is the new one.
	MailMoved
)

// Mail is what a mail tells a buyer. The state is that of the moment at which it is sent.
type Mail struct {
	ID       string // of the event that it reports; never changes
	Kind     MailKind
	At       time.Time // of the event
	To       Contact
	Holder   string
	Season   Season
	Order    Transaction // with its tickets
	Tickets  []Ticket    // the ones that the mail is about
	From     string      // a seat number
	Refunded int64       // by a refund, in minor units of the order's currency
	Desk     bool        // sold at the desk: the buyer has no account with the order
	Version  int         // grows with each event of the order
}

// mailEndpoint returns the endpoints of the feed for mail: one, or none without a mailer.
func (b *Booking) mailEndpoint() []feed.Endpoint {
	m := b.o.Mail
	if m == nil {
		return nil
	}
	pace := m.Pace
	if pace == (feed.Pace{}) {
		pace = mailPace()
	}
	return []feed.Endpoint{{
		Name: MailEndpoint, Pace: pace,
		Wants: func(ctx context.Context, e *feed.Event) (bool, error) {
			mail, err := b.mailOf(ctx, e)
			return mail != nil, err
		},
		Send: func(ctx context.Context, e *feed.Event) feed.Answer {
			mail, err := b.mailOf(ctx, e)
			if err != nil || mail == nil {
				return feed.Answer{Err: err, Alone: true}
			}
			return m.Send(ctx, *mail)
		},
	}}
}

// contact returns the contact that an order keeps: none while mails are off.
func (b *Booking) contact(given Contact) *Contact {
	if b.o.Mail == nil || given.Email == "" {
		return nil
	}
	return &given
}

// mailTo returns where the buyer gets mail; no address: none.
func (o *order) mailTo() Contact {
	if o.Contact != nil {
		return *o.Contact
	}
	return Contact{Email: o.Email} // of a sale at the desk
}

// mailOf returns the mail for an event; nil when there is none to send: the buyer has no
// address, nothing was sold, or every ticket of it was void before its mail was sent.
func (b *Booking) mailOf(ctx context.Context, e *feed.Event) (*Mail, error) {
	var body feed.Body
	if err := json.Unmarshal([]byte(e.Body), &body); err != nil {
		return nil, err
	}
	switch body.Type {
	case feed.Completed, feed.Refunded, feed.Moved:
	default:
		return nil, nil
	}
	id, err := bson.ObjectIDFromHex(body.Data.Transaction.ID)
	if err != nil {
		return nil, err
	}
	o, err := b.findOrder(ctx, id)
	if err != nil || o == nil {
		return nil, err
	}
	to := o.mailTo()
	if to.Email == "" {
		return nil, nil
	}
	m := &Mail{ID: body.ID, Kind: MailBought, At: e.At.UTC(), To: to, Holder: o.Holder, Desk: o.Desk != nil, Version: body.Data.Transaction.Version}
	if m.Order, err = b.withTickets(ctx, o); err != nil {
		return nil, err
	}
	about := func(t Ticket) bool { return t.Status != ticketVoid }
	switch body.Type {
	case feed.Completed:
	case feed.Moved:
		move := body.Data.Move
		m.Kind, m.From, m.Refunded = MailMoved, move.From, move.Amount
		about = func(t Ticket) bool { return t.Status != ticketVoid && t.ID == move.TicketID }
	case feed.Refunded:
		r, err := b.refundOf(ctx, body.ID)
		if err != nil || r == nil {
			return nil, err
		}
		m.Kind, m.Refunded = MailRefunded, r.Amount
		if r.From.Cause == seasonCancelled {
			m.Kind = MailCancelled
		}
		voided := map[string]bool{}
		for i := range r.Seats {
			voided[r.ticket(i).Hex()] = true
		}
		about = func(t Ticket) bool { return voided[t.ID] }
	}
	for _, t := range m.Order.Tickets {
		if about(t) {
			m.Tickets = append(m.Tickets, t)
		}
	}
	if len(m.Tickets) == 0 {
		return nil, nil
	}
	if m.Season, err = b.Season(ctx, o.Season); fault.Is(err, fault.NotFound) {
		m.Season, err = Season{Settings: Settings{ID: o.Season, Name: o.Season}}, nil
	}
	return m, err
}

// refundOf returns a refund by the id of its event; nil when it does not exist.
func (b *Booking) refundOf(ctx context.Context, event string) (*refund, error) {
	id, err := bson.ObjectIDFromHex(event)
	if err != nil {
		return nil, err
	}
	return b.findRefund(ctx, id)
}
