package chaos

import (
	"fmt"
	"slices"
	"syscall"
	"time"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// redisFaults are the faults of a single Redis.
func redisFaults() []Fault {
	return []Fault{{
		ID: "kill-redis", Name: "`kill -9` of Redis, which starts again",
		Means: "Fans see “Reconnecting” and keep everything: the append-only file has it. A power cut of the whole machine is the row “a cut append-only file”, and so is a disk so slow that Redis, with `appendfsync everysec`, answers before it has written.",
		Cause: killRedis,
	}, {
		ID: "stop-redis", Name: "Redis does not answer for 10 s (SIGSTOP)",
		Means: "Requests are answered 503 with Retry-After at once, `/healthz` stays 200 and `/readyz` turns 503. Nothing is lost, and no node needs a restart.",
		Cause: stopRedis,
	}, {
		ID: "script-flush", Name: "SCRIPT FLUSH, again and again",
		Means: "Fans notice nothing: a node sends the text of a script that Redis has forgotten.",
		Cause: flushScripts,
	}, {
		ID: "flushall", Name: "FLUSHALL under load",
		Means: "Sold seats are rebuilt from MongoDB. Fans in line get their numbers back from their node or from their signed place, and the line goes on in the old order after it has gathered for half a minute. Fans who were inside are out and join again; holds are gone.",
		Stage: Stage{Lossy: true, Steady: true, Absences: true},
		Cause: flushAll,
	}, {
		ID: "cut-log", Name: "a cut append-only file: the last changes are gone",
		Means: "What a power cut does with `appendfsync everysec`. The nodes see that Redis went back in time, open a new epoch and restore the line as after FLUSHALL.",
		Stage: Stage{Lossy: true, Steady: true, Absences: true},
		Cause: cutLog,
	}, {
		ID: "disk-full", Name: "a full disk under Redis",
		Means: "Redis refuses every change before it is made (MISCONF), so requests answer 503 and nothing is half done. With space on the disk Redis goes on by itself within a second.",
		Cause: fillDisk,
	}, {
		ID: "memory", Name: "Redis reaches its `maxmemory` (noeviction)",
		Means: "Joins, holds and purchases answer 503 and change nothing. Raise `maxmemory` while Redis runs; nothing needs a restart.",
		Cause: fillMemory,
	}}
}

// epoch is the epoch of the season's data in Redis.
func (s *Sale) epoch() int {
	s.t.Helper()
	var epoch int
	var err error
	testkit.Eventually(s.t, 30*time.Second, "Redis says the epoch", func() bool {
		epoch, err = s.store.Redis.Get(s.ctx, "epoch:{"+s.o.Season+"}").Int()
		return err == nil
	})
	return epoch
}

// wantEpoch checks how many epochs were opened since the crowd joined.
func (s *Sale) wantEpoch(more int) {
	s.t.Helper()
	if epoch := s.epoch(); epoch != s.opened+more {
		s.violated("epoch %d became epoch %d; %d more are right", s.opened, epoch, more)
	}
}

// killRedis: Redis dies under load and starts again with its append-only file.
//
// With "everysec" Redis postpones a write while the disk is still at the last fsync,
// for two seconds at most, but answers. On a busy machine the kill then
// cuts the file, which is another fault. With "no" a change is written before its answer.
func killRedis(s *Sale) {
	written := func() {
		if err := s.store.Redis.ConfigSet(s.ctx, "appendfsync", "no").Err(); err != nil {
			s.t.Fatal(err)
		}
	}
	written()
	for i := range s.rounds(2, 3, 12) {
		s.during(fmt.Sprintf("kill -9 of Redis, %d", i+1), func() {
			s.redis.Crash()
			if err := s.redis.Start(); err != nil {
				s.t.Fatal(err)
			}
		})
		written()
	}
	s.wantEpoch(0)
}

// stopRedis: Redis stops answering without closing a connection. Then Redis continues,
// and runs the commands that were sent while it was frozen.
func stopRedis(s *Sale) {
	signal := func(signal syscall.Signal) {
		s.t.Helper()
		if err := s.redis.Process().Signal(signal); err != nil {
			s.t.Fatal(err)
		}
	}
	for range s.rounds(1, 1, 3) {
		s.during("SIGSTOP of Redis", func() {
			signal(syscall.SIGSTOP)
			over := time.After(time.Duration(s.rounds(4, 10, 10)) * time.Second)
			for _, n := range s.nodes {
				anybody := node.Fan{URL: n.URL, Season: s.o.Season}
				if status, _, err := anybody.Request("GET", "/healthz", nil); status != 200 || err != nil {
					s.violated("while Redis does not answer, a node's liveness is %d %v", status, err)
				}
			}
			s.bites()
			<-over
			signal(syscall.SIGCONT)
		})
	}
	s.wantEpoch(0)
}

// flushScripts: Redis drops its cached scripts all the time.
func flushScripts(s *Sale) {
	s.during("SCRIPT FLUSH", func() {
		goal := s.entered.Load() + int64(s.rounds(2, 4, 60))*socketVisitors
		testkit.Eventually(s.t, 5*time.Minute, "the line moves all the time", func() bool {
			if err := s.store.Redis.ScriptFlush(s.ctx).Err(); err != nil {
				s.t.Fatal(err)
			}
			return s.entered.Load() >= goal
		})
	})
}

// flushAll: Redis loses all data. For fans with an open socket, their node restores the
// places from memory. Fans without a socket, and fans who reconnect, bring back their
// signed places. A place that has admitted its fan admits no second time.
func flushAll(s *Sale) {
	lives := s.rounds(1, 1, 3)
	for range lives {
		away := s.visitors[:6] // no node has their places in memory
		for _, v := range away {
			v.parked.Store(false)
			v.absent.Store(true)
		}
		testkit.Eventually(s.t, 20*time.Second, "some fans are away", func() bool {
			return !slices.ContainsFunc(away, func(v *visitor) bool { return !v.parked.Load() })
		})
		s.during("FLUSHALL", func() {
			if err := s.store.Redis.FlushAll(s.ctx).Err(); err != nil {
				s.t.Fatal(err)
			}
			s.mu.Lock()
			clear(s.away) // from here on, no present fan may be passed over
			s.mu.Unlock()
			for _, v := range away {
				v.absent.Store(false)
			}
		})
	}
	s.wantEpoch(lives)
}

// cutLog: Redis dies, and comes back without its last changes.
func cutLog(s *Sale) {
	lives := s.rounds(1, 1, 3)
	for range lives {
		kept := s.redis.LogSize(s.t)
		goal := s.entered.Load() + activeLimit
		testkit.Eventually(s.t, time.Minute, "fans enter", func() bool { return s.entered.Load() >= goal })
		s.during("Redis dies, and its append-only file is cut", func() {
			s.redis.Crash()
			s.redis.CutLog(s.t, kept)
			if err := s.redis.Start(); err != nil {
				s.t.Fatal(err)
			}
			s.mu.Lock()
			clear(s.away)
			s.mu.Unlock()
		})
	}
	s.wantEpoch(lives)
}

// fillDisk: the append-only file cannot grow.
func fillDisk(s *Sale) {
	for range s.rounds(1, 1, 3) {
		s.during("the disk under Redis is full", func() {
			s.redis.LimitFiles(s.t, s.redis.LogSize(s.t)+4096)
			s.bites()
			s.lasts(time.Duration(s.rounds(1, 5, 30)) * time.Second)
			s.redis.LimitFiles(s.t, -1)
		})
	}
	s.wantEpoch(0)
}

// fillMemory: Redis has no memory for a further change.
func fillMemory(s *Sale) {
	set := func(limit string) {
		s.t.Helper()
		if err := s.store.Redis.ConfigSet(s.ctx, "maxmemory", limit).Err(); err != nil {
			s.t.Fatal(err)
		}
	}
	for range s.rounds(1, 1, 3) {
		s.during("Redis has reached its maxmemory", func() {
			set("1mb")
			s.bites()
			s.lasts(time.Duration(s.rounds(1, 5, 30)) * time.Second)
			set("0")
		})
	}
	s.wantEpoch(0)
}
