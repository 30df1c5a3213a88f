package app_test

import (
	"bytes"
	"testing"
	"time"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// some picks, of every so many requests that begin with a word, the first few.
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

// TestLostReplies: between the nodes and Redis, every few replies to a script
// are lost after the script has run. Joins, enters, leaves and holds are
// repeated, by the client of Redis and by fans.
func TestLostReplies(t *testing.T) {
	t.Parallel()
	var proxy *testkit.Proxy
	s, _ := openSale(t, stage{between: func(i int, seen *node.Options) {
		if i == 0 {
			proxy = testkit.StartProxy(t, seen.RedisURL)
		}
		seen.RedisURL = proxy.URL
	}})
	// Alone, and so many in a row that the client's own repetition is lost too.
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

// TestLostRepliesOfTheLedger: the same between the nodes and MongoDB, for the
// notes of who was admitted.
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

// TestANodeCutOff: one node's link to Redis goes dead without ending, long
// enough for the others to take its fans for absent, and then delivers all that
// has waited. Its fans are passed over meanwhile, and are first again.
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
	testkit.Eventually(t, 20*time.Second, "the fans of the node are seen to be absent", func() bool { return s.awayOnes() > known })
	proxy.Thaw()
	s.underway()
	testkit.Eventually(t, 20*time.Second, "its fans are there again", func() bool {
		absent, err := s.store.Redis.ZCard(s.ctx, "absent:{"+s.o.Season+"}").Result()
		return err == nil && absent == 0
	})
	s.wantEnd()
}
