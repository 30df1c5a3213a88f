package app_test

import (
	"testing"

	"usher/internal/testkit/node"
)

// TestKilledNodes: nodes die by kill -9 under load, one after the other, and
// another takes each one's place.
func TestKilledNodes(t *testing.T) {
	t.Parallel()
	s, nodes := openSale(t, stage{absences: true})
	for _, victim := range nodes[:2] {
		s.replace(victim.URL, "")
		victim.Kill()
		s.underway()
		s.replace("", node.StartProcess(t, s.o).URL)
		s.underway()
	}
	s.wantEnd()
}
