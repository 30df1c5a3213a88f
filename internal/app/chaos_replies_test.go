package app_test

import (
	"bytes"
	"testing"

	"usher/internal/testkit"
)

// TestLostReplies: between the nodes and Redis, every few replies to a script
// are lost after the script has run. Joins, enters, leaves and holds are
// repeated, by the client of Redis and by fans.
func TestLostReplies(t *testing.T) {
	t.Parallel()
	var proxy *testkit.Proxy
	s, _ := openSale(t, stage{through: func(url string) string {
		proxy = testkit.StartProxy(t, url)
		return proxy.URL
	}})
	scripts := 0
	for _, each := range []int{7, 3} {
		proxy.Lose(func(request []byte) bool {
			if !bytes.Contains(request[:min(len(request), 64)], []byte("evalsha")) {
				return false
			}
			scripts++
			return scripts%each == 0
		})
		s.underway()
	}
	proxy.Lose(nil)
	if lost := proxy.Lost(); lost < 50 {
		t.Errorf("only %d replies were lost", lost)
	}
	s.wantEnd()
}
