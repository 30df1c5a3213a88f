package app

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// opsGuard checks the Host header of requests to the ops address. It stops DNS
// rebinding: a web page whose host name is made to resolve to this machine sends
// that name, and is refused.
type opsGuard struct {
	names    []string // allowed host names, besides IP addresses
	loopback bool     // bound to this machine: of IP addresses, loopback ones only
}

func (a *App) opsGuard() opsGuard {
	return newOpsGuard(a.o.OpsListen, a.o.OpsHosts)
}

func newOpsGuard(listen string, names []string) opsGuard {
	host := hostOf(listen)
	g := opsGuard{loopback: isLoopback(host)}
	if host != "" {
		g.names = append(g.names, strings.ToLower(host))
	}
	for _, name := range names {
		g.names = append(g.names, strings.ToLower(hostOf(name)))
	}
	return g
}

// allows reports whether a Host header is served.
func (g opsGuard) allows(header string) bool {
	host := strings.ToLower(hostOf(header))
	if isLoopback(host) || slices.Contains(g.names, host) {
		return true
	}
	_, err := netip.ParseAddr(host)
	return err == nil && !g.loopback
}

func (g opsGuard) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.allows(r.Host) {
			http.Error(w, fmt.Sprintf("the host name %q is not served here; use the IP address, or start the node with --ops-host %s", hostOf(r.Host), hostOf(r.Host)), http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}
