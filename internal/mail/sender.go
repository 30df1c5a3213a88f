package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/mail"
	"sync"
	"time"
)

// Options configures a Sender.
type Options struct {
	Relay Relay
	// Name is how this host introduces itself to the server (EHLO): a domain name. "":
	// localhost.
	Name  string
	Roots *x509.CertPool // who may sign the server's certificate; nil: the system's
}

// Sender hands mails to one SMTP server. It keeps connections for the next mails for a
// short time. Safe for concurrent use.
type Sender struct {
	o Options

	mu     sync.Mutex
	idle   []*session
	closed bool
}

// New returns a sender. Nothing is connected before the first mail.
func New(o Options) *Sender {
	if o.Name == "" {
		o.Name = "localhost"
	}
	return &Sender{o: o}
}

// Send hands a mail to the server and returns once the server has accepted it. Errors are
// a *Failure. When a connection is lost after the mail was sent and before the server
// answered, the server may have accepted it; the repetition has the same Message-ID.
func (s *Sender) Send(ctx context.Context, from, to mail.Address, content []byte) error {
	if !sendable(to.Address) {
		return never("the recipient's address is invalid")
	}
	for {
		one, used, err := s.session(ctx)
		if err != nil {
			return err
		}
		err = one.send(ctx, from.Address, to.Address, content)
		if errors.Is(err, errStale) && used {
			continue // the server closed the connection while it was idle: nothing was sent
		}
		if f := (*Failure)(nil); err == nil || errors.As(err, &f) && f.Mail {
			s.keep(one)
		} else {
			one.close()
		}
		return err
	}
}

// Try connects, encrypts and authenticates as for a mail, and sends none.
func (s *Sender) Try(ctx context.Context) error {
	one, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer one.quit()
	return one.noop(ctx)
}

// Close closes the idle connections. Sends in flight end by themselves.
func (s *Sender) Close() {
	s.mu.Lock()
	idle := s.idle
	s.idle, s.closed = nil, true
	s.mu.Unlock()
	for _, one := range idle {
		one.wake.Stop()
		one.quit()
	}
}

// session returns an idle connection, or a new one.
func (s *Sender) session(ctx context.Context) (one *session, used bool, err error) {
	s.mu.Lock()
	for len(s.idle) > 0 {
		one := s.idle[len(s.idle)-1]
		s.idle = s.idle[:len(s.idle)-1]
		if one.wake.Stop() {
			s.mu.Unlock()
			return one, true, nil
		}
		// The timer has fired and closes it.
	}
	s.mu.Unlock()
	one, err = s.connect(ctx)
	return one, false, err
}

// keep keeps a connection for the next mail.
func (s *Sender) keep(one *session) {
	s.mu.Lock()
	if s.closed || one.mails >= mostMails {
		s.mu.Unlock()
		one.quit()
		return
	}
	defer s.mu.Unlock()
	one.wake = time.AfterFunc(idleTime, func() {
		s.mu.Lock()
		for i := range s.idle {
			if s.idle[i] == one {
				s.idle = append(s.idle[:i], s.idle[i+1:]...)
				break
			}
		}
		s.mu.Unlock()
		one.quit()
	})
	s.idle = append(s.idle, one)
}

// connect opens a connection that is ready for a mail: with TLS as far as the server
// offers it, and always before credentials are sent.
func (s *Sender) connect(ctx context.Context) (*session, error) {
	one := &session{hidden: []string{s.o.Relay.password}}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(s.o.Relay.Host, s.o.Relay.Port))
	if err != nil {
		return nil, one.failure("connecting to the mail server", err, false)
	}
	one.conn = conn
	if err := one.within(ctx, func() error { return s.prepare(ctx, one) }); err != nil {
		one.close()
		return nil, err
	}
	return one, nil
}

// tls returns the settings of TLS. Without credentials, encryption by STARTTLS protects
// only against who listens: who can answer in the server's name can leave out the offer
// as well. So the certificate, which relays in one's own network often sign themselves,
// is not checked then.
func (s *Sender) tls() *tls.Config {
	return &tls.Config{
		ServerName: s.o.Relay.Host, RootCAs: s.o.Roots, MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: !s.o.Relay.TLS && s.o.Relay.User == "", //nolint:gosec // see above
	}
}

func (s *Sender) prepare(ctx context.Context, one *session) error {
	r := s.o.Relay
	if r.TLS {
		conn := tls.Client(one.conn, s.tls())
		if err := conn.HandshakeContext(ctx); err != nil {
			return one.failure("encrypting the connection to the mail server", err, false)
		}
		one.conn = conn
	}
	if err := one.greet(s.o.Name, r.Host); err != nil {
		return one.failure("greeting the mail server", err, false)
	}
	if offered, _ := one.client.Extension("STARTTLS"); offered && !r.TLS {
		if err := one.client.StartTLS(s.tls()); err != nil {
			return one.failure("encrypting the connection to the mail server", err, false)
		}
	} else if !r.TLS && r.User != "" {
		return &Failure{text: "the mail server offers no STARTTLS, and the password is not sent without encryption"}
	}
	if r.User == "" {
		return nil
	}
	if err := one.authenticate(r); err != nil {
		return one.failure("signing in to the mail server", err, false)
	}
	return nil
}
