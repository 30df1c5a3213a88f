package app_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher/booking/feed"
	"usher/internal/app"
	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/mailserver"
	"usher/internal/testkit/node"
)

// quickPace repeats mails at once, as no production node does.
var quickPace = feed.Pace{
	Send: 30 * time.Second, Lease: time.Minute, First: 10 * time.Millisecond, Longest: 100 * time.Millisecond, GiveUp: time.Hour, Stale: time.Hour,
}

// mailing makes nodes send mails through a server.
func mailing(o *node.Options, server *mailserver.Server) {
	o.Change = func(o *app.Options) {
		o.SMTPURL, o.MailFrom, o.MailPace = server.URL(), "Opera Tickets <box@opera.example>", quickPace
	}
}

// readMail is a mail as a fan's program shows it.
type readMail struct {
	header  mail.Header
	subject string
	text    string
	html    string
	files   map[string][]byte
}

func readAll(t *testing.T, m mailserver.Mail) readMail {
	t.Helper()
	parsed := m.Message(t)
	subject, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	read := readMail{header: parsed.Header, subject: subject, files: map[string][]byte{}}
	var walk func(media string, body io.Reader)
	walk = func(contentType string, body io.Reader) {
		_, params, err := mime.ParseMediaType(contentType)
		if err != nil {
			t.Fatal(err)
		}
		for r := multipart.NewReader(body, params["boundary"]); ; {
			part, err := r.NextPart()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			kind := part.Header.Get("Content-Type")
			if strings.HasPrefix(kind, "multipart/") {
				walk(kind, part)
				continue
			}
			var content io.Reader = part
			if part.Header.Get("Content-Transfer-Encoding") == "base64" {
				content = base64.NewDecoder(base64.StdEncoding, part)
			}
			text, err := io.ReadAll(content)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case part.FileName() != "":
				read.files[part.FileName()] = text
			case strings.HasPrefix(kind, "text/html"):
				read.html = string(text)
			default:
				read.text = strings.ReplaceAll(string(text), "\r\n", "\n")
			}
		}
	}
	walk(parsed.Header.Get("Content-Type"), parsed.Body)
	return read
}

// wantMails waits until an address has got so many mails, and reads them.
func wantMails(t *testing.T, server *mailserver.Server, to string, n int) []readMail {
	t.Helper()
	testkit.Eventually(t, time.Minute, "the mails to "+to+" have arrived", func() bool { return len(server.To(to)) >= n })
	var read []readMail
	for _, m := range server.To(to) {
		read = append(read, readAll(t, m))
	}
	if len(read) != n {
		t.Errorf("%d mails to %s, want %d", len(read), to, n)
	}
	return read
}

// buysByMail buys seats with a key, and returns the purchase and its seats.
func buysByMail(fan *node.Fan, key string, seats int, headers ...string) (id string, bought []string) {
	bought = seatNumbers(fan.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": seats}}, 201))
	answer := fan.Do("POST", "/transactions", map[string]any{"seats": bought, "payment": map[string]any{"method": "sandbox", "token": "tok_ok"}}, 201,
		append([]string{"Idempotency-Key", key}, headers...)...)
	return answer["id"].(string), bought
}

// TestFansGetMail: a purchase is confirmed with its tickets, in the language of the fan's
// browser, and a refund is reported; a guest has no address; two nodes send each mail
// once. A receiver that is unknown, or puts mails off, delays no other.
func TestFansGetMail(t *testing.T) {
	t.Parallel()
	server := mailserver.Open(t, mailserver.Options{Rcpt: func(to string, n int) error {
		switch {
		case strings.HasPrefix(to, "grey"):
			if n < 4 {
				return mailserver.Refuse(451, "<"+to+"> greylisted")
			}
		case strings.HasPrefix(to, "unknown"):
			return mailserver.Refuse(550, "<"+to+"> no such user")
		}
		return nil
	}})
	o := node.Shared(t)
	mailing(&o, server)
	one, two := node.Start(t, o), node.Start(t, o)
	buysByMail(one.SignIn(t, "unknown"), "k", 1)
	buysByMail(two.SignIn(t, "grey"), "k", 1)
	anna := one.SignIn(t, "anna")
	id, seats := buysByMail(anna, "k", 2, "Accept-Language", "de-CH,en;q=0.5")
	confirmed := wantMails(t, server, "anna@usher.test", 1)[0]
	if !strings.HasPrefix(confirmed.subject, "Ihre Tickets: ") || confirmed.header.Get("Content-Language") != "de" ||
		confirmed.header.Get("Message-Id") != "<"+id+".usher@opera.example>" || !strings.Contains(confirmed.text, "Guten Tag anna,") ||
		!strings.Contains(confirmed.text, "Bestellung: "+id) || !strings.Contains(confirmed.text, "Sitzplatz "+seats[0]) || !strings.Contains(confirmed.html, id) {
		t.Errorf("the confirmation is %v\n%s", confirmed.header, confirmed.text)
	}
	if pdf := confirmed.files["tickets-"+o.Season+".pdf"]; !bytes.HasPrefix(pdf, []byte("%PDF-")) || bytes.Count(pdf, []byte("/Type /Page\n")) != 2 {
		t.Errorf("the tickets have %d bytes", len(pdf))
	}
	anna.At(two).Do("POST", "/transactions/"+id+"/cancel", map[string]any{"seats": seats[:1]}, 200)
	refund := wantMails(t, server, "anna@usher.test", 2)[1]
	if !strings.HasPrefix(refund.subject, "Ihre Erstattung: ") || !strings.Contains(refund.text, "Sitzplatz "+seats[0]) || strings.Contains(refund.text, "Sitzplatz "+seats[1]) ||
		refund.header.Get("Message-Id") == confirmed.header.Get("Message-Id") {
		t.Errorf("the refund is %s\n%s", refund.subject, refund.text)
	}
	// The box office moves the other seat, and sells to a buyer with an address.
	desk := two.SignIn(t, dev.AdminEmail[:strings.Index(dev.AdminEmail, "@")])
	free := seatNumbers(anna.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": 2}}, 201))
	anna.Do("DELETE", "/holds", nil, 200)
	desk.Do("POST", "/admin/transactions/"+id+"/move", map[string]any{"from": seats[1], "to": free[0], "reason": "a pillar"}, 200)
	moved := wantMails(t, server, "anna@usher.test", 3)[2]
	if !strings.HasPrefix(moved.subject, "Ihr neuer Platz: ") || !strings.Contains(moved.text, "Sitzplatz "+free[0]) || !strings.Contains(moved.text, seats[1]) || len(moved.files) != 2 {
		t.Errorf("the moved ticket is %s\n%s", moved.subject, moved.text)
	}
	sale := map[string]any{"seats": free[1:], "holder": "Eve\u00a0<x>", "email": "eve@fans.example", "payment": map[string]any{"method": "cash"}}
	desk.Do("POST", "/admin/seasons/"+o.Season+"/sales", sale, 201, "Idempotency-Key", "sale")
	sold := wantMails(t, server, "eve@fans.example", 1)[0]
	if !strings.HasPrefix(sold.subject, "Your tickets: ") || !strings.Contains(sold.text, "Seat "+free[1]) || strings.Contains(sold.text, "http") || len(sold.files) != 2 {
		t.Errorf("the sale at the desk is %s\n%s", sold.subject, sold.text)
	}
	wantMails(t, server, "grey@usher.test", 1)
	wantMails(t, server, "unknown@usher.test", 0)
}

// TestAMailThatMayHaveBeenSentIsSentAgain: a node dies after the mail server has accepted
// a mail and before that is written down; and the connection is lost in place of the
// answer. Both mails come again, and are the same
// mails, with the same Message-ID.
func TestAMailThatMayHaveBeenSentIsSentAgain(t *testing.T) {
	t.Parallel()
	wire := testkit.StartProxy(t, testkit.Stores(t).MongoURL)
	died := make(chan struct{})
	server := mailserver.Open(t, mailserver.Options{Data: func(to string, n int) error {
		switch {
		case n > 1:
		case strings.HasPrefix(to, "dies"):
			wire.Freeze() // no write of the node reaches the store any more
			close(died)
		case strings.HasPrefix(to, "drop"):
			return mailserver.ErrDrop
		}
		return nil
	}})
	o := node.Shared(t)
	mailing(&o, server)
	quick := o.Change
	o.Change = func(o *app.Options) { quick(o); o.MailPace.Lease = 200 * time.Millisecond }
	mortal := o
	mortal.MongoURL = wire.URL
	first := node.Start(t, mortal)
	id, _ := buysByMail(first.SignIn(t, "dies"), "k", 1)
	<-died
	t.Cleanup(wire.Thaw) // before the node stops, which waits for its store
	second := node.Start(t, o)
	dropped, _ := buysByMail(second.SignIn(t, "drop"), "k", 1)
	for to, id := range map[string]string{"dies@usher.test": id, "drop@usher.test": dropped} {
		wantMails(t, server, to, 2)
		sent, again := readAll(t, server.To(to)[0]), readAll(t, server.To(to)[1])
		for _, name := range []string{"Message-Id", "Date", "Subject", "To"} {
			if one, other := sent.header.Get(name), again.header.Get(name); one != other || one == "" {
				t.Errorf("to %s: the header %s is %q and then %q", to, name, one, other)
			}
		}
		file := "tickets-" + o.Season + ".pdf"
		if sent.header.Get("Message-Id") != "<"+id+".usher@opera.example>" || !bytes.Equal(sent.files[file], again.files[file]) ||
			strings.ReplaceAll(sent.text, first.URL, second.URL) != again.text { // each node has an address of its own here
			t.Errorf("the mails to %s differ:\n%s\n%s", to, sent.text, again.text)
		}
	}
}

// TestMailsOfAProcess: a program sends over STARTTLS with the credentials of its
// environment, and neither its log nor usher check shows the password. A server that is
// away delays nothing but the mails.
func TestMailsOfAProcess(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	server := mailserver.Open(t, mailserver.Options{StartTLS: true, Credentials: true})
	authorities := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authorities, server.PEM, 0o600); err != nil {
		t.Fatal(err)
	}
	o := crowd(t, 10)
	o.Env = []string{"USHER_SMTP_URL=" + server.URL(), "USHER_MAIL_FROM=box@opera.example", "SSL_CERT_FILE=" + authorities}
	process := node.StartProcess(t, o)
	joined := func(name string) *node.Fan {
		fan := node.Mint(t, o, process.URL, name)
		fan.Do("POST", "/waitingList/join", nil, 200)
		return fan
	}
	id, _ := buysByMail(joined("Anna Bell"), "k", 2)
	mail := wantMails(t, server, "anna.bell@usher.test", 1)[0]
	if !strings.Contains(mail.text, id) || len(mail.files) != 2 {
		t.Errorf("the mail is\n%s", mail.text)
	}
	if sent := server.Mails()[0]; !sent.TLS || sent.User != mailserver.User || sent.Hello != "[127.0.0.1]" {
		t.Errorf("the mail came as user %q, encrypted %v, from %q", sent.User, sent.TLS, sent.Hello)
	}
	try := func(url string) string {
		cmd := exec.Command(testkit.Program(t, "usher"), "check", "--season", o.Season, "--redis-url", o.RedisURL, "--mongo-url", o.MongoURL,
			"--mongo-database", o.Database, "--signing-key", o.Key, "--payments", app.PaySandbox, "--json")
		cmd.Env = append(os.Environ(), "USHER_SMTP_URL="+url, "USHER_MAIL_FROM=box@opera.example", "SSL_CERT_FILE="+authorities)
		out, _ := cmd.Output() // the status is 1, because other lines fail
		var report struct {
			Lines []struct{ Name, State, Found string }
		}
		if err := json.Unmarshal(out, &report); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		for _, line := range report.Lines {
			if line.Name == "mail" {
				return line.State + " " + line.Found
			}
		}
		return string(out)
	}
	if line := try(server.URL()); !strings.HasPrefix(line, "ok ") {
		t.Errorf("with the right password: %s", line)
	}
	if line := try(strings.Replace(server.URL(), "%25@", "%25-wrong@", 1)); !strings.HasPrefix(line, "FAIL ") || !strings.Contains(line, "535") || strings.Contains(line, "wrong") {
		t.Errorf("with a wrong password: %s", line)
	}
	if n := len(server.Mails()); n != 1 {
		t.Errorf("usher check has sent %d mails", n-1)
	}
	server.Close()
	buysByMail(joined("Bob"), "k", 1)
	testkit.Eventually(t, time.Minute, "the failure is in the log", func() bool { return strings.Contains(process.Log(), "connecting to the mail server") })
	for _, secret := range []string{mailserver.Password, "p%40ss", "@usher.test"} {
		if strings.Contains(process.Log(), secret) {
			t.Errorf("the log shows %q", secret)
		}
	}
}
