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

// cautions are warnings about options that are allowed but endanger fans, money or
// secrets. Each is a sentence that says what to do. usher-dev, which is for trying
// things out, gets none.
func (o *Options) cautions() (texts []string) {
	if o.DevSignIn {
		return nil
	}
	caution := func(format string, args ...any) { texts = append(texts, fmt.Sprintf(format, args...)) }
	if o.Payments == PaySandbox {
		caution("--payments sandbox takes no money: every ticket is free; use --payments stripe for a real sale")
	}
	signsIn := o.GoogleClientID != "" || len(o.OIDCProviders) > 0
	switch {
	case signsIn && o.PublicURL == "":
		caution("--public-url is missing: session cookies are set without Secure and the sign-in returns to this machine; give --public-url https://…")
	case signsIn && isPlainURL(o.PublicURL):
		caution("--public-url is plain http: session cookies are set without Secure and can be read on the network; serve https and give --public-url https://…")
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
		caution("--beacon-url is plain http: the beacon's value, and with it the draw, can be changed on the network; use https")
	}
	for _, feed := range o.FeedURLs {
		if isPlainURL(feed) {
			u, _ := url.Parse(feed)
			caution("--feed-url to %s is plain http: who bought which seats can be read on the network; use https", u.Host) // the rest of the URL may hold a secret
		}
	}
	return texts
}

// checkKeyFiles refuses key files that other users of the machine can replace.
func checkKeyFiles(flag string, paths []string) (problems []string) {
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o002 != 0 {
			problems = append(problems, fmt.Sprintf("%s %s can be written by every user of this machine; chmod 600 it, and make a new key if another user may have replaced it", flag, path))
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
