package app_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"
	"time"

	"usher/booking/feed"
	"usher/internal/app"
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
			if err == io.EOF {
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
	buy := func(fan *node.Fan, seats int, headers ...string) (id string, bought []string) {
		bought = seatNumbers(fan.Do("POST", "/holds", map[string]any{"best": map[string]any{"count": seats}}, 201))
		answer := fan.Do("POST", "/transactions", map[string]any{"seats": bought, "payment": map[string]any{"method": "sandbox", "token": "tok_ok"}}, 201,
			append([]string{"Idempotency-Key", "k"}, headers...)...)
		return answer["id"].(string), bought
	}
	buy(one.SignIn(t, "unknown"), 1)
	buy(two.SignIn(t, "grey"), 1)
	anna := one.SignIn(t, "anna")
	id, seats := buy(anna, 2, "Accept-Language", "de-CH,en;q=0.5")
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
	wantMails(t, server, "grey@usher.test", 1)
	wantMails(t, server, "unknown@usher.test", 0)
}
