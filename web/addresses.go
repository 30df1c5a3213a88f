package web

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"usher/internal/fault"
)

type addressKey struct{}

// addressOf is the address a request came from, as far as it can be told: the peer,
// or what a trusted proxy says of its own.
func addressOf(ctx context.Context) netip.Addr {
	address, _ := ctx.Value(addressKey{}).(netip.Addr)
	return address
}

// clientAddress is the middleware that finds a request's address.
func (s *Server) clientAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), addressKey{}, s.findAddress(r))))
	})
}

// findAddress reads X-Forwarded-For from its end, where each proxy adds whom it
// heard from, as long as those who wrote it are trusted.
func (s *Server) findAddress(r *http.Request) netip.Addr {
	peer := peerOf(r)
	forwarded := r.Header.Values("X-Forwarded-For")
	if len(forwarded) == 0 || !peer.IsValid() {
		return peer
	}
	if !s.trusts(peer) {
		s.proxyWarned.Do(func() {
			s.o.Warn.Set("forwarded", fmt.Sprintf("requests from %s say for whom they are forwarded and are not believed, so that all of them share one budget of sign-ins: "+
				"if that is your load balancer, name it with --trusted-proxy", roughly(peer)))
		})
		return peer
	}
	address := peer
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusts(address); i-- {
		hop, ok := parseHop(hops[i])
		if !ok {
			s.hopWarned.Do(func() {
				s.o.Warn.Set("forwarded", fmt.Sprintf("the proxy %s sends an X-Forwarded-For that is no address (%.60q): its requests count as the proxy's own", roughly(peer), strings.TrimSpace(hops[i])))
			})
			return peer
		}
		address = hop
	}
	return address
}

// peerOf is the address at the other end of the connection.
func peerOf(r *http.Request) netip.Addr {
	address, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return address.Addr().Unmap().WithZone("")
}

func (s *Server) trusts(address netip.Addr) bool {
	for _, prefix := range s.o.TrustedProxies {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

// parseHop reads one address of X-Forwarded-For. Some gateways write the port
// behind it, and an IPv6 address in brackets.
func parseHop(text string) (netip.Addr, bool) {
	text = strings.Trim(strings.TrimSpace(text), `"`)
	if address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")); err == nil {
		return address.Unmap().WithZone(""), true
	}
	address, err := netip.ParseAddrPort(text)
	return address.Addr().Unmap().WithZone(""), err == nil
}

// roughly names an address in a log: whole where it is one of the operator's own
// networks, otherwise without its end, which may be a person's.
func roughly(address netip.Addr) string {
	switch {
	case !address.IsValid():
		return "unknown"
	case address.IsPrivate(), address.IsLoopback(), address.IsLinkLocalUnicast():
		return address.String()
	}
	return coarse(address)
}

// coarse is an address without what tells one household from the next: the /24 of
// IPv4, the /48 of IPv6.
func coarse(address netip.Addr) string {
	switch {
	case !address.IsValid():
		return "unknown"
	case address.Unmap().Is4():
		return prefixOf(address.Unmap(), 24)
	}
	return prefixOf(address, 48)
}

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
