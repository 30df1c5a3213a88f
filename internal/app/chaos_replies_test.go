package app_test

import (
	"bytes"
	"testing"
	"time"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// some picks the first few of every group of requests that begin with a word.
func some(few, every int, word string) func([]byte) bool {
	seen := 0
	return func(request []byte) bool {
		if !bytes.Contains(request[:min(len(request), 256)], []byte(word)) {
			return false
		}
		seen++
		return (seen-1)%every < few
	}
}

// TestLostReplies: some replies of Redis to a script are lost after the script has
// run. The Redis client and fans repeat joins, enters, leaves and holds.
func TestLostReplies(t *testing.T) {
	t.Parallel()
	var proxy *testkit.Proxy
	s, _ := openSale(t, stage{between: func(i int, seen *node.Options) {
		if i == 0 {
			proxy = testkit.StartProxy(t, seen.RedisURL)
		}
		seen.RedisURL = proxy.URL
	}})
	// Single replies, and so many in a row that the client's own retry is lost too.
	for range rounds(1, 10) {
		for _, lost := range [][2]int{{1, 3}, {20, 60}} {
			proxy.Lose(some(lost[0], lost[1], "evalsha"))
			s.underway()
		}
	}
	proxy.Lose(nil)
	if lost := proxy.Lost(); lost < 50 {
		t.Errorf("only %d replies were lost", lost)
	}
	s.wantEnd()
}

// TestLostRepliesOfTheLedger: the same between the nodes and MongoDB, for the records
// of admissions.
func TestLostRepliesOfTheLedger(t *testing.T) {
	t.Parallel()
	var proxy *testkit.Proxy
	s, _ := openSale(t, stage{between: func(i int, seen *node.Options) {
		if i == 0 {
			proxy = testkit.StartProxy(t, seen.MongoURL)
		}
		seen.MongoURL = proxy.URL
	}})
	proxy.Lose(some(1, 3, "admissions"))
	s.underway()
	proxy.Lose(nil)
	if lost := proxy.Lost(); lost < 10 {
		t.Errorf("only %d replies were lost", lost)
	}
	s.wantEnd()
}

// TestANodeCutOff: one node's connection to Redis is silent for so long that its fans
// count as absent and are passed over. Then the connection delivers everything that
// was sent, and these fans are first again.
func TestANodeCutOff(t *testing.T) {
	t.Parallel()
	var proxy *testkit.Proxy
	s, _ := openSale(t, stage{absences: true, between: func(i int, seen *node.Options) {
		if i == 0 {
			proxy = testkit.StartProxy(t, seen.RedisURL)
			seen.RedisURL = proxy.URL
		}
	}})
	known := s.awayOnes()
	proxy.Freeze()
	testkit.Eventually(t, 20*time.Second, "the fans of the node count as absent", func() bool { return s.awayOnes() > known })
	proxy.Thaw()
	s.underway()
	testkit.Eventually(t, 20*time.Second, "its fans are present again", func() bool {
		absent, err := s.store.Redis.ZCard(s.ctx, "absent:{"+s.o.Season+"}").Result()
		return err == nil && absent == 0
	})
	s.wantEnd()
}
