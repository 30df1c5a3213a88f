package app_test

import (
	"testing"
	"time"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestPlacesGoToPresentFans: every other fan in line is absent; some fans have sockets
// and some have none. Of the freed places, at least 99 % are offered within two seconds
// to the first fan who is present.
func TestPlacesGoToPresentFans(t *testing.T) {
	testkit.Long(t)
	const line = 120
	shared := node.Shared(t)
	shared.Demo = func(d *dev.Demo) { d.ActiveLimit = 1 }
	nodes := []*node.Node{node.Start(t, shared), node.Start(t, shared)}
	inside := nodes[0].SignIn(t, "Inside")
	last := inside.Open()
	var present []*node.Socket
	for i := range line {
		fan := nodes[i%2].SignIn(t, fanName(i))
		socket := fan.Open()
		if i%4 < 2 {
			present = append(present, socket)
		} else {
			socket.Cut()
		}
	}
	late := 0
	for _, next := range present {
		last.Send(map[string]any{"type": "leave"})
		freed := time.Now()
		next.Want("turn")
		if time.Since(freed) > 2*time.Second {
			late++
		}
		if in := next.Ask(map[string]any{"type": "enter"}); in.At("status.state") != "active" {
			t.Fatalf("enter: %v", in)
		}
		last = next
	}
	if late*100 > len(present) {
		t.Errorf("%d of %d places were offered later than two seconds after they came free", late, len(present))
	}
}
