package hub

// Shared is an Update that is the same for many sockets. Its frame is finished once,
// header and message, and every socket writes the same bytes: they are neither encoded
// nor copied again.
type Shared struct {
	frame  []byte
	header int // bytes of the header
}

// NewShared finishes the frame of a message. The bytes of the message are copied.
func NewShared(message []byte) *Shared {
	frame := appendHeader(make([]byte, 0, maxHeader+len(message)), opText, len(message))
	header := len(frame)
	return &Shared{append(frame, message...), header}
}

// Merge implements Update: the newer state replaces the older one.
func (s *Shared) Merge(newer Update) Update { return newer }

// Frame implements Update.
func (s *Shared) Frame() []byte { return s.frame[s.header:] }

// Tell sends an update to every socket of a season that is live now, and returns to
// how many. Sockets that register later do not get it.
func (h *Hub) Tell(season string, slot Slot, u *Shared) int {
	sockets := h.of(season)
	for _, s := range sockets {
		s.Update(slot, u)
	}
	return len(sockets)
}
