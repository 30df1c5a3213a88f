package chaos

import (
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"time"

	"usher/internal/testkit/node"
)

// nodeFaults are the faults of nodes, after a row without a fault, which shows how long
// the crowd itself needs until every kind of request has been made.
func nodeFaults() []Fault {
	return []Fault{{
		ID: "none", Name: "no fault",
		Means: "The yardstick: so long takes it until the crowd has made every kind of request once, without any fault.",
		Cause: func(s *Sale) { s.during("no fault", func() {}) },
	}, {
		ID: "kill-node", Name: "`kill -9` of a node",
		Means: "Fans reconnect to another node and keep number and order. Purchases that the node had begun are settled by other nodes; a fan who repeats the request with the same key gets the outcome.",
		Stage: Stage{Absences: true},
		Cause: killNodes,
	}, {
		ID: "stop-node", Name: "a node stops for 10 s (SIGSTOP)",
		Means: "Its fans get no answer; those who do not reconnect are passed over after three seconds and keep their number. When the node continues, they are first again. The load balancer's health check moves new fans to other nodes.",
		Stage: Stage{Absences: true},
		Cause: stopNode,
	}, {
		ID: "clock", Name: "one node's clock an hour fast, another's an hour slow",
		Means: "Redis' clock decides every deadline of the line and of holds, so nothing changes for fans. Still run NTP: the times in logs, orders and tickets are the node's.",
		Stage: Stage{Nodes: wrongClock, SlowPayments: true},
		Cause: wrongClocks,
	}}
}

// killNodes kills one node after the other; a new node replaces each.
func killNodes(s *Sale) {
	for i := range s.rounds(2, 3, 12) {
		victim := s.nodes[0]
		s.during(fmt.Sprintf("kill -9 of a node, %d", i+1), func() {
			s.replace(victim.URL, "")
			victim.Kill()
		})
		s.nodes = append(s.nodes[1:], node.StartProcess(s.t, s.o))
		s.replace("", s.nodes[2].URL)
		s.underway()
	}
}

// stopNode freezes a node. The visitors stay with it: a browser does not know that its
// node is frozen before its own patience ends.
func stopNode(s *Sale) {
	for range s.rounds(1, 1, 3) {
		s.during("SIGSTOP of a node", func() {
			s.nodes[0].Signal(s.t, syscall.SIGSTOP)
			s.lasts(time.Duration(s.rounds(5, 10, 10)) * time.Second)
			s.nodes[0].Signal(s.t, syscall.SIGCONT)
		})
	}
}

// wrongClock makes the first node an hour fast and the second an hour slow.
func wrongClock(t testing.TB, i int, seen *node.Options) {
	t.Helper()
	if i < 2 {
		seen.Program = clockProgram(t)
		seen.Env = []string{clockVar + "=" + []string{"3600", "-3600"}[i]}
	}
}

// wrongClocks checks that the clocks are wrong. Orders whose charge takes two seconds
// must not look abandoned to a node whose clock is fast.
func wrongClocks(s *Sale) {
	for i, off := range []time.Duration{time.Hour, -time.Hour} {
		request, err := http.NewRequestWithContext(s.ctx, http.MethodGet, s.nodes[i].URL+"/healthz", nil)
		if err != nil {
			s.t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			s.t.Fatal(err)
		}
		_ = answer.Body.Close()
		at, err := http.ParseTime(answer.Header.Get("Date"))
		if wrong := time.Until(at) - off; err != nil || wrong.Abs() > time.Minute {
			s.t.Fatalf("a node whose clock should be off by %v says %q (%v)", off, answer.Header.Get("Date"), err)
		}
	}
	s.during("two nodes with wrong clocks", func() {
		s.lasts(time.Duration(s.rounds(5, 20, 120)) * time.Second) // recovery looks every two seconds
		s.underway()
	})
	if n := s.cancelled.Load(); n > 0 {
		s.violated("%d purchases were cancelled, though no node died and no store was away", n)
	}
}
