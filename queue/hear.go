package queue

// hear takes in what a script published. Own is what a script called by this
// node answered; the same message comes back by pub/sub, where its count says
// whether one before it was lost.
func (s *season) hear(message string, own bool) {
	n, err := parseNews(message)
	if err != nil {
		s.q.log.Error("a message of the line cannot be read", "season", s.id, "error", err)
		return
	}
	c := countsOf(n.Counts)
	s.mu.Lock()
	s.seeLocked(c)
	if !own {
		s.countNewsLocked(c)
	}
	for _, u := range n.Users {
		s.applyLocked(c, parseRecord(u))
	}
	for _, pair := range n.Replaced {
		var newest socket
		scan(pair, &newest.user, &newest.conn)
		s.replaceLocked(newest.user, newest.conn)
	}
	if n.Moved != "" && (s.atFront && !own || c.Open != s.lastRefresh.Open) {
		s.todo.picture = true
	}
	rouse := s.todo.picture || s.todo.resync != ""
	s.mu.Unlock()
	s.q.out.drain()
	if rouse {
		s.rouse()
	}
}

// countNewsLocked notes that a message came by pub/sub, and asks for a resync
// when one before it did not.
func (s *season) countNewsLocked(c counts) {
	if c.Epoch == s.heardIn && s.heardNews >= 0 && c.News > s.heardNews+1 {
		s.todo.resync = "lost"
	}
	if c.Epoch > s.heardIn || c.Epoch == s.heardIn && c.News > s.heardNews {
		s.heardIn, s.heardNews = c.Epoch, c.News
	}
}

// missesNewsLocked reports whether there had been more news at a tick than has
// arrived; a moment later all of it must have. A node that does not know where
// it stands yet begins to count here.
func (s *season) missesNewsLocked(c counts) bool {
	if c.Epoch != s.heardIn || s.heardNews < 0 {
		s.heardIn, s.heardNews = c.Epoch, c.News
		return false
	}
	return c.News > s.heardNews
}
