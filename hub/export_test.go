package hub

import "time"

// ParseFrame is parseFrame, for fuzzing.
func ParseFrame(b []byte, limit int64) (payload []byte, size int, err error) {
	f, size, err := parseFrame(b, limit)
	return f.payload, size, err
}

// Fail is what a drain does to a socket when its time is up.
func (s *Socket) Fail(reason string) { s.fail(reason) }

// Idle reports whether no write is under way.
func (s *Socket) Idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.flushing
}

// Unwatch leaves a socket's silence to CheckSilence.
func (s *Socket) Unwatch() { s.hub.clock.retire(s) }

// CheckSilence is what the clock does when it rings so late.
func (s *Socket) CheckSilence(late time.Duration) { s.check(int64(late)) }
