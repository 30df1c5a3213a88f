package mail

import (
	"errors"
	"net"
	"net/mail"
	"net/url"
	"strings"
)

// Relay is the SMTP server that takes the mails.
type Relay struct {
	Host     string
	Port     string
	TLS      bool   // from the first byte (smtps); else STARTTLS
	User     string // "": no credentials
	password string
}

// The ports of submission (RFC 8314), for URLs without a port.
const (
	portStartTLS = "587"
	portTLS      = "465"
)

// ParseRelay reads smtp://user:password@host:port or smtps://…; user, password and port
// may be missing. No error contains the text, which may contain a password.
func ParseRelay(text string) (Relay, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Hostname() == "" {
		return Relay{}, errors.New("is not a URL such as smtp://user:password@host:587; write special characters of the password as %XX")
	}
	r := Relay{Host: u.Hostname(), Port: u.Port()}
	switch strings.ToLower(u.Scheme) {
	case "smtp":
		r.Port = firstOf(r.Port, portStartTLS)
	case "smtps":
		r.TLS = true
		r.Port = firstOf(r.Port, portTLS)
	default:
		return Relay{}, errors.New("has another scheme than smtp and smtps")
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return Relay{}, errors.New("has a path, a query or a fragment; give scheme, user, password, host and port only")
	}
	if u.User != nil {
		password, given := u.User.Password()
		if u.User.Username() == "" || !given || password == "" {
			return Relay{}, errors.New("has a user without a password, or a password without a user")
		}
		r.User, r.password = u.User.Username(), password
	}
	return r, nil
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// String returns the address of the relay, without user and password.
func (r Relay) String() string {
	scheme := "smtp://"
	if r.TLS {
		scheme = "smtps://"
	}
	return scheme + net.JoinHostPort(r.Host, r.Port)
}

// ParseFrom reads a sender such as "Opera Tickets <tickets@opera.example>".
func ParseFrom(text string) (mail.Address, error) {
	a, err := mail.ParseAddress(text)
	if err != nil || !plain(a.Address) {
		return mail.Address{}, errors.New("is not an e-mail address such as tickets@opera.example, or Opera Tickets <tickets@opera.example>")
	}
	return *a, nil
}

// plain reports whether an address can be written in a command and a header as it is:
// ASCII, one @, no quotes, spaces or brackets.
func plain(address string) bool {
	local, domain, found := strings.Cut(address, "@")
	return found && local != "" && domain != "" && len(address) <= 254 &&
		!strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r >= 0x7f }) &&
		!strings.ContainsAny(address, `"<>()[],;:\`) && strings.Count(address, "@") == 1
}
