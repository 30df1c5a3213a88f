package simulate

import (
	"math/rand/v2"
	"time"
)

// planEvents schedules what the organizer does during the sale, and the losses of
// Redis.
func (s *simulation) planEvents() {
	if s.house != nil {
		s.house.planReturns()
	}
	if s.plan.PauseFor > 0 {
		s.in(s.plan.PauseAfter, -1, func() { s.pause(s.plan.PauseFor) })
	}
	if s.plan.NoSeatFor > 0 {
		s.in(s.plan.NoSeatAfter, -1, func() { s.endSeats(s.plan.NoSeatFor) })
	}
	for _, change := range s.plan.Limits {
		s.in(change.After, -1, func() {
			s.limit = change.Limit
			s.setRule(func() { s.rule.ActiveLimit = change.Limit })
		})
	}
	for _, at := range s.plan.LoseRedis {
		s.in(at, -1, s.loseRedis)
	}
	if s.plan.Progress != nil {
		s.in(0, -1, s.reportProgress)
	}
}

// reportProgress reports the progress of the simulation, once a minute of the
// sale.
func (s *simulation) reportProgress() {
	s.plan.Progress(Progress{After: s.now.Sub(opening), Through: s.plan.Fans - s.left, Fans: s.plan.Fans})
	s.in(time.Minute, -1, s.reportProgress)
}

func (s *simulation) pause(d time.Duration) {
	s.setRule(func() { s.rule.Paused = true })
	s.in(d, -1, func() {
		s.setRule(func() { s.rule.Paused = false })
	})
}

// endSeats has every seat in a cart for a while. The node that sees the first one
// come back admits at once.
func (s *simulation) endSeats(d time.Duration) {
	s.noSeat = true
	s.setStock()
	s.in(d, -1, func() {
		s.noSeat = false
		s.setStock()
		if n := s.reachable(); n != nil {
			n.queue.SeatsFreed(season)
			n.planTasks()
		}
	})
}

// setStock writes what the scripts of the seats keep: a plan of one seat.
func (s *simulation) setStock() {
	key := s.check.key
	pipe := s.look.TxPipeline()
	pipe.HSet(s.ctx, key("sale"), "seats", 1, "forSale", 1)
	if s.noSeat {
		pipe.HSet(s.ctx, key("holder"), "0", "buyer")
		pipe.SetBit(s.ctx, key("held"), 0, 1)
	} else {
		pipe.Del(s.ctx, key("holder"), key("held"))
	}
	if _, err := pipe.Exec(s.ctx); err != nil {
		s.fail("setting the stock", err)
	}
	s.notePause()
}

func (s *simulation) setRule(change func()) {
	change()
	s.configure()
}

// gather is how long a lost line gathers.
const gather = 30 * time.Second

// loseRedis runs FLUSHALL. Fans in line or with a turn bring their places back;
// active fans are out, and join again.
func (s *simulation) loseRedis() {
	s.redis.FlushAll()
	s.losses++
	s.lostAt = s.now
	s.check.lost()
	if s.house != nil {
		s.house.lost()
	}
}

// drawSeed is the seed of the season's draw: the same for the same plan.
func (s *simulation) drawSeed() []byte {
	r, seed := rand.New(rand.NewPCG(s.plan.Seed, 3)), make([]byte, 32)
	for i := range seed {
		seed[i] = byte(r.Uint32())
	}
	return seed
}
