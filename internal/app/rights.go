package app

import (
	"context"
	"strings"
	"time"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/challenge"
	"usher/internal/fault"
	"usher/internal/store"
	"usher/queue"
)

const (
	rightsTimeout = 10 * time.Second
	// probe is the id of a season, a session and a node that do not exist.
	probe = "rights-probe"
)

// redisNeeds are the keys and channels in Redis that the packages of a node use.
func redisNeeds(node string) store.Needs {
	var needs store.Needs
	add := func(keys, channels []string) {
		needs.Keys = append(needs.Keys, keys...)
		needs.Channels = append(needs.Channels, channels...)
	}
	add(queue.RedisNeeds(probe, node))
	add(booking.RedisNeeds(probe, node))
	add(auth.RedisNeeds(probe))
	add(challenge.RedisNeeds(probe))
	add([]string{markKey(probe)}, nil)
	return needs
}

// tryRights tries every right in Redis that this node needs and records the ones it
// lacks. A node that lacks a right is not ready.
func (h *health) tryRights(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, rightsTimeout)
	defer cancel()
	missing, err := h.stores.Rights(ctx, h.needs)
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err != nil: // Redis does not answer; tried again when it does
		h.rightsDue = true
	case len(missing) > 0:
		lacking := fault.New(fault.Unavailable, "Redis does not allow %s; docs/operating.md has what its user needs", strings.Join(missing, ", "))
		if h.rights == nil || h.rights.Error() != lacking.Error() {
			h.log.Error("rights in Redis are missing: this node is not ready until its user has them", "missing", missing)
		}
		h.rights, h.rightsDue = lacking, true
	default:
		h.rights, h.rightsDue = nil, false
	}
}
