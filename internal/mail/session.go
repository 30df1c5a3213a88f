package mail

import (
	"context"
	"errors"
	"io"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"
	"unicode/utf8"
)

// session is one connection to the server, used by one goroutine at a time.
type session struct {
	conn   net.Conn
	client *smtp.Client
	hidden []string // texts that no error may contain
	mails  int      // sent over this connection
	wake   *time.Timer
}

// errStale says that a connection was found closed before anything was sent over it.
var errStale = errors.New("mail: the connection was closed while it was idle")

// quitTime is how long saying goodbye may take.
const quitTime = 2 * time.Second

// within runs an exchange with the server, which ends when ctx does.
func (s *session) within(ctx context.Context, exchange func() error) error {
	deadline, _ := ctx.Deadline() // zero: none
	_ = s.conn.SetDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { _ = s.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	return exchange()
}

func (s *session) greet(name, host string) (err error) {
	if s.client, err = smtp.NewClient(s.conn, host); err != nil {
		return err
	}
	return s.client.Hello(name)
}

// authenticate signs in with PLAIN, or with LOGIN where the server offers nothing else.
func (s *session) authenticate(r Relay) error {
	_, offered := s.client.Extension("AUTH")
	words := strings.Fields(strings.ToUpper(offered))
	for _, word := range words {
		if word == "PLAIN" {
			return s.client.Auth(smtp.PlainAuth("", r.User, r.password, r.Host))
		}
	}
	for _, word := range words {
		if word == "LOGIN" {
			return s.client.Auth(&loginAuth{r})
		}
	}
	return errors.New("the server offers neither AUTH PLAIN nor AUTH LOGIN")
}

// send sends one mail.
func (s *session) send(ctx context.Context, from, to string, content []byte) error {
	s.hidden = append(s.hidden[:1], to)
	s.mails++
	return s.within(ctx, func() error {
		if err := s.client.Mail(from); err != nil {
			var reply *textproto.Error
			if s.mails > 1 && ctx.Err() == nil && (!errors.As(err, &reply) || reply.Code == 421) {
				s.close()
				return errStale
			}
			return s.failure("naming the sender", err, false)
		}
		if unicodeOnly, _ := s.client.Extension("SMTPUTF8"); !unicodeOnly && !ascii(to) {
			s.reset()
			return never("the mail server takes no address with letters beyond ASCII")
		}
		if err := s.client.Rcpt(to); err != nil {
			return s.refused("naming the recipient", err)
		}
		w, err := s.client.Data()
		if err != nil {
			return s.refused("beginning the mail", err)
		}
		if _, err := w.Write(content); err != nil {
			return s.failure("sending the mail", err, true)
		}
		if err := w.Close(); err != nil {
			f := s.failure("waiting for the answer to the mail", err, true)
			if f.Code == 0 {
				f.text += "; the mail may have been accepted"
			}
			return f
		}
		return nil
	})
}

// refused makes the connection ready for another mail after a refusal.
func (s *session) refused(doing string, err error) error {
	f := s.failure(doing, err, true)
	if f.Mail {
		s.reset()
	}
	return f
}

// reset ends the transaction. If that fails, the next mail finds the connection stale.
func (s *session) reset() { _ = s.client.Reset() }

func (s *session) noop(ctx context.Context) error {
	return s.within(ctx, func() error {
		if err := s.client.Noop(); err != nil {
			return s.failure("asking the mail server for a reply", err, false)
		}
		return nil
	})
}

// quit says goodbye and closes the connection.
func (s *session) quit() {
	_ = s.conn.SetDeadline(time.Now().Add(quitTime))
	_ = s.client.Quit()
	s.close()
}

func (s *session) close() { _ = s.conn.Close() } // closed already after quit

// loginAuth is AUTH LOGIN, which some servers offer in place of PLAIN.
type loginAuth struct{ r Relay }

func (a *loginAuth) Start(server *smtp.ServerInfo) (proto string, toServer []byte, err error) {
	if !server.TLS {
		return "", nil, errors.New("the password is not sent without encryption")
	}
	return "LOGIN", nil, nil
}

func (a *loginAuth) Next(fromServer []byte, more bool) (toServer []byte, err error) {
	if !more {
		return nil, nil
	}
	switch strings.ToLower(strings.TrimSuffix(strings.TrimSpace(string(fromServer)), ":")) {
	case "username", "user name":
		return []byte(a.r.User), nil
	case "password":
		return []byte(a.r.password), nil
	}
	return nil, io.ErrUnexpectedEOF
}

// sendable reports whether an address can be written in a command.
func sendable(address string) bool {
	if ascii(address) {
		return plain(address)
	}
	return utf8.ValidString(address) && strings.Count(address, "@") == 1 && len(address) <= 254 &&
		!strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune("<>\"\\", r) })
}

func ascii(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
}
