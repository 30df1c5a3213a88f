package chaos

import (
	"fmt"
	"testing"
	"time"

	"usher/internal/testkit"
)

// ServerFaults are the faults of a Redis of several servers, of a family: redis or
// valkey. Their table stands in docs/operating.md.
func ServerFaults(family string) []Fault {
	watched := Stage{Lossy: true, Steady: true, Absences: true, Redis: func(t testing.TB, _ string) *testkit.RedisGroup {
		return testkit.StartSentinels(t, family)
	}}
	return []Fault{{
		ID: "cluster", Name: "Redis Cluster, three primaries: the season's slot moves to another primary (`redis-cli --cluster reshard`)",
		Means: "While the slot moves, the cluster refuses scripts on it for some milliseconds at a time. The client repeats them. A request that is still refused answers 503. Nothing is lost, and no node needs a restart.",
		Stage: Stage{Redis: func(t testing.TB, season string) *testkit.RedisGroup {
			return testkit.StartCluster(t, family, "{"+season+"}")
		}},
		Cause: reshard,
	}, {
		ID: "sentinel", Name: "Sentinel: `kill -9` of the primary, failover to its replica",
		Means: "Requests answer 503 until the Sentinels have agreed on the replica: `down-after-milliseconds` and about two seconds more. A replica that had everything loses nothing.",
		Stage: watched,
		Cause: func(s *Sale) { failover(s, 0) },
	}, {
		ID: "sentinel-lag", Name: "the same, and the replica lacks the last half second",
		Means: "What [asynchronous replication can lose](#what-asynchronous-replication-can-lose) is lost, and no more: fans who were inside are out, and the line goes on in the old order after it has gathered for half a minute. `min-replicas-to-write 1` with a small `min-replicas-max-lag` keeps the replica close.",
		Stage: watched,
		Cause: func(s *Sale) { failover(s, 500*time.Millisecond) },
	}}
}

// reshard moves slots to another primary, the season's first.
func reshard(s *Sale) {
	slots := s.rounds(1, 100, 1000)
	moved := 0
	s.during(fmt.Sprintf("%d slots move, the season's among them", slots), func() { moved = s.servers.Reshard(s.t, slots) })
	s.wantEpoch(0)
	s.out.Notes = append(s.out.Notes, fmt.Sprintf("%d slots; the season's had %d keys", slots, moved))
}

// failover kills the primary and starts it again, as a replica of the new one. If lag is
// not 0, the replica gets nothing for so long before.
func failover(s *Sale, lag time.Duration) {
	for i := range s.rounds(1, 1, 4) {
		behind := func() {}
		if lag > 0 {
			behind = s.servers.StopReplica(s.t)
			goal := s.entered.Load() + activeLimit
			s.lasts(lag)
			testkit.Eventually(s.t, time.Minute, "fans enter", func() bool { return s.entered.Load() >= goal })
		}
		killed := 0
		s.during(fmt.Sprintf("kill -9 of the primary, %d", i+1), func() {
			killed = s.servers.CrashPrimary(s.t)
			behind()
			s.mu.Lock()
			clear(s.away)
			s.mu.Unlock()
		})
		if s.form.Brief {
			break // to make the killed server a replica takes the Sentinels ten seconds
		}
		s.servers.Rejoin(s.t, killed)
		s.underway()
	}
	lost := s.epoch() - s.opened
	if lost != s.out.Rounds && lag > 0 {
		s.violated("%d failovers to a replica that lacked changes opened %d epochs", s.out.Rounds, lost)
	}
	s.out.Notes = append(s.out.Notes, fmt.Sprintf("`down-after-milliseconds` %d; %d of %d failovers lost changes", testkit.DownAfter.Milliseconds(), lost, s.out.Rounds))
}
