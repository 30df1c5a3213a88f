package app_test

import (
	"testing"

	"usher/internal/testkit/node"
)

// TestKilledNodes: under load, one node after the other dies by kill -9, and a new
// node replaces it.
func TestKilledNodes(t *testing.T) {
	t.Parallel()
	s, nodes := openSale(t, stage{absences: true})
	for range rounds(2, 12) {
		victim := nodes[0]
		s.replace(victim.URL, "")
		victim.Kill()
		s.underway()
		nodes = append(nodes[1:], node.StartProcess(t, s.o))
		s.replace("", nodes[2].URL)
		s.underway()
	}
	s.wantEnd()
}
