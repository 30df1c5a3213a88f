package simulate

import "time"

// unnoticed is how long a node keeps a half-open socket: until its next ping.
const unnoticed = 25 * time.Second

// planFault schedules the next fault.
func (s *simulation) planFault() {
	if s.plan.FaultEvery <= 0 {
		return
	}
	pause := time.Duration(s.chance.ExpFloat64() * float64(s.plan.FaultEvery))
	s.in(pause, -1, func() {
		faults := []func(){s.storm, s.killNode, s.freezeNode, s.briefPause, s.changeLimit}
		if s.plan.SeatsEnd {
			faults = append(faults, s.brieflyNoSeat)
		}
		faults[s.chance.IntN(len(faults))]()
		s.tally.faults++
		s.planFault()
	})
}

// between is a random duration.
func (s *simulation) between(least, most time.Duration) time.Duration {
	return least + time.Duration(s.chance.Int64N(int64(most-least)))
}

// storm breaks many sockets at once. The nodes notice half of them at once; the
// others stay half-open until a ping, and their fans come back before that.
func (s *simulation) storm() {
	share := 0.1 + s.chance.Float64()/2
	for _, f := range s.fans {
		if !f.connected || s.chance.Float64() >= share {
			continue
		}
		n, sock := f.node, socket{f.conn, f.link}
		f.lose()
		notices := latency
		if s.chance.IntN(2) == 0 {
			notices = unnoticed
		}
		f.in(notices, func() { n.close(f, sock) })
	}
}

// killNode kills a node without a clean stop. Another node starts a little later.
func (s *simulation) killNode() {
	if len(s.nodes) == 0 {
		return
	}
	s.nodes[s.chance.IntN(len(s.nodes))].kill()
	s.in(s.between(2*time.Second, 15*time.Second), -1, s.startNode)
}

// freezeNode freezes a node, for less or more time than the other nodes wait for
// its heartbeat.
func (s *simulation) freezeNode() {
	if n := s.reachable(); n != nil {
		n.freeze(s.between(time.Second, 12*time.Second))
	}
}

func (s *simulation) briefPause() { s.pause(s.between(5*time.Second, 40*time.Second)) }

func (s *simulation) brieflyNoSeat() { s.endSeats(s.between(5*time.Second, 40*time.Second)) }

func (s *simulation) changeLimit() {
	limit := s.limit
	s.setRule(func() { s.rule.ActiveLimit = max(1, limit/2+s.chance.IntN(limit+1)) })
}
