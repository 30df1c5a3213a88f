package hub_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"usher/hub"
	"usher/internal/testkit"
)

func TestADrainEndsInTimeSpreadsTheReturnAndLeavesNothing(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		const honest, deaf, stalled = 120, 40, 40
		const closeTimeout, spread = 300 * time.Millisecond, 10 * time.Second
		n := start(t, hub.Options{CloseTimeout: closeTimeout})
		before := runtime.NumGoroutine()

		var mu sync.Mutex
		var delays []time.Duration
		var clients sync.WaitGroup
		for i := range honest {
			c := n.dial(fmt.Sprint("honest", i), 1)
			c.want(welcome)
			clients.Go(func() {
				message, err := c.read()
				if err != nil {
					t.Error("no bye:", err)
					return
				}
				var bye struct {
					Type, Reason     string
					ReconnectAfterMs int64
				}
				if err := json.Unmarshal([]byte(message), &bye); err != nil || bye.Type != "bye" || bye.Reason != hub.ReasonRestart {
					t.Errorf("read %q, want a bye", message)
				}
				_, err = c.read()
				wantClose(t, err, hub.CloseRestart, hub.ReasonRestart)
				mu.Lock()
				defer mu.Unlock()
				delays = append(delays, time.Duration(bye.ReconnectAfterMs)*time.Millisecond)
			})
		}
		for i := range deaf { // they never answer the close
			n.dialRaw(fmt.Sprint("deaf", i), 1)
		}
		for i := range stalled { // they do not even read
			user := fmt.Sprint("stalled", i)
			n.dialRaw(user, 1)
			stall(t, n.socket(user))
		}

		ctx, cancel := context.WithTimeout(context.Background(), soon)
		defer cancel()
		began := time.Now()
		n.hub.Drain(ctx, spread)
		took := time.Since(began)
		if ctx.Err() != nil || took > 2*closeTimeout+4*time.Second {
			t.Errorf("the drain took %v with a close timeout of %v", took, closeTimeout)
		}
		clients.Wait()
		if got := n.hub.Sockets(); got != 0 {
			t.Errorf("%d sockets are live after the drain", got)
		}
		if got := n.metric("usher_ws_closes_total", hub.ReasonRestart); got != honest+deaf+stalled {
			t.Errorf("%v closes counted, want %d", got, honest+deaf+stalled)
		}
		slices.Sort(delays)
		for quarter := 1; quarter < 4; quarter++ {
			got, want := delays[len(delays)*quarter/4], spread*time.Duration(quarter)/4
			if got < want-spread/5 || got > want+spread/5 {
				t.Errorf("quartile %d of the reconnect delays is %v, want about %v", quarter, got, want)
			}
		}
		testkit.Eventually(t, soon, "goroutines are back to what they were", func() bool {
			http.DefaultClient.CloseIdleConnections()
			return runtime.NumGoroutine() <= before
		})

		response, err := http.Get(n.url("late", 1))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		body, _ := io.ReadAll(response.Body)
		var problem struct {
			Code   string
			Status int
		}
		if err := json.Unmarshal(body, &problem); err != nil || response.StatusCode != http.StatusServiceUnavailable || problem.Code != "draining" || problem.Status != 503 ||
			response.Header.Get("Retry-After") == "" || response.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("an upgrade after the drain is answered %d %s %v", response.StatusCode, body, response.Header)
		}
		n.hub.Drain(ctx, spread) // again is nothing
	})
}

func TestADrainCutsWhatIsLeftWhenItsContextEnds(t *testing.T) {
	eachWay(t, func(t *testing.T, start func(testing.TB, hub.Options) *node) {
		n := start(t, hub.Options{CloseTimeout: soon})
		n.dialRaw("ann", 1)
		stall(t, n.socket("ann"))
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		began := time.Now()
		n.hub.Drain(ctx, 0)
		if took := time.Since(began); took > soon/2 {
			t.Errorf("the drain took %v", took)
		}
		if got := n.reasons("ann"); !slices.Equal(got, []string{hub.ReasonRestart}) {
			t.Errorf("after the drain Closed has been told %q", got)
		}
	})
}

func TestADrainDoesNotWaitForAHandlerThatNeverReturns(t *testing.T) {
	n := start(t, hub.Options{CloseTimeout: 50 * time.Millisecond})
	entered, release := make(chan context.Context), make(chan struct{})
	n.message = func(s *hub.Socket, _ []byte) {
		entered <- s.Context()
		<-release
	}
	c := n.dialRaw("ann", 1)
	c.write(masked(fin|text, "x"))
	socketCtx := <-entered
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	n.hub.Drain(ctx, 0)
	if socketCtx.Err() == nil {
		t.Error("the handler's context is not done")
	}
	if got := n.reasons("ann"); got != nil {
		t.Errorf("Closed was told %q before the message was handled", got)
	}
	close(release)
	n.wantClosed("ann", hub.ReasonRestart)
}

func TestASocketDrainedBeforeItIsRegisteredIsClosedAllTheSame(t *testing.T) {
	n := start(t, hub.Options{CloseTimeout: 50 * time.Millisecond})
	upgraded := make(chan *hub.Socket, 1)
	n.adopt = func(s *hub.Socket, _ string) { upgraded <- s }
	dialed := make(chan *client, 1)
	go func() { dialed <- n.dial("ann", 1) }()
	s := <-upgraded
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	var draining sync.WaitGroup
	draining.Go(func() { n.hub.Drain(ctx, 0) })
	(<-dialed).wantBye(hub.CloseRestart, hub.ReasonRestart)
	draining.Wait()
	n.hub.Register(s, hub.Identity{Key: hub.Key{Season: "demo", User: "ann"}}, n, []byte(welcome))
	n.wantClosed("ann", hub.ReasonRestart)
	if n.hub.Sockets() != 0 {
		t.Error("it is live")
	}
}

func TestASocketCutBeforeAnybodyHasItEndsToo(t *testing.T) {
	for name, adopt := range map[string]func(n *node, s *hub.Socket){
		"then registered": func(n *node, s *hub.Socket) {
			n.hub.Register(s, hub.Identity{Key: hub.Key{Season: "demo", User: "ann"}}, n, nil)
			n.wantClosed("ann", hub.ReasonRestart)
		},
		"then aborted": func(n *node, s *hub.Socket) { n.hub.Abort(s, hub.CloseBusy, "busy", nil) },
	} {
		t.Run(name, func(t *testing.T) {
			n := start(t, hub.Options{})
			adopted := make(chan struct{})
			n.adopt = func(s *hub.Socket, _ string) {
				defer close(adopted)
				s.Fail(hub.ReasonRestart)
				adopt(n, s)
			}
			n.ask("ann", 1, nil).wantEnd()
			<-adopted
			ctx, cancel := context.WithTimeout(context.Background(), soon/5)
			defer cancel()
			n.hub.Drain(ctx, 0)
			if ctx.Err() != nil {
				t.Error("it holds up the drain")
			}
		})
	}
}
