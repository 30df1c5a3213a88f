package letter

import (
	"context"
	"errors"
	netmail "net/mail"
	"strings"

	"usher/booking"
	"usher/booking/feed"
	"usher/internal/mail"
)

// Options configures Letters.
type Options struct {
	// Send hands a mail to the mail server, as mail.Sender does.
	Send func(ctx context.Context, from, to netmail.Address, content []byte) error
	From netmail.Address
	Site string // the public URL, without a slash at the end
}

// Letters writes mails and hands them over. Safe for concurrent use.
type Letters struct {
	o       Options
	writing chan struct{} // holds a token while a mail is written
}

// New returns Letters.
func New(o Options) *Letters { return &Letters{o: o, writing: make(chan struct{}, 1)} }

// Send writes a mail and hands it to the mail server. Mails are written one at a time:
// drawing tickets takes a processor for some tens of milliseconds, and a thousand mails
// that wait must leave the others to purchases.
func (l *Letters) Send(ctx context.Context, m booking.Mail) feed.Answer {
	content, to, err := l.write(ctx, m)
	if err != nil {
		return feed.Answer{Err: err, Alone: true}
	}
	err = l.o.Send(ctx, l.o.From, to, content)
	var failure *mail.Failure
	if errors.As(err, &failure) {
		return feed.Answer{Err: err, Status: failure.Code, Final: failure.Permanent, Alone: failure.Mail}
	}
	return feed.Answer{Err: err}
}

func (l *Letters) write(ctx context.Context, m booking.Mail) (content []byte, to netmail.Address, err error) {
	select {
	case l.writing <- struct{}{}:
		defer func() { <-l.writing }()
	case <-ctx.Done():
		return nil, to, ctx.Err()
	}
	message, err := l.message(m)
	if err != nil {
		return nil, to, err
	}
	content, err = message.Bytes()
	return content, message.To, err
}

// messageID derives the id of a mail from its event: a mail that is sent again, because a
// node ended before it wrote down that it was sent, has the same id.
func (l *Letters) messageID(event string) string {
	_, domain, _ := strings.Cut(l.o.From.Address, "@")
	return event + ".usher@" + domain
}
