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

// addressOf returns the address of a request's client: the peer of the connection,
// or the address that a trusted proxy reports.
func addressOf(ctx context.Context) netip.Addr {
	address, _ := ctx.Value(addressKey{}).(netip.Addr)
	return address
}

// clientAddress is the middleware that determines a request's client address.
func (s *Server) clientAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), addressKey{}, s.findAddress(r))))
	})
}

// findAddress reads X-Forwarded-For from its end, where each proxy appends the
// address it was called from, for as long as the writer is trusted.
func (s *Server) findAddress(r *http.Request) netip.Addr {
	peer := peerOf(r)
	forwarded := r.Header.Values("X-Forwarded-For")
	if len(forwarded) == 0 || !peer.IsValid() {
		return peer
	}
	if !s.trusts(peer) {
		s.proxyWarned.Do(func() {
			s.o.Warn.Set("forwarded", fmt.Sprintf("requests from %s carry X-Forwarded-For, but the address is not a trusted proxy, so all of them share one budget of sign-ins: "+
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
				s.o.Warn.Set("forwarded", fmt.Sprintf("the proxy %s sends an invalid address in X-Forwarded-For (%.60q): its requests count as the proxy's own", roughly(peer), strings.TrimSpace(hops[i])))
			})
			return peer
		}
		address = hop
	}
	return address
}

// peerOf returns the address at the other end of the connection.
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

// parseHop reads one address of X-Forwarded-For. Some gateways append a port, and
// write IPv6 addresses in brackets.
func parseHop(text string) (netip.Addr, bool) {
	text = strings.Trim(strings.TrimSpace(text), `"`)
	if address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")); err == nil {
		return address.Unmap().WithZone(""), true
	}
	address, err := netip.ParseAddrPort(text)
	return address.Addr().Unmap().WithZone(""), err == nil
}

// roughly formats an address for a log: completely for a private network, which is
// the operator's own; otherwise without its last part, which may identify a person.
func roughly(address netip.Addr) string {
	switch {
	case !address.IsValid():
		return "unknown"
	case address.IsPrivate(), address.IsLoopback(), address.IsLinkLocalUnicast():
		return address.String()
	}
	return coarse(address)
}

// coarse formats the network around an address, which does not identify a
// household: the /24 of IPv4, the /48 of IPv6.
func coarse(address netip.Addr) string {
	switch {
	case !address.IsValid():
		return "unknown"
	case address.Unmap().Is4():
		return prefixOf(address.Unmap(), 24)
	}
	return prefixOf(address, 48)
}

// IsLoopback reports whether a host name, without a port, means this machine.
func IsLoopback(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// checkLocal refuses a development sign-in unless the Host header is this machine's
// or the public URL's. A foreign page can point its own name at this machine (DNS
// rebinding), but then the browser sends that name.
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
	return fault.New(fault.Forbidden, "the development sign-in works only under localhost and the public URL: open http://localhost, or start usher-dev with --public-url")
}

// local serves a mounted handler (the OpenID provider of usher-dev) to local
// requests only.
func (s *Server) local(mounted http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.checkLocal(r); err != nil {
			s.fail(w, r, err)
			return
		}
		mounted.ServeHTTP(w, r)
	})
}

// gatewayUntrusted warns once, where return origins are set: without its address the shop's
// page is lost, and the fan stays on the waiting page.
func (s *Server) gatewayUntrusted(r *http.Request) {
	if len(s.o.ReturnOrigins) == 0 {
		return
	}
	s.gatewayWarned.Do(func() {
		s.o.Warn.Set("gateway", fmt.Sprintf("gateway checks from %s name the page that a browser asked for, but the address is not a trusted proxy, so fans are not sent back to the shop: "+
			"if that is the shop's proxy, name it with --trusted-proxy", roughly(peerOf(r))))
	})
}
