//go:build linux && (amd64 || arm64)

package hub

import "runtime"

// WhilePolled does something while the poller has a socket's claim.
func (s *Socket) WhilePolled(do func()) {
	for !s.claims.CompareAndSwap(unclaimed, claimed) {
		runtime.Gosched()
	}
	do()
	w := &pollWait{hub: s.hub, chunk: s.hub.chunk()}
	w.readClaimed(s, false)
}
