package chaos

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"usher/hub"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// crowdFaults are the faults that clients make.
func crowdFaults() []Fault {
	return []Fault{{
		ID: "reconnects", Name: "a storm of reconnects: a node dies, and all its waiting fans come to another node at once",
		Means: "The short form has a thousand fans, the long form ten thousand. Each gets the same number and no worse position, and the fans of the other nodes go on. The browser app spreads its reconnects over seconds; this crowd does not.",
		Stage: Stage{Absences: true},
		Cause: reconnects,
	}, {
		ID: "flood", Name: "a flood: 16 clients send as fast as they can",
		Means: "Requests over the limit are answered 429, by user, and a socket that floods is closed with 4009. The others' requests are answered; on a machine that has no idle core they are slower.",
		Stage: Stage{Args: []string{"--limit-requests", "40"}},
		Cause: flood,
	}, {
		ID: "slow-readers", Name: "slow readers: sockets that ask and never read",
		Means: "A socket that does not take its answers is closed when its buffer is full. It costs the others nothing.",
		Cause: slowReaders,
	}}
}

// reconnects kills a node with thousands of sockets of another season.
func reconnects(s *Sale) {
	size := s.rounds(300, 1000, 10_000)
	storm := newStorm(s, size)
	s.say("%d fans wait in line on one node", size)
	storm.gather(s.nodes[0].URL)
	var back time.Duration
	var all sync.WaitGroup
	s.during(fmt.Sprintf("the node with %d sockets dies", size), func() {
		victim := s.nodes[0]
		s.replace(victim.URL, "")
		victim.Kill()
		all.Go(func() { back = storm.comeBack(s.nodes[1].URL) })
	})
	all.Wait()
	s.stopIfViolated()
	if back > s.out.Healed {
		s.out.Healed, s.out.Last = back, fmt.Sprintf("the last of %d sockets", size)
	}
	s.out.Notes = append(s.out.Notes, fmt.Sprintf("%d sockets", size))
	s.nodes = append(s.nodes[1:], node.StartProcess(s.t, s.o))
	s.replace("", s.nodes[2].URL)
	s.underway()
}

const floods = 16

// flood lets clients send as fast as they can, half of them by sockets.
func flood(s *Sale) {
	var names []string
	for i := range floods {
		names = append(names, fmt.Sprintf("Flood %02d", i))
	}
	fans := node.Crowd(s.t, s.o, s.urls[0], names...)
	var sent, limited, closed atomic.Int64
	ctx, stop := context.WithCancel(s.ctx)
	var all sync.WaitGroup
	s.t.Cleanup(func() { stop(); all.Wait() })
	s.during("16 clients flood", func() {
		for i, fan := range fans {
			fan.URL = s.living(i)
		}
		for i, fan := range fans {
			all.Go(func() {
				for ctx.Err() == nil {
					if i%2 == 0 {
						floodRequests(ctx, fans[0], &sent, &limited) // one user: the limit is by user
					} else {
						floodSocket(ctx, fan, &sent, &closed)
					}
				}
			})
		}
		for range s.rounds(1, 3, 20) {
			s.underway()
		}
		if !testkit.Within(time.Minute, func() bool { return limited.Load() > 0 && closed.Load() > 0 }) {
			s.t.Fatalf("of %d requests of the flood %d were refused, and %d sockets were closed", sent.Load(), limited.Load(), closed.Load())
		}
		stop()
		all.Wait()
	})
	s.out.Notes = append(s.out.Notes, fmt.Sprintf("%d requests sent by the flood; %d answered 429, %d sockets closed with 4009", sent.Load(), limited.Load(), closed.Load()))
}

// floodRequests sends requests over a connection of its own, one after the other.
func floodRequests(ctx context.Context, fan *node.Fan, sent, limited *atomic.Int64) {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport}
	for ctx.Err() == nil {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, fan.URL+"/auth/status?season="+fan.Season, nil)
		if err != nil {
			return
		}
		request.Header.Set("Authorization", "Bearer "+fan.Token)
		answer, err := client.Do(request)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		sent.Add(1)
		if answer.StatusCode == http.StatusTooManyRequests {
			limited.Add(1)
		}
	}
}

// floodSocket sends requests on a socket without waiting for answers.
func floodSocket(ctx context.Context, fan *node.Fan, sent, closed *atomic.Int64) {
	conn, err := dial(ctx, fan, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			if _, _, err := conn.Read(ctx); err != nil {
				if websocket.CloseStatus(err) == websocket.StatusCode(hub.CloseFlooding) {
					closed.Add(1)
				}
				return
			}
		}
	}()
	for conn.Write(ctx, websocket.MessageText, []byte(`{"type":"status","id":1}`)) == nil {
		sent.Add(1)
	}
	<-ended // the close code comes after what the node sent before
}

// dial opens a fan's socket without a reader.
func dial(ctx context.Context, fan *node.Fan, client *http.Client) (*websocket.Conn, error) {
	conn, answer, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(fan.URL, "http")+"/ws?season="+fan.Season, &websocket.DialOptions{
		HTTPClient:   client,
		HTTPHeader:   http.Header{"Authorization": {"Bearer " + fan.Token}},
		Subprotocols: []string{"usher.v1"},
	})
	if err != nil && answer != nil && answer.Body != nil {
		_ = answer.Body.Close()
	}
	return conn, err
}

// slowReaders opens sockets that ask for long answers and read none.
func slowReaders(s *Sale) {
	size := s.rounds(30, 100, 1000)
	var names []string
	for i := range size {
		names = append(names, fmt.Sprintf("Slow %04d", i))
	}
	fans := node.Crowd(s.t, s.o, s.urls[0], names...)
	ctx, stop := context.WithCancel(s.ctx)
	var all sync.WaitGroup
	s.t.Cleanup(func() { stop(); all.Wait() })
	var closed, asked atomic.Int64
	s.during(fmt.Sprintf("%d sockets ask and never read", size), func() {
		for i, fan := range fans {
			fan.URL = s.living(i)
			all.Go(func() {
				if readNothing(ctx, fan, &asked) {
					closed.Add(1)
				}
			})
		}
		for range s.rounds(1, 2, 10) {
			s.underway()
		}
		s.waitForSlow(&closed, int64(size))
		stop()
		all.Wait()
	})
	s.out.Notes = append(s.out.Notes, fmt.Sprintf("%d slow sockets, %d requests, %d closed by the node", size, asked.Load(), closed.Load()))
}

func (s *Sale) waitForSlow(closed *atomic.Int64, size int64) {
	s.t.Helper()
	testkit.Eventually(s.t, 2*time.Minute, "the nodes close the sockets of slow readers", func() bool {
		s.stopIfViolated()
		return closed.Load() == size
	})
}

// readNothing asks for the long answer to help until the node ends the connection, and
// reports whether it did.
func readNothing(ctx context.Context, fan *node.Fan, asked *atomic.Int64) bool {
	small := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(4096)
		}
		return conn, err
	}}
	defer small.CloseIdleConnections()
	conn, err := dial(ctx, fan, &http.Client{Transport: small})
	if err != nil {
		return false
	}
	defer func() { _ = conn.CloseNow() }()
	for {
		writing, cancel := context.WithTimeout(ctx, time.Minute)
		err := conn.Write(writing, websocket.MessageText, []byte(`{"type":"help","id":1}`))
		late := writing.Err() != nil
		cancel()
		if err != nil {
			return !late
		}
		asked.Add(1)
	}
}
