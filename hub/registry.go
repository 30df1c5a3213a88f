package hub

import "time"

// Register makes the socket live under its identity, with first as its first
// frame, closes an older one of the same key as replaced, and starts reading. It
// does not block; Message and Closed may come before it returns. A socket older
// than the one already there is closed as replaced itself.
func (h *Hub) Register(s *Socket, id Identity, handler Handler, first []byte) {
	s.heard.Store(h.now())
	s.mu.Lock()
	if s.reading {
		// A drain came first. Handler.Closed is still called.
		s.handler, s.id = handler, id
		missed, reason := s.ended, s.reason
		s.mu.Unlock()
		if missed {
			go s.tellClosed(handler, reason)
		}
		return
	}
	s.id, s.handler, s.reading = id, handler, true
	// No frame can be sent before Register, so this one is first.
	s.outbox.add(entry{frame: first})
	s.flushing = true
	s.mu.Unlock()

	loser, listed := h.list(s)
	if loser != nil {
		loser.Close(CloseReplaced, ReasonReplaced)
	}
	if listed {
		h.clock.add(s, s.firstAlarm())
	}
	s.writePending()
	s.startReading()
}

// list enters a socket under its key. When the key has another socket, loser is
// the older of the two; listed says whether s itself was entered.
func (h *Hub) list(s *Socket) (loser *Socket, listed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.draining {
		return nil, false // Drain has it, as it has every open socket
	}
	loser = h.seasons[s.id.Season][s.id.User]
	if loser != nil {
		if loser.id.Conn > s.id.Conn {
			return s, false
		}
		h.unlistLocked(loser)
	}
	users := h.seasons[s.id.Season]
	if users == nil {
		users = map[string]*Socket{}
		h.seasons[s.id.Season] = users
	}
	users[s.id.User] = s
	if first := h.sessions[s.id.Session]; first != nil {
		s.nextOfSession, first.prevOfSession = first, s
	}
	h.sessions[s.id.Session] = s
	s.listed = true
	h.live++
	if s.stream {
		h.streams++
	}
	return loser, true
}

func (h *Hub) unlist(s *Socket) {
	h.mu.Lock()
	h.unlistLocked(s)
	h.mu.Unlock()
	h.clock.retire(s)
}

func (h *Hub) unlistLocked(s *Socket) {
	if !s.listed {
		return
	}
	s.listed = false
	h.live--
	if s.stream {
		h.streams--
	}
	users := h.seasons[s.id.Season]
	delete(users, s.id.User)
	if len(users) == 0 {
		delete(h.seasons, s.id.Season)
	}
	switch {
	case s.prevOfSession != nil:
		s.prevOfSession.nextOfSession = s.nextOfSession
	case s.nextOfSession != nil:
		h.sessions[s.id.Session] = s.nextOfSession
	default:
		delete(h.sessions, s.id.Session)
	}
	if s.nextOfSession != nil {
		s.nextOfSession.prevOfSession = s.prevOfSession
	}
	s.prevOfSession, s.nextOfSession = nil, nil
}

// Get returns the live socket of a key, nil if there is none here.
func (h *Hub) Get(key Key) *Socket {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.seasons[key.Season][key.User]
}

// Full reports whether another socket would pass MaxSockets. Handshakes under
// way count: a crowd that comes at once is no way around the limit.
func (h *Hub) Full() bool {
	if h.o.MaxSockets <= 0 {
		return false
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.live+h.upgrading >= h.o.MaxSockets
}

// Open returns how many connections are the hub's: live, and on their way in or
// out.
func (h *Hub) Open() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.open) + h.upgrading
}

// Sockets returns how many sockets are live here, all seasons together.
func (h *Hub) Sockets() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.live
}

// Streams returns how many of them are streams of events.
func (h *Hub) Streams() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.streams
}

// Count returns how many sockets of a season are live here.
func (h *Hub) Count(season string) int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.seasons[season])
}

// Each calls f for every socket of a season that was live when it began, in no
// order and without holding a lock. What f sends to the socket leaves in one
// write.
func (h *Hub) Each(season string, f func(*Socket)) {
	for _, s := range h.of(season) {
		s.Batch(func() { f(s) })
	}
}

// of returns the live sockets of a season, in no order.
func (h *Hub) of(season string) []*Socket {
	h.mu.RLock()
	defer h.mu.RUnlock()
	sockets := make([]*Socket, 0, len(h.seasons[season]))
	for _, s := range h.seasons[season] {
		sockets = append(sockets, s)
	}
	return sockets
}

// Replace closes the socket of a key as replaced if its number is below newest.
func (h *Hub) Replace(key Key, newest int64) {
	if s := h.Get(key); s != nil && s.id.Conn < newest {
		s.Close(CloseReplaced, ReasonReplaced)
	}
}

// CloseSession closes every socket of a session.
func (h *Hub) CloseSession(session string, code CloseCode, reason string) {
	var sockets []*Socket
	h.mu.RLock()
	for s := h.sessions[session]; s != nil; s = s.nextOfSession {
		sockets = append(sockets, s)
	}
	h.mu.RUnlock()
	for _, s := range sockets {
		s.Close(code, reason)
	}
}

// beginUpgrade counts a handshake, unless the hub is draining.
func (h *Hub) beginUpgrade() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.draining {
		return false
	}
	h.upgrading++
	return true
}

// endUpgrade takes over the socket of a finished handshake, nil if it failed. A
// socket that arrives while the hub drains is closed like the others.
func (h *Hub) endUpgrade(s *Socket) {
	h.mu.Lock()
	h.upgrading--
	if s != nil {
		h.open[s] = struct{}{}
	}
	late, spread := s != nil && h.draining, h.spread
	h.drainedLocked()
	h.mu.Unlock()
	if late {
		s.shut(CloseRestart, ReasonRestart, h.o.Bye(ReasonRestart, spread/2))
	}
}

// drop forgets a socket that has ended.
func (h *Hub) drop(s *Socket) {
	h.mu.Lock()
	delete(h.open, s)
	h.drainedLocked()
	h.mu.Unlock()
}

func (h *Hub) drainedLocked() {
	if !h.draining || len(h.open) > 0 || h.upgrading > 0 {
		return
	}
	select {
	case <-h.drained:
	default:
		close(h.drained)
	}
}

// firstAlarm is when the clock must first check a socket; 0: never.
func (s *Socket) firstAlarm() int64 {
	var at int64
	if s.id.Heartbeat > 0 {
		at = s.heard.Load() + int64(s.id.Heartbeat)
	}
	return s.beforeExpiry(at)
}

// beforeExpiry moves an alarm (0: none) to the socket's expiry if that is earlier.
func (s *Socket) beforeExpiry(at int64) int64 {
	if s.id.ExpiresAt.IsZero() {
		return at
	}
	expiry := max(1, s.hub.now()+int64(time.Until(s.id.ExpiresAt)))
	if at == 0 || expiry < at {
		return expiry
	}
	return at
}
