package hub_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"usher/hub"
	"usher/internal/testkit"
)

func TestASilentSocketIsPingedAndDeadAfterTwoHeartbeats(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		const beat = 300 * time.Millisecond
		n := start(t, hub.Options{})
		n.identity = func(id *hub.Identity) { id.Heartbeat = beat }
		began := time.Now()
		c := n.dialRaw("ann", 1)
		c.want(fin|text, welcome)
		c.want(fin|ping, "")
		if took := time.Since(began); took < beat {
			t.Errorf("pinged after %v of silence, want %v", took, beat)
		}
		n.wantClosed("ann", hub.ReasonDead)
		if took := time.Since(began); took < 2*beat {
			t.Errorf("dead after %v of silence, want %v", took, 2*beat)
		}
		c.wantEnd()
	})
}

func TestWhoAnswersPingsOrSpeaksLives(t *testing.T) {
	const beat = 400 * time.Millisecond
	n := start(t, hub.Options{})
	n.identity = func(id *hub.Identity) { id.Heartbeat = beat }
	n.message = echo
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	answers := n.dial("answers pings", 1)
	answers.want(welcome)
	alive := answers.ws.CloseRead(ctx)

	// This one never answers a ping but says something in time.
	speaks := n.dialRaw("speaks", 1)
	speaks.want(fin|text, welcome)
	pings := 0
	for end := time.Now().Add(4 * beat); time.Now().Before(end); {
		first, _, err := speaks.read()
		if err != nil {
			t.Fatal(err)
		}
		if first == fin|ping {
			pings++
			speaks.write(masked(fin|text, "here"))
		}
	}
	if pings < 2 {
		t.Errorf("%d pings in four heartbeats", pings)
	}
	if alive.Err() != nil || n.hub.Sockets() != 2 {
		t.Errorf("%d sockets live, want 2", n.hub.Sockets())
	}
	cancel()
}

func TestASocketWhoseMessageIsBeingHandledIsNotDead(t *testing.T) {
	const beat = 250 * time.Millisecond
	n := start(t, hub.Options{})
	n.identity = func(id *hub.Identity) { id.Heartbeat = beat }
	release := make(chan struct{})
	n.message = func(s *hub.Socket, _ []byte) {
		<-release
		s.Send([]byte("done"))
	}
	c := n.dialRaw("ann", 1)
	c.write(masked(fin|text, "a long purchase"))
	began := time.Now()
	testkit.Eventually(t, soon, "many heartbeats to pass", func() bool { return time.Since(began) > 4*beat })
	if n.hub.Sockets() != 1 {
		t.Fatalf("closed as %q", n.reasons("ann"))
	}
	close(release)
	for {
		first, payload, err := c.read()
		if err != nil {
			t.Fatal(err)
		}
		if first == fin|text && payload == "done" {
			return
		}
	}
}

func TestASocketClosesWhenItsTokenRunsOut(t *testing.T) {
	n := start(t, hub.Options{})
	n.identity = func(id *hub.Identity) {
		id.Heartbeat = time.Hour
		switch id.User {
		case "soon":
			id.ExpiresAt = time.Now().Add(150 * time.Millisecond)
		case "already":
			id.ExpiresAt = time.Now().Add(-time.Second)
		case "later":
			id.ExpiresAt = time.Now().Add(time.Hour)
		}
	}
	later := n.dial("later", 1)
	later.want(welcome)
	already := n.dial("already", 1)
	already.wantBye(hub.CloseExpired, hub.ReasonExpired)
	began := time.Now()
	expiring := n.dial("soon", 1)
	expiring.wantBye(hub.CloseExpired, hub.ReasonExpired)
	if took := time.Since(began); took < 150*time.Millisecond {
		t.Errorf("expired after %v", took)
	}
	n.wantClosed("soon", hub.ReasonExpired)
	if n.hub.Sockets() != 1 {
		t.Errorf("%d sockets live, want 1", n.hub.Sockets())
	}
}

func TestAClientThatOnlyDribblesIsDead(t *testing.T) {
	const beat = 100 * time.Millisecond
	n := start(t, hub.Options{})
	n.identity = func(id *hub.Identity) { id.Heartbeat = beat }
	c := n.dialRaw("ann", 1)
	frame := masked(fin|text, "a message that never ends")
	for i := 0; len(n.reasons("ann")) == 0 && i < len(frame)-1; i++ {
		if _, err := c.conn.Write(frame[i : i+1]); err != nil {
			break
		}
		_, _, _ = c.read() // the welcome, then a ping, then the end
	}
	n.wantClosed("ann", hub.ReasonDead)
}

func TestAfterAStandstillOfTheProcessAPingComesBeforeDeath(t *testing.T) {
	const beat = 300 * time.Millisecond
	n := start(t, hub.Options{})
	n.identity = func(id *hub.Identity) { id.Heartbeat = beat }
	c := n.dialRaw("ann", 1)
	s := n.socket("ann")
	s.Unwatch()
	began := time.Now()
	testkit.Eventually(t, soon, "silence", func() bool { return time.Since(began) > 2*beat })
	s.CheckSilence(0) // pings
	s.CheckSilence(time.Hour)
	if n.hub.Sockets() != 1 || n.reasons("ann") != nil {
		t.Fatal("dead though the process may not have read its answer")
	}
	c.want(fin|text, welcome)
	c.want(fin|ping, "")
	c.want(fin|ping, "")
	s.CheckSilence(0)
	n.wantClosed("ann", hub.ReasonDead)
}

func TestASocketOfACrowdIsPingedWhenOthersHaveLeft(t *testing.T) {
	const beat = 500 * time.Millisecond
	n := start(t, hub.Options{})
	n.identity = func(id *hub.Identity) { id.Heartbeat = beat }
	var stay, leave []*rawClient
	for i := range 60 {
		c := n.dialRaw(fmt.Sprint("fan ", i), 1)
		c.want(fin|text, welcome)
		if i%3 == 0 {
			stay = append(stay, c)
		} else {
			leave = append(leave, c)
		}
	}
	for _, c := range leave {
		_ = c.conn.Close()
	}
	for _, c := range stay {
		c.want(fin|ping, "")
		c.write(masked(fin|pong, ""))
	}
	for _, c := range stay {
		c.want(fin|ping, "") // so the pong was heard
	}
	if got := n.hub.Sockets(); got != len(stay) {
		t.Errorf("%d sockets, want %d", got, len(stay))
	}
}
