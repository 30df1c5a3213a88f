package app

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// opsGuard decides which Host headers the ops address answers. A page of the
// web whose name is made to point at this machine sends its own name, and gets
// nothing.
type opsGuard struct {
	names    []string // besides addresses
	loopback bool     // bound to this machine: no other addresses either
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

// allows judges a Host header.
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
			http.Error(w, "this name is not served here; ask by address, or start the node with --ops-host "+hostOf(r.Host), http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}
