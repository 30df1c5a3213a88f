package crowd

// timer is a later step of a fan.
type timer struct {
	at   int64 // ns of the crowd's clock
	fan  int32
	kind timerKind
	seq  uint32 // if it differs from the fan's, the timer was cancelled
}

type timerKind uint8

const (
	timerAct     timerKind = iota // the next step
	timerLate                     // an answer has not arrived in time
	timerVanish                   // the fan walks away
	timerConnect                  // open the socket again
	timerKinds
)

// timers is a binary heap with the earliest timer first.
type timers []timer

func (t *timers) push(added timer) {
	*t = append(*t, added)
	h := *t
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if h[parent].at <= h[i].at {
			return
		}
		h[parent], h[i] = h[i], h[parent]
		i = parent
	}
}

func (t *timers) pop() timer {
	h := *t
	first, last := h[0], len(h)-1
	h[0] = h[last]
	h = h[:last]
	*t = h
	for i := 0; ; {
		least := i
		for _, child := range [2]int{2*i + 1, 2*i + 2} {
			if child < len(h) && h[child].at < h[least].at {
				least = child
			}
		}
		if least == i {
			return first
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}
