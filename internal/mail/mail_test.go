package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/testkit"
	"usher/internal/testkit/mailserver"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func senderTo(t *testing.T, s *mailserver.Server, url string) *Sender {
	t.Helper()
	relay, err := ParseRelay(url)
	must(t, err)
	sender := New(Options{Relay: relay, Name: "tickets.example", Roots: s.Roots})
	t.Cleanup(sender.Close)
	return sender
}

// send sends a short mail.
func send(s *Sender, to string) error {
	m := Message{
		From: netmail.Address{Address: "box@opera.example"}, To: netmail.Address{Address: to}, ID: "1@opera.example",
		Date: time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC), Subject: "Hello", Text: "Hello\n.\nbye\n", HTML: "<p>Hello</p>",
	}
	content, err := m.Bytes()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return s.Send(ctx, m.From, m.To, content)
}

func failureOf(t *testing.T, err error) *Failure {
	t.Helper()
	var f *Failure
	if !errors.As(err, &f) {
		t.Fatalf("the error is %v, want a Failure", err)
	}
	for _, secret := range []string{mailserver.Password, "p%40ss", "fan@"} {
		if strings.Contains(f.Error(), secret) {
			t.Errorf("the error contains %q: %v", secret, f)
		}
	}
	return f
}

// TestMailsAreHandedOver: over each kind of connection, encrypted where the server offers
// it, signed in where the URL has credentials, and several mails over one connection.
func TestMailsAreHandedOver(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct {
		o         mailserver.Options
		encrypted bool
		user      string
	}{
		"in the clear":           {mailserver.Options{}, false, ""},
		"STARTTLS where offered": {mailserver.Options{StartTLS: true}, true, ""},
		"credentials":            {mailserver.Options{StartTLS: true, Credentials: true}, true, mailserver.User},
		"AUTH LOGIN only":        {mailserver.Options{StartTLS: true, Credentials: true, Mechanisms: []string{"LOGIN"}}, true, mailserver.User},
		"smtps":                  {mailserver.Options{TLS: true}, true, ""},
		"smtps with credentials": {mailserver.Options{TLS: true, Credentials: true}, true, mailserver.User},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := mailserver.Open(t, try.o)
			sender := senderTo(t, server, server.URL())
			must(t, sender.Try(context.Background()))
			if n := len(server.Mails()); n != 0 {
				t.Errorf("a try has sent %d mails", n)
			}
			for i := range 3 {
				must(t, send(sender, fmt.Sprintf("fan%d@fans.example", i)))
			}
			mails := server.Mails()
			sessions := 2 // the try's, and one for all mails
			if try.o.StartTLS {
				sessions *= 2 // STARTTLS begins another
			}
			if len(mails) != 3 || server.Sessions() != sessions {
				t.Errorf("%d mails in %d sessions", len(mails), server.Sessions())
			}
			for _, m := range mails {
				if m.TLS != try.encrypted || m.User != try.user || m.Hello != "tickets.example" || m.From != "box@opera.example" {
					t.Errorf("the mail came as %+v", m)
				}
			}
		})
	}
}

// TestThePasswordIsNotSentInTheClear: a server without STARTTLS, or with a certificate of
// another authority, gets neither the password nor the mail.
func TestThePasswordIsNotSentInTheClear(t *testing.T) {
	t.Parallel()
	plain := mailserver.Open(t, mailserver.Options{Credentials: true})
	f := failureOf(t, send(senderTo(t, plain, plain.URL()), "fan@fans.example"))
	if f.Mail || f.Permanent || !strings.Contains(f.Error(), "STARTTLS") {
		t.Errorf("%+v", f)
	}
	for _, o := range []mailserver.Options{{StartTLS: true, Credentials: true}, {TLS: true}} {
		server, other := mailserver.Open(t, o), mailserver.Open(t, o)
		sender := senderTo(t, other, server.URL()) // trusts the other one's certificate
		if f := failureOf(t, send(sender, "fan@fans.example")); f.Mail || f.Permanent || !strings.Contains(f.Error(), "certificate") {
			t.Errorf("%+v", f)
		}
		if n := len(server.Mails()); n != 0 {
			t.Errorf("%d mails were sent", n)
		}
	}
	server := mailserver.Open(t, mailserver.Options{StartTLS: true, Credentials: true})
	sender := senderTo(t, server, "smtp://opera%40tickets.example:wrong@"+server.Addr)
	if f := failureOf(t, sender.Try(context.Background())); f.Code != 535 || f.Mail || f.Permanent || strings.Contains(f.Error(), "wrong") {
		t.Errorf("wrong credentials: %+v", f)
	}
	if f := failureOf(t, send(senderTo(t, server, "smtp://"+server.Addr), "fan@fans.example")); f.Code != 530 || f.Mail || f.Permanent {
		t.Errorf("no credentials: %+v", f)
	}
}

// TestFailuresSayWhatTheyConcern: this mail or the server, for now or for good.
func TestFailuresSayWhatTheyConcern(t *testing.T) {
	t.Parallel()
	hanging := make(chan struct{})
	server := mailserver.Open(t, mailserver.Options{
		Rcpt: func(to string, n int) error {
			switch {
			case strings.HasPrefix(to, "grey") && n == 1:
				return mailserver.Refuse(451, "<"+to+"> try later")
			case strings.HasPrefix(to, "unknown"):
				return mailserver.Refuse(550, "<"+to+"> no such user")
			case strings.HasPrefix(to, "busy"):
				return mailserver.Refuse(421, "too many connections")
			}
			return nil
		},
		Data: func(to string, _ int) error {
			switch {
			case strings.HasPrefix(to, "spam"):
				return mailserver.Refuse(554, "not wanted")
			case strings.HasPrefix(to, "full"):
				return mailserver.Refuse(452, "no room")
			case strings.HasPrefix(to, "drop"):
				return mailserver.ErrDrop
			case strings.HasPrefix(to, "hang"):
				<-hanging
			}
			return nil
		},
	})
	defer close(hanging)
	sender := senderTo(t, server, server.URL())
	for _, try := range []struct {
		to              string
		code            int
		mail, permanent bool
	}{
		{"grey@fans.example", 451, true, false},
		{"unknown@fans.example", 550, true, true},
		{"spam@fans.example", 554, true, true},
		{"full@fans.example", 452, true, false},
		{"busy@fans.example", 421, false, false},
		{"drop@fans.example", 0, false, false},
		{"ünï@fans.example", 0, true, true}, // the server does not offer SMTPUTF8
		{"two\r\nRCPT TO:<x@y>@fans.example", 0, true, true},
		{"a> b<c@fans.example", 0, true, true},
	} {
		f := failureOf(t, send(sender, try.to))
		if f.Code != try.code || f.Mail != try.mail || f.Permanent != try.permanent || strings.Contains(f.Error(), "@fans.example") {
			t.Errorf("%s: %+v", try.to, f)
		}
	}
	must(t, send(sender, "grey@fans.example"))
	must(t, send(sender, "fine@fans.example"))
	if drops := server.To("drop@fans.example"); len(drops) != 1 {
		t.Errorf("the mail without an answer was accepted %d times", len(drops))
	}

	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	err := sender.Send(ctx, netmail.Address{Address: "box@opera.example"}, netmail.Address{Address: "hang@fans.example"}, []byte("Subject: x\r\n\r\n"))
	if f := failureOf(t, err); f.Mail || f.Permanent || !strings.Contains(f.Error(), "in time") || !strings.Contains(f.Error(), "may have been accepted") {
		t.Errorf("a server that hangs: %+v", f)
	}

	gone := mailserver.Open(t, mailserver.Options{})
	sender = senderTo(t, gone, gone.URL())
	must(t, send(sender, "fan@fans.example"))
	gone.Close() // the connection that the sender keeps is stale now
	if f := failureOf(t, send(sender, "fan@fans.example")); f.Mail || f.Permanent || f.Code != 0 {
		t.Errorf("a server that is gone: %+v", f)
	}
	again := mailserver.Open(t, mailserver.Options{Address: gone.Addr})
	must(t, send(sender, "fan@fans.example"))
	if len(again.Mails()) != 1 {
		t.Error("no mail reached the server that is back")
	}
}

// TestAStaleConnectionIsReplaced: the server closes idle connections; the next mail goes
// over a new one, and is sent once.
func TestAStaleConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	server := mailserver.Open(t, mailserver.Options{})
	cut := make(chan net.Conn, 8)
	front, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var relaying sync.WaitGroup
	defer relaying.Wait()
	defer front.Close()
	relaying.Go(func() {
		for {
			in, err := front.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", server.Addr)
			if err != nil {
				t.Error(err)
				return
			}
			cut <- out
			relaying.Go(func() { copyUntilClosed(in, out) })
			relaying.Go(func() { copyUntilClosed(out, in) })
		}
	})
	sender := senderTo(t, server, "smtp://"+front.Addr().String())
	must(t, send(sender, "one@fans.example"))
	(<-cut).Close()
	must(t, send(sender, "two@fans.example"))
	if n := len(server.Mails()); n != 2 || len(server.To("two@fans.example")) != 1 {
		t.Errorf("%d mails were accepted", n)
	}
	sender.Close()
}

func copyUntilClosed(to, from net.Conn) {
	defer to.Close()
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if err == nil {
			_, err = to.Write(buffer[:n])
		}
		if err != nil {
			return
		}
	}
}

func TestRelaysAreRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"smtp://mail.example":              "smtp://mail.example:587",
		"smtps://u:p@mail.example":         "smtps://mail.example:465",
		"SMTP://u:p%40@mail.example:2525/": "smtp://mail.example:2525",
		"smtp://[::1]:25":                  "smtp://[::1]:25",
	} {
		if r, err := ParseRelay(text); err != nil || r.String() != want {
			t.Errorf("%s is read as %s, %v", text, r, err)
		}
	}
	for _, wrong := range []string{
		"", "mail.example:587", "http://u:secret@mail.example", "smtp://", "smtp://u@mail.example", "smtp://:secret@mail.example",
		"smtp://u:secret@mail.example/path", "smtp://u:secret@mail.example?tls=no", "smtp://u:secret%@mail.example", "smtp://u:se/cret@mail.example",
	} {
		if _, err := ParseRelay(wrong); err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "cret@") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	for text, fine := range map[string]bool{
		"box@opera.example": true, "Opera <box@opera.example>": true, "\"Öpera, Tickets\" <box@opera.example>": true,
		"": false, "opera": false, "a@b, c@d": false, "bóx@opera.example": false, "\"b x\"@opera.example": false,
	} {
		if _, err := ParseFrom(text); (err == nil) != fine {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
