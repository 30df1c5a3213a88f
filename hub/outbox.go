package hub

// entry is one pending item of a socket: a message, an update, or (control) the
// bytes of finished frames.
type entry struct {
	frame   []byte
	update  Update // nil for a message
	control bool
}

// entryCost is what an entry counts beside its bytes, so that many small ones
// are bounded too.
const entryCost = 64

// outbox holds what is pending while a write is under way. It keeps order: an
// update merges only with one that no message was queued behind, because an
// update must not overtake a message (a seat snapshot) that it builds on.
type outbox struct {
	entries []entry
	bytes   int
	last    [slots]int // one past the index of the update that may still merge; 0: none
}

func (o *outbox) add(e entry) {
	o.bytes += entryCost
	// The first entry leaves directly after the write under way, so its bytes do
	// not count.
	if len(o.entries) > 0 {
		o.bytes += len(e.frame)
	}
	o.entries = append(o.entries, e)
	if !e.control {
		o.last = [slots]int{}
	}
}

// waiting is the update that a newer one of its slot merges into, nil for none.
func (o *outbox) waiting(slot Slot) *entry {
	if i := o.last[slot]; i > 0 {
		return &o.entries[i-1]
	}
	return nil
}

func (o *outbox) addUpdate(slot Slot, u Update) {
	o.entries = append(o.entries, entry{update: u})
	o.bytes += entryCost
	o.last[slot] = len(o.entries)
}

// takeAll empties the outbox and gives back what was in it. It keeps no memory.
func (o *outbox) takeAll() []entry {
	entries := o.entries
	*o = outbox{}
	return entries
}

// Send queues one message. It never blocks: a socket whose outbox overflows is
// closed as too slow. The bytes are the hub's from then on, and may be shared
// among sockets.
//
// Not counted against the bound are the write in progress and the first message
// that waits for it. A message is refused only if the bound was passed before it,
// so a long message reaches every client that reads.
func (s *Socket) Send(frame []byte) {
	s.mu.Lock()
	if s.cannotQueueLocked() {
		s.mu.Unlock()
		return
	}
	if s.flushing {
		if s.overflowsLocked() {
			s.mu.Unlock()
			s.overflow()
			return
		}
		s.outbox.add(entry{frame: frame})
		s.mu.Unlock()
		return
	}
	s.flushing = true
	s.mu.Unlock()
	b := s.burst()
	s.hub.add(b, entry{frame: frame})
	s.write(b)
}

// Update queues an update, merging it with one of the same slot still pending.
// It never blocks. u may be shared among sockets.
func (s *Socket) Update(slot Slot, u Update) {
	s.mu.Lock()
	if s.cannotQueueLocked() {
		s.mu.Unlock()
		return
	}
	if s.flushing {
		waiting := s.outbox.waiting(slot)
		if waiting == nil && s.overflowsLocked() {
			s.mu.Unlock()
			s.overflow()
			return
		}
		if waiting != nil {
			waiting.update = s.hub.merged(waiting.update, u)
		} else {
			s.outbox.addUpdate(slot, u)
		}
		s.mu.Unlock()
		return
	}
	s.flushing = true
	s.mu.Unlock()
	b := s.burst()
	s.hub.add(b, entry{update: u})
	s.write(b)
}

// Batch calls f; what is sent to the socket during it, by f or others, leaves in
// one write after it. f must not wait for anything.
func (s *Socket) Batch(f func()) {
	s.mu.Lock()
	mine := !s.flushing && !s.cannotQueueLocked()
	if mine {
		s.flushing = true
	}
	s.mu.Unlock()
	if mine {
		defer s.writePending()
	}
	f()
}

// control queues a finished control frame. Pongs count against the outbox: a
// client that pings and never reads is too slow like any other.
func (s *Socket) control(bytes []byte) {
	s.mu.Lock()
	if s.cannotQueueLocked() {
		s.mu.Unlock()
		return
	}
	if s.flushing && s.overflowsLocked() {
		s.mu.Unlock()
		s.overflow()
		return
	}
	if s.flushing {
		s.outbox.add(entry{frame: bytes, control: true})
		s.mu.Unlock()
		return
	}
	s.flushing = true
	s.mu.Unlock()
	b := s.burst()
	s.hub.add(b, entry{frame: bytes, control: true})
	s.write(b)
}

// cannotQueueLocked reports whether nothing may be queued: before Register, and once
// the socket closes.
func (s *Socket) cannotQueueLocked() bool { return !s.reading || s.closing || s.broken }

// overflowsLocked reports whether the bound is passed. What a batch gathers, or
// what comes during a write that the kernel takes at once, says nothing about
// the reader.
func (s *Socket) overflowsLocked() bool {
	return s.stuck && s.outbox.bytes > s.hub.o.OutboxBytes
}

func (s *Socket) overflow() {
	if s.shutAs(CloseTooSlow, ReasonTooSlow) {
		s.hub.metrics.overflows.Inc()
	}
}

// merged and frameOf call what the hub was handed while it is in the middle of
// something; a panic there must not leave a socket stuck or end the process.
func (h *Hub) merged(older, newer Update) (u Update) {
	defer func() {
		if p := recover(); p != nil {
			h.logPanic("an update to merge", p)
			u = newer
		}
	}()
	return older.Merge(newer)
}

func (h *Hub) frameOf(u Update) (frame []byte) {
	defer func() {
		if p := recover(); p != nil {
			h.logPanic("an update to encode", p)
			frame = nil
		}
	}()
	return u.Frame()
}
