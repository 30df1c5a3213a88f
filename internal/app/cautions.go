package app

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"

	"usher/web"
)

// cautions are what in the options is allowed and yet endangers fans, money or
// secrets, a sentence each that says what to do. usher-dev is for trying things
// out, and gets none.
func (o *Options) cautions() (texts []string) {
	if o.DevSignIn {
		return nil
	}
	caution := func(format string, args ...any) { texts = append(texts, fmt.Sprintf(format, args...)) }
	if o.Payments == PaySandbox {
		caution("--payments sandbox sells for no money: every ticket is free; say --payments stripe for a real sale")
	}
	signsIn := o.GoogleClientID != ""
	switch {
	case signsIn && o.PublicURL == "":
		caution("--public-url is missing: session cookies are set without Secure and the sign-in returns to this machine; say --public-url https://…")
	case signsIn && isPlainURL(o.PublicURL):
		caution("--public-url is plain http: session cookies are set without Secure and can be read on the way; serve https and say --public-url https://…")
	}
	for _, path := range append(slices.Clone(o.SigningKeys), o.TicketKeys...) {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o044 != 0 {
			caution("the key %s can be read by other users of this machine, who could sign sessions and tickets; chmod 600 it", path)
		}
	}
	if files := fileLimit(); files > 0 && o.MaxSockets > files {
		caution("--max-sockets %d is more than the %d files this process may open; raise the limit (LimitNOFILE, ulimit -n)", o.MaxSockets, files)
	}
	if isPlainURL(o.BeaconURL) {
		caution("--beacon-url is plain http: what it says can be changed on the way, and the draw with it; use https")
	}
	for _, feed := range o.FeedURLs {
		if isPlainURL(feed) {
			u, _ := url.Parse(feed)
			caution("--feed-url to %s is plain http: who bought what can be read on the way; use https", u.Host) // the rest may hold a secret
		}
	}
	return texts
}

// checkKeyFiles refuses key files that other users of the machine can replace.
func checkKeyFiles(flag string, paths []string) (problems []string) {
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o002 != 0 {
			problems = append(problems, fmt.Sprintf("%s %s can be written by every user of this machine; chmod 600 it, and make a new one if somebody may have", flag, path))
		}
	}
	return problems
}

// isPlainURL reports whether text is a URL of plain http to another machine.
func isPlainURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && strings.EqualFold(u.Scheme, "http") && !isLoopback(u.Hostname())
}

// isLoopback reports whether a host, without a port, is this machine.
func isLoopback(host string) bool { return web.IsLoopback(host) }

// hostOf is the host of an address or a Host header, without a port and
// brackets.
func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}
