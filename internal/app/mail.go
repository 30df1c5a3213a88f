package app

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"

	"usher/booking"
	"usher/internal/mail"
	"usher/web/letter"
)

// checkMail returns a sentence for each problem with the options of mail.
func (o *Options) checkMail() (problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if o.SMTPURL == "" {
		if o.MailFrom != "" {
			wrong("--mail-from is given without --smtp-url (USHER_SMTP_URL): give the mail server, or leave both out")
		}
		return problems
	}
	if _, err := mail.ParseRelay(o.SMTPURL); err != nil {
		wrong("--smtp-url (USHER_SMTP_URL) %v", err) // not the URL itself, which may hold a password
	}
	if o.MailFrom == "" {
		wrong("--mail-from (USHER_MAIL_FROM) is missing, and --smtp-url needs one: the address that mails come from")
	} else if _, err := mail.ParseFrom(o.MailFrom); err != nil {
		wrong("--mail-from %q %v", o.MailFrom, err)
	}
	return problems
}

// sender returns the connection to the mail server; nil without one. site is the public
// URL, whose host is the name that this node gives to the server.
func (o *Options) sender(site string) (*mail.Sender, error) {
	if o.SMTPURL == "" {
		return nil, nil
	}
	relay, err := mail.ParseRelay(o.SMTPURL)
	if err != nil {
		return nil, fmt.Errorf("--smtp-url %w", err)
	}
	name := ""
	if u, err := url.Parse(site); err == nil {
		name = u.Hostname()
	}
	if ip, err := netip.ParseAddr(name); err == nil { // an address is written in brackets (RFC 5321, 4.1.3)
		name = "[" + name + "]"
		if ip.Is6() {
			name = "[IPv6:" + ip.WithZone("").String() + "]"
		}
	}
	return mail.New(mail.Options{Relay: relay, Name: name}), nil
}

// openMail returns the mailer of booking; nil when mails are off.
func (a *App) openMail() (*booking.Mailer, error) {
	sender, err := a.o.sender(a.url)
	if err != nil || sender == nil {
		return nil, err
	}
	from, err := mail.ParseFrom(a.o.MailFrom)
	if err != nil {
		return nil, fmt.Errorf("--mail-from %w", err)
	}
	a.mail = sender
	return &booking.Mailer{
		Send: letter.New(letter.Options{Send: sender.Send, From: from, Site: a.url}).Send,
		Pace: a.o.MailPace,
	}, nil
}

// tryMail connects to the mail server as for a mail, and sends none; nil when mails are
// off.
func (o *Options) tryMail() func(ctx context.Context) error {
	sender, err := o.sender(o.PublicURL)
	if err != nil || sender == nil {
		return nil // wrong options have a line of their own
	}
	return sender.Try
}
