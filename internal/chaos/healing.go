package chaos

import (
	"slices"
	"sync"
	"time"
)

// kinds are the requests that must succeed again before a fault counts as healed.
var kinds = [Kinds]string{"connect", "status", "join", "enter", "hold", "purchase", "leave"}

// Kinds is how many kinds of requests there are.
const Kinds = 7

// settling is how long a fault takes to be complete: what succeeds earlier says nothing
// about the fault.
const settling = time.Second

// healing measures how long after a fault each kind of request succeeds for the first
// time, and when the last visitor whose socket broke has a socket again.
type healing struct {
	mu    sync.Mutex
	since time.Time                // the end of the fault; zero: nothing is measured
	began time.Time                // the beginning of the fault
	first map[string]time.Duration // after since
	late  time.Duration            // after since: the last socket that came back
	works map[string]bool          // the kinds that succeeded while the fault lasted
}

// begins says that a fault begins.
func (h *healing) begins() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.began, h.since, h.first, h.late, h.works = time.Now(), time.Time{}, nil, 0, map[string]bool{}
}

// ends says that the fault is over. It returns how long the fault lasted.
func (h *healing) ends() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.since, h.first = time.Now(), map[string]time.Duration{}
	return h.since.Sub(h.began)
}

// succeeded takes in the success of a request that was sent at began. A request from
// before the end of the fault does not count.
func (h *healing) succeeded(kind string, began time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.since.IsZero() && h.works != nil && began.After(h.began.Add(settling)) {
		h.works[kind] = true
	}
	if h.since.IsZero() || began.Before(h.since) || !slices.Contains(kinds[:], kind) {
		return
	}
	if _, known := h.first[kind]; !known {
		h.first[kind] = time.Since(h.since)
	}
}

// back takes in a visitor's new socket, whose predecessor broke at the given time.
func (h *healing) back(broke time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.since.IsZero() && broke.After(h.began) {
		h.late = max(h.late, time.Since(h.since))
	}
}

// waitsFor reports whether a kind of request has not succeeded since the fault.
func (h *healing) waitsFor(kind string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, known := h.first[kind]
	return !h.since.IsZero() && !known
}

// missing lists the kinds that have not succeeded since the fault.
func (h *healing) missing() (names []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, kind := range kinds {
		if _, known := h.first[kind]; !known {
			names = append(names, kind)
		}
	}
	return names
}

// took is how long the healing took, and the kind of request that came last.
func (h *healing) took() (longest time.Duration, last string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for kind, after := range h.first {
		if after > longest {
			longest, last = after, kind
		}
	}
	if h.late > longest {
		return h.late, "a lost socket"
	}
	return longest, last
}

// worked lists the kinds that succeeded while the fault lasted.
func (h *healing) worked() (names []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, kind := range kinds {
		if h.works[kind] {
			names = append(names, kind)
		}
	}
	return names
}
