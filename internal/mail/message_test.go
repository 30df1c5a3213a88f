package mail

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func sample() Message {
	return Message{
		From: netmail.Address{Name: "Öpera, Tickets", Address: "box@opera.example"},
		To:   netmail.Address{Name: "Zoë Nguyễn", Address: "zoe@fans.example"},
		ID:   "0123.usher@opera.example", Date: time.Date(2027, 3, 1, 9, 0, 0, 0, time.FixedZone("", 3600)), Language: "de",
		Subject: "Ihre Tickets: Frühlingsgala", Text: "Guten Tag,\n.\nein sehr langer Satz " + strings.Repeat("und noch einer ", 20) + "= Ende\n", HTML: "<p>Grüße</p>\n",
		Files: []File{{Name: "tickets.pdf", Media: "application/pdf", Bytes: bytes.Repeat([]byte{0, 1, 2, 250}, 300)}},
	}
}

// part is one part of a mail without parts of its own.
type part struct{ media, name, text string }

// parts returns the parts of a mail, decoded.
func parts(t *testing.T, header interface{ Get(string) string }, body io.Reader) (found []part) {
	t.Helper()
	media, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	must(t, err)
	if strings.HasPrefix(media, "multipart/") {
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextPart() // decodes quoted-printable
			if errors.Is(err, io.EOF) {
				return found
			}
			must(t, err)
			found = append(found, parts(t, p.Header, p)...)
		}
	}
	if header.Get("Content-Transfer-Encoding") == "base64" {
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	must(t, err)
	name := ""
	if _, params, err := mime.ParseMediaType(header.Get("Content-Disposition")); err == nil {
		name = params["filename"]
	}
	return []part{{media, name, string(text)}}
}

func TestAMailIsReadBack(t *testing.T) {
	t.Parallel()
	m := sample()
	content, err := m.Bytes()
	must(t, err)
	if again, err := m.Bytes(); err != nil || !bytes.Equal(again, content) {
		t.Errorf("the same mail gave other bytes, %v", err)
	}
	for line := range strings.SplitSeq(string(content), "\r\n") {
		if len(line) > 78 || strings.ContainsAny(line, "\r\n") || strings.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
			t.Errorf("the line %q is too long or not ASCII", line)
		}
	}
	read, err := netmail.ReadMessage(bytes.NewReader(content))
	must(t, err)
	decode := new(mime.WordDecoder).DecodeHeader
	subject, err := decode(read.Header.Get("Subject"))
	must(t, err)
	from, err := read.Header.AddressList("From")
	must(t, err)
	to, err := read.Header.AddressList("To")
	must(t, err)
	if subject != m.Subject || *from[0] != m.From || *to[0] != m.To || read.Header.Get("Message-Id") != "<0123.usher@opera.example>" ||
		read.Header.Get("Date") != "Mon, 01 Mar 2027 08:00:00 +0000" || read.Header.Get("Content-Language") != "de" || read.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("the headers are %v", read.Header)
	}
	got := parts(t, read.Header, read.Body)
	want := []part{
		{"text/plain", "", strings.ReplaceAll(m.Text, "\n", "\r\n")}, {"text/html", "", "<p>Grüße</p>\r\n"}, {"application/pdf", "tickets.pdf", string(m.Files[0].Bytes)},
	}
	if len(got) != len(want) {
		t.Fatalf("the parts are %q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("the part is %q, want %q", got[i], want[i])
		}
	}
	m.From.Address = "box@opera.example>\r\nBcc: eve@evil.example"
	if _, err := m.Bytes(); err == nil {
		t.Error("a sender with a line break was accepted")
	}
}

// TestNoNameBeginsAHeader: whatever a name or a subject is, the mail has the same headers.
func TestNoNameBeginsAHeader(t *testing.T) {
	t.Parallel()
	check := func(t interface {
		Fatalf(string, ...any)
	}, text string,
	) {
		m := sample()
		m.To.Name, m.From.Name, m.Subject = text, text, text
		content, err := m.Bytes()
		if err != nil {
			t.Fatalf("%v", err)
		}
		head, _, _ := strings.Cut(string(content), "\r\n\r\n")
		if strings.ContainsAny(strings.ReplaceAll(head, "\r\n", ""), "\r\n\x00") {
			t.Fatalf("a line of the head ends alone: %q", head)
		}
		names := ""
		for line := range strings.SplitSeq(strings.ReplaceAll(head, "\r\n ", " "), "\r\n") {
			name, _, _ := strings.Cut(line, ":")
			names += name + " "
		}
		if names != "From To Subject Date Message-ID Auto-Submitted Content-Language MIME-Version Content-Type " {
			t.Fatalf("%q made the headers %s", text, names)
		}
		for line := range strings.SplitSeq(head, "\r\n") {
			if len(line) > 998 {
				t.Fatalf("%q made a line of %d octets", text, len(line))
			}
		}
		read, err := netmail.ReadMessage(bytes.NewReader(content))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if to, err := read.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != m.To.Address {
			t.Fatalf("%q: the mail goes to %v, %v", text, to, err)
		}
		if subject, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject")); err != nil || subject != clean(text, mostSubject) {
			t.Fatalf("the subject %q came back as %q, %v", clean(text, mostSubject), subject, err)
		}
	}
	for _, text := range []string{"Eve\r\nBcc: eve@evil.example", "Eve\nX: y\n\nbody", "\r", "Eve <eve@evil.example>, x", "a\u2028b\u202ec", strings.Repeat("é", 500), `"\`, "=?utf-8?q?x?="} {
		if text != "=?utf-8?q?x?=" { // reads as an encoded word, which does no harm
			check(t, text)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		check(t, rapid.StringN(0, 80, -1).Filter(func(s string) bool { return !strings.Contains(s, "=?") }).Draw(t, "text"))
	})
}
