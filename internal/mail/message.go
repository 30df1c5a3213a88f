package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
	"unicode"
)

// Message is one mail to one person.
type Message struct {
	From     mail.Address
	To       mail.Address
	ID       string // Message-ID without its brackets; equal messages have equal ids
	Date     time.Time
	Language string // BCP 47
	Subject  string
	Text     string // lines end in \n
	HTML     string
	Files    []File
}

// File is an attachment.
type File struct {
	Name  string // ASCII
	Media string // a media type, with its parameters
	Bytes []byte
}

const (
	mostSubject = 150 // characters
	lineOctets  = 76  // of base64
)

// Bytes returns the mail with its headers (RFC 5322, MIME). The same message gives the
// same bytes. No text begins a header or ends one: line breaks and control characters of
// names and subject are left out.
func (m *Message) Bytes() ([]byte, error) {
	if !plain(m.From.Address) {
		return nil, fmt.Errorf("mail: the sender %q is no plain address", m.From.Address)
	}
	sum := sha256.Sum256([]byte(m.ID))
	boundary := "usher-" + hex.EncodeToString(sum[:8])
	var out bytes.Buffer
	header := func(name, value string) { fmt.Fprintf(&out, "%s: %s\r\n", name, value) }
	header("From", address(m.From))
	header("To", address(m.To))
	header("Subject", encoded(m.Subject, mostSubject))
	header("Date", m.Date.UTC().Format("Mon, 02 Jan 2006 15:04:05 +0000"))
	header("Message-ID", "<"+clean(m.ID, 200)+">")
	header("Auto-Submitted", "auto-generated") // RFC 3834: no program replies to it
	if m.Language != "" {
		header("Content-Language", clean(m.Language, 35))
	}
	header("MIME-Version", "1.0")
	all := multipart.NewWriter(&out)
	if err := all.SetBoundary(boundary); err != nil {
		return nil, err
	}
	header("Content-Type", `multipart/mixed; boundary="`+boundary+`"`)
	out.WriteString("\r\n")
	if err := m.write(all, boundary+"-text"); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// write writes the parts: the text in both forms, then the files.
func (m *Message) write(all *multipart.Writer, boundary string) error {
	texts, err := all.CreatePart(textproto.MIMEHeader{"Content-Type": {`multipart/alternative; boundary="` + boundary + `"`}})
	if err != nil {
		return err
	}
	forms := multipart.NewWriter(texts)
	if err := forms.SetBoundary(boundary); err != nil {
		return err
	}
	for _, form := range []struct{ media, text string }{{"text/plain", m.Text}, {"text/html", m.HTML}} {
		part, err := forms.CreatePart(textproto.MIMEHeader{
			"Content-Type": {form.media + "; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"},
		})
		if err != nil {
			return err
		}
		w := quotedprintable.NewWriter(part)
		if _, err := io.WriteString(w, strings.ReplaceAll(form.text, "\n", "\r\n")); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	if err := forms.Close(); err != nil {
		return err
	}
	for _, f := range m.Files {
		part, err := all.CreatePart(textproto.MIMEHeader{
			"Content-Type":              {f.Media},
			"Content-Disposition":       {mime.FormatMediaType("attachment", map[string]string{"filename": clean(f.Name, 100)})},
			"Content-Transfer-Encoding": {"base64"},
		})
		if err != nil {
			return err
		}
		text := base64.StdEncoding.EncodeToString(f.Bytes)
		for len(text) > 0 {
			n := min(lineOctets, len(text))
			if _, err := io.WriteString(part, text[:n]+"\r\n"); err != nil {
				return err
			}
			text = text[n:]
		}
	}
	return all.Close()
}

// address returns an address for a header. A name beyond ASCII is in base64, because the
// other encoding leaves letters as they are that a name must not contain (RFC 2047, 5).
func address(a mail.Address) string {
	a.Name = clean(a.Name, 100)
	if ascii(a.Name) {
		return a.String()
	}
	return folded(mime.BEncoding.Encode("utf-8", a.Name) + " <" + a.Address + ">")
}

// encoded returns a text for a header: as it is, or in encoded words (RFC 2047).
func encoded(text string, most int) string {
	return folded(mime.QEncoding.Encode("utf-8", clean(text, most)))
}

// folded breaks a header before each encoded word, so that no line is too long.
func folded(header string) string { return strings.ReplaceAll(header, " =?utf-8?", "\r\n =?utf-8?") }

// clean returns at most so many characters of a text on one line, without characters that
// no reader shows.
func clean(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		return strings.TrimSpace(string(runes[:most-1])) + "…"
	}
	return text
}
