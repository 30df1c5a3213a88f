package web

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"usher/internal/fault"
)

// IsLoopback reports whether a host, without a port, is this machine.
func IsLoopback(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// checkLocal refuses a request that signs anybody in when it asks for another
// host than this machine or the public URL's. A foreign page whose name is made
// to point at this machine sends its own name.
func (s *Server) checkLocal(r *http.Request) error {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	host = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	if IsLoopback(host) {
		return nil
	}
	if public, err := url.Parse(s.o.PublicURL); err == nil && host != "" && strings.EqualFold(public.Hostname(), host) {
		return nil
	}
	return fault.New(fault.Forbidden, "the development sign-in answers on this machine's own names and the public URL's only: open http://localhost, or start usher-dev with --public-url")
}

// local serves a mounted handler, which is the development's own provider.
func (s *Server) local(mounted http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.checkLocal(r); err != nil {
			s.fail(w, r, err)
			return
		}
		mounted.ServeHTTP(w, r)
	})
}
