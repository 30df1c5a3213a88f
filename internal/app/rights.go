package app

import (
	"context"
	"strings"
	"time"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/store"
	"usher/queue"
)

const (
	rightsTimeout = 10 * time.Second
	// probe stands for a season, a session and a node that do not exist.
	probe = "rights-probe"
)

// redisNeeds are the keys and channels of all rooms.
func redisNeeds(node string) store.Needs {
	var needs store.Needs
	add := func(keys, channels []string) {
		needs.Keys = append(needs.Keys, keys...)
		needs.Channels = append(needs.Channels, channels...)
	}
	add(queue.RedisNeeds(probe, node))
	add(booking.RedisNeeds(probe, node))
	add(auth.RedisNeeds(probe))
	add([]string{markKey(probe)}, nil)
	return needs
}

// tryRights finds out whether Redis allows all that this node does, and keeps
// what it does not: a node that lacks a right is not ready.
func (h *health) tryRights(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, rightsTimeout)
	defer cancel()
	missing, err := h.stores.Rights(ctx, h.needs)
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err != nil: // Redis is away; tried again when it answers
		h.rightsDue = true
	case len(missing) > 0:
		lacking := fault.New(fault.Unavailable, "Redis does not allow %s; docs/operating.md has what its user needs", strings.Join(missing, ", "))
		if h.rights == nil || h.rights.Error() != lacking.Error() {
			h.log.Error("rights are missing in Redis: this node does not serve", "missing", missing)
		}
		h.rights, h.rightsDue = lacking, true
	default:
		h.rights, h.rightsDue = nil, false
	}
}
