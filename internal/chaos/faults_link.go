package chaos

import (
	"time"

	"usher/internal/testkit"
)

// linkFaults are the faults of the network between nodes and stores.
func linkFaults() []Fault {
	return []Fault{{
		ID: "latency", Name: "300 ms of latency to Redis",
		Means: "Everything works and is slower: each request waits for its round trip. No fan loses anything.",
		Stage: Stage{Link: RedisLink},
		Cause: func(s *Sale) {
			s.during("300 ms of latency to Redis", func() {
				s.link.Delay(150 * time.Millisecond) // each way
				for range s.rounds(1, 1, 6) {
					s.underway()
				}
				s.link.Delay(0)
			})
		},
	}, {
		ID: "half-open", Name: "half-open connections to Redis",
		Means: "The other end of every connection is gone and no node is told, as after a firewall has forgotten them. A request fails after at most 1.5 s, and the node opens new connections.",
		Stage: Stage{Link: RedisLink},
		Cause: func(s *Sale) {
			for range s.rounds(2, 3, 12) {
				s.during("every connection to Redis is half-open", s.link.HalfOpen)
			}
		},
	}, {
		ID: "lost-replies", Name: "lost replies of Redis",
		Means: "Redis has run the script and the node does not learn so. Nodes and fans repeat the request; every script may run twice.",
		Stage: Stage{Link: RedisLink},
		Cause: loseReplies,
	}, {
		ID: "lost-ledger", Name: "lost replies of MongoDB",
		Means: "The same for the records of admissions and purchases: each is an insert that is found when it is repeated.",
		Stage: Stage{Link: MongoLink},
		Cause: func(s *Sale) {
			s.during("MongoDB's replies are lost", func() {
				for range s.rounds(1, 2, 10) {
					s.link.Lose(testkit.FewOf(1, 3, "admissions"))
					s.underway()
				}
				s.link.Lose(nil)
			})
			s.wantLostReplies(10)
		},
	}, {
		ID: "cut-off", Name: "one node cut off from Redis",
		Means: "Fans of that node count as absent after three seconds and are passed over. They keep their numbers and are first again when the link is back.",
		Stage: Stage{Link: RedisLinkOne, Absences: true},
		Cause: cutOff,
	}, {
		ID: "mongo-away", Name: "MongoDB away for 30 s",
		Means: "Sockets and positions go on. No fan enters until MongoDB is back, because each admission is recorded there first; purchases and check-ins answer 503 or stay pending, and what was under way settles by itself.",
		Stage: Stage{Link: MongoLink},
		Cause: func(s *Sale) {
			for range s.rounds(1, 1, 3) {
				s.during("MongoDB is away", func() {
					s.link.Down()
					s.bites()
					s.lasts(time.Duration(s.rounds(4, 30, 30)) * time.Second)
					s.link.Up()
				})
			}
			s.wantEpoch(0)
		},
	}}
}

func (s *Sale) wantLostReplies(least int) {
	s.t.Helper()
	if lost := s.link.Lost(); lost < least {
		s.t.Errorf("only %d replies were lost", lost)
	}
}

// loseReplies loses single replies, and so many in a row that the client's own retry is
// lost too.
func loseReplies(s *Sale) {
	s.during("Redis' replies are lost", func() {
		for range s.rounds(1, 2, 10) {
			for _, lost := range [][2]int{{1, 3}, {20, 60}} {
				s.link.Lose(testkit.FewOf(lost[0], lost[1], "evalsha"))
				s.underway()
			}
		}
		s.link.Lose(nil)
	})
	s.wantLostReplies(50)
}

// cutOff: one node's connection to Redis is silent for so long that its fans count as
// absent and are passed over. Then the connection delivers everything that was sent,
// and these fans are first again.
func cutOff(s *Sale) {
	for range s.rounds(1, 1, 6) {
		known := s.awayOnes()
		s.during("one node is cut off from Redis", func() {
			s.link.Freeze()
			testkit.Eventually(s.t, 20*time.Second, "the fans of the node count as absent", func() bool { return s.awayOnes() > known })
			s.link.Thaw()
		})
		testkit.Eventually(s.t, 20*time.Second, "its fans are present again", func() bool {
			absent, err := s.store.Redis.ZCard(s.ctx, "absent:{"+s.o.Season+"}").Result()
			return err == nil && absent == 0
		})
	}
}
