// Package mailserver is a mail server for tests: it accepts mails over SMTP, refuses them,
// hangs, or loses the connection, as a test says. Open starts one.
package mailserver

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/mail"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// User and Password are the credentials that a server with Options.Credentials accepts.
const (
	User     = "opera@tickets.example"
	Password = "p@ss:w/rd ü%"
)

// Options say what a server offers.
type Options struct {
	Address     string // to listen on; "": a free port of 127.0.0.1
	TLS         bool   // from the first byte
	StartTLS    bool
	Credentials bool     // required before a mail
	Mechanisms  []string // of AUTH; none: PLAIN
	// Rcpt answers the n-th naming of a recipient, from 1; nil accepts.
	Rcpt func(to string, n int) error
	// Data answers the n-th mail to a recipient, from 1. It may block. Nil accepts.
	Data func(to string, n int) error
}

// ErrDrop, from Options.Data, accepts the mail and closes the connection in place of the
// answer.
var ErrDrop = errors.New("the connection is closed")

// Refuse is a reply with a code.
func Refuse(code int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: text}
}

// Mail is a mail that the server has accepted.
type Mail struct {
	From, To string // of the envelope
	Hello    string // how the sender introduced itself
	User     string // "": not signed in
	TLS      bool
	Bytes    []byte
}

// Message returns the parsed mail.
func (m *Mail) Message(t testing.TB) *mail.Message {
	t.Helper()
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Bytes))
	if err != nil {
		t.Fatalf("the mail cannot be parsed: %v\n%s", err, m.Bytes)
	}
	return parsed
}

// Server is a running mail server.
type Server struct {
	Addr  string         // host:port
	Roots *x509.CertPool // trust the server's certificate
	PEM   []byte         // the certificate

	o        Options
	server   *smtp.Server
	listener net.Listener

	mu       sync.Mutex
	accepted []Mail
	named    map[string]int // recipient → namings
	data     map[string]int // recipient → mails, accepted or not
	sessions int
}

// Open starts a server that runs until the test ends.
func Open(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{o: o, named: map[string]int{}, data: map[string]int{}}
	certificate := s.certificate(t)
	s.server = smtp.NewServer(s)
	s.server.Domain = "mail.test"
	s.server.ReadTimeout, s.server.WriteTimeout = time.Minute, time.Minute
	s.server.AllowInsecureAuth = true // so that a test sees who would send a password in the clear
	s.server.EnableSMTPUTF8 = false
	s.server.ErrorLog = quiet{}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	if o.StartTLS {
		s.server.TLSConfig = config
	}
	address := o.Address
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s.Addr = listener.Addr().String()
	s.listener = listener
	if o.TLS {
		listener = tls.NewListener(listener, config)
	}
	var running sync.WaitGroup
	running.Go(func() { _ = s.server.Serve(listener) }) // returns once closed
	t.Cleanup(func() { s.Close(); running.Wait() })
	return s
}

// Close stops the server and closes its connections. Calling it twice is safe.
func (s *Server) Close() { _ = s.server.Close() }

// URL is the address for --smtp-url, with credentials if the server wants them.
func (s *Server) URL() string {
	scheme, credentials := "smtp://", ""
	if s.o.TLS {
		scheme = "smtps://"
	}
	if s.o.Credentials {
		credentials = "opera%40tickets.example:p%40ss%3Aw%2Frd%20%C3%BC%25@"
	}
	return scheme + credentials + s.Addr
}

// Mails returns the accepted mails, in order.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.accepted...)
}

// To returns the accepted mails to an address.
func (s *Server) To(address string) (mails []Mail) {
	for _, m := range s.Mails() {
		if m.To == address {
			mails = append(mails, m)
		}
	}
	return mails
}

// Sessions returns how many connections were opened.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

func (s *Server) certificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s.Roots = x509.NewCertPool()
	s.Roots.AddCert(parsed)
	s.PEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// NewSession implements smtp.Backend.
func (s *Server) NewSession(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	s.sessions++
	s.mu.Unlock()
	return &session{s: s, conn: c}, nil
}

type session struct {
	s        *Server
	conn     *smtp.Conn
	user     string
	from, to string
}

func (c *session) AuthMechanisms() []string {
	if !c.s.o.Credentials {
		return nil
	}
	if len(c.s.o.Mechanisms) > 0 {
		return c.s.o.Mechanisms
	}
	return []string{sasl.Plain}
}

func (c *session) Auth(mechanism string) (sasl.Server, error) {
	if mechanism == sasl.Plain {
		return sasl.NewPlainServer(func(_, user, password string) error { return c.signIn(user, password) }), nil
	}
	return &loginServer{done: c.signIn}, nil
}

func (c *session) signIn(user, password string) error {
	if user != User || password != Password {
		return smtp.ErrAuthFailed
	}
	c.user = user
	return nil
}

// loginServer is the server's side of AUTH LOGIN.
type loginServer struct {
	user string
	step int
	done func(user, password string) error
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	l.step++
	switch l.step {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.done(l.user, string(response))
}

func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	if c.s.o.Credentials && c.user == "" {
		return Refuse(530, "credentials are required")
	}
	c.from = from
	return nil
}

func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.s.mu.Lock()
	c.s.named[to]++
	n := c.s.named[to]
	c.s.mu.Unlock()
	if c.s.o.Rcpt != nil {
		if err := c.s.o.Rcpt(to, n); err != nil {
			return err
		}
	}
	c.to = to
	return nil
}

func (c *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	c.s.mu.Lock()
	c.s.data[c.to]++
	n := c.s.data[c.to]
	c.s.mu.Unlock()
	if c.s.o.Data != nil {
		err = c.s.o.Data(c.to, n)
	}
	if err != nil && !errors.Is(err, ErrDrop) {
		return err
	}
	_, encrypted := c.conn.TLSConnectionState()
	c.s.mu.Lock()
	c.s.accepted = append(c.s.accepted, Mail{From: c.from, To: c.to, Hello: c.conn.Hostname(), User: c.user, TLS: encrypted, Bytes: text})
	c.s.mu.Unlock()
	if err != nil {
		_ = c.conn.Conn().Close()
	}
	return nil
}

func (c *session) Reset()        { c.from, c.to = "", "" }
func (c *session) Logout() error { return nil }

// quiet drops the server's log: lost connections are what tests want.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}
