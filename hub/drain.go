package hub

import (
	"context"
	"math/rand/v2"
	"time"
)

// Drain says bye to every socket with a reconnect delay spread over spread,
// closes them with 1012 in parallel, and waits for them until ctx ends. Then it
// cuts what is left. Upgrades are refused from its first moment on.
//
// The one thing it cannot end is a Handler.Message that does not return; it
// leaves that behind, with its context cancelled, and logs it.
func (h *Hub) Drain(ctx context.Context, spread time.Duration) {
	h.mu.Lock()
	h.draining, h.spread = true, spread
	h.drainedLocked()
	sockets := h.openLocked()
	h.mu.Unlock()
	defer h.cancel()

	for i, s := range sockets {
		// A random moment within each one's own share: spread evenly, and not
		// in step with the other nodes that drain.
		after := time.Duration((float64(i) + rand.Float64()) / float64(len(sockets)) * float64(spread))
		s.shut(CloseRestart, ReasonRestart, h.o.Bye(ReasonRestart, after))
	}
	select {
	case <-h.drained:
		return
	case <-ctx.Done():
	}

	h.mu.Lock()
	sockets = h.openLocked()
	h.mu.Unlock()
	h.cancel()
	for _, s := range sockets {
		s.fail(ReasonRestart)
	}
	timeout := time.NewTimer(h.o.CloseTimeout)
	defer timeout.Stop()
	select {
	case <-h.drained:
	case <-timeout.C:
		h.mu.Lock()
		left := len(h.open)
		h.mu.Unlock()
		h.o.Logger.Error("sockets are still being handled after the drain", "sockets", left)
	}
}

func (h *Hub) openLocked() []*Socket {
	sockets := make([]*Socket, 0, len(h.open))
	for s := range h.open {
		sockets = append(sockets, s)
	}
	return sockets
}
