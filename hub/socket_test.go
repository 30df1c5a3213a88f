package hub_test

import (
	"fmt"
	"testing"

	"usher/hub"
)

func TestTheFirstFrameIsTheWelcomeAndRepliesKeepTheirOrder(t *testing.T) {
	n := start(t, hub.Options{Rate: 1e6, Burst: 1e6})
	n.message = func(s *hub.Socket, frame []byte) {
		s.Send(fmt.Appendf(nil, "re %s", frame))
	}
	c := n.dial("ann", 1)
	c.want(`{"type":"welcome"}`)
	for i := range 500 {
		c.send(fmt.Sprint(i))
	}
	for i := range 500 {
		c.want(fmt.Sprintf("re %d", i))
	}
	n.socket("ann").Close(hub.CloseLoggedOut, "logged_out")
	c.wantBye(hub.CloseLoggedOut, "logged_out")
	n.wantClosed("ann", "logged_out")
}
