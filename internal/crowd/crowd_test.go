package crowd_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/crowd"
	"usher/internal/dev"
	"usher/internal/keys"
	"usher/internal/testkit/fakenode"
	"usher/internal/testkit/node"
)

func small(url string) crowd.Options {
	o := crowd.Defaults()
	o.URL, o.Seed, o.Rate, o.Think, o.Duration = url, 3, 0, 20*time.Millisecond, time.Minute
	return o
}

// TestACrowdAtARealNode: all come, all are admitted or walk away, and nothing is
// wrong; signed in by the server or with minted sessions, by epoll or goroutines.
func TestACrowdAtARealNode(t *testing.T) {
	for _, way := range []struct{ minted, goroutines bool }{{false, false}, {true, true}} {
		t.Run(fmt.Sprintf("minted %v, goroutines %v", way.minted, way.goroutines), func(t *testing.T) {
			shared := node.Shared(t)
			shared.House = func(h *dev.House) { h.ActiveLimit = 3 }
			n := node.Start(t, shared)
			o := small(n.URL + "?season=" + n.Season)
			o.Fans, o.WalkAway, o.Goroutines = 24, 0.1, way.goroutines
			if way.minted {
				ring, err := keys.Load(shared.Key)
				if err != nil {
					t.Fatal(err)
				}
				o.Keys = ring
			}
			report, err := crowd.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if report.Broken() || report.Errors > 0 || report.Connected != 24 || report.Admitted < 15 || report.Bought == 0 {
				t.Errorf("the crowd saw:\n%s", report.Text())
			}
		})
	}
}

// TestARunThatIsEndedReports: the crowd leaves and says what it saw.
func TestARunThatIsEndedReports(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := fakenode.Start(t, func(s *fakenode.Socket) {
		s.Say(`{"type":"welcome","status":%s}`, fakenode.Status("waiting", s.Fan+1, s.Fan+1, 1))
		if s.Fan == 4 {
			cancel()
		}
		s.Answer(s.Obliging("A-1"))
	})
	o := small(server.URL)
	o.Fans, o.WalkAway, o.Duration = 5, 0, time.Hour
	report, err := crowd.Run(ctx, o)
	if err != nil || report.Fans != 5 || report.Broken() {
		t.Errorf("%v, %+v", err, report)
	}
}

// TestClosesAndComingBack: each close code is followed as docs/protocol.md says.
func TestClosesAndComingBack(t *testing.T) {
	for _, c := range []struct {
		code             int
		bye              string
		sockets, signIns int
	}{
		{1012, `{"type":"bye","reason":"restarting","reconnectAfterMs":20}`, 2, 1},
		{1013, `{"type":"bye","reason":"busy","reconnectAfterMs":20}`, 2, 1},
		{4008, "", 2, 1},
		{1009, "", 2, 1},
		{4003, "", 2, 2},
		{4001, "", 1, 1},
		{4002, "", 1, 1},
	} {
		t.Run(fmt.Sprint(c.code), func(t *testing.T) {
			server := fakenode.Start(t, func(s *fakenode.Socket) {
				s.Say(`{"type":"welcome","status":%s}`, fakenode.Status("waiting", 1, 1, 1))
				if s.Nth == 1 {
					if c.bye != "" {
						s.Say("%s", c.bye)
					}
					s.Close(c.code, "planted")
					return
				}
				s.Say(`{"type":"turn","status":%s}`, fakenode.Status("turn", 0, 0, 3))
				s.Answer(s.Obliging("A-1"))
			})
			o := small(server.URL)
			o.Fans, o.Buy, o.WalkAway = 1, 1, 0
			report, err := crowd.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if server.Sockets(0) != c.sockets || server.SignIns(0) != c.signIns || report.Dropped != 1 {
				t.Errorf("%d sockets and %d sign-ins, want %d and %d; %+v", server.Sockets(0), server.SignIns(0), c.sockets, c.signIns, report)
			}
			if back := c.sockets == 2; (report.Bought == 1) != back || report.PositionErrors != 0 {
				t.Errorf("after coming back: %+v", report)
			}
		})
	}
}

// TestAFanIsWhatTheSeedSays: the same seed is the same crowd.
func TestAFanIsWhatTheSeedSays(t *testing.T) {
	bought := func(seed uint64) (buyers []int) {
		got := make(chan int, 100)
		server := fakenode.Start(t, func(s *fakenode.Socket) {
			s.Say(`{"type":"welcome","status":%s}`, fakenode.Status("active", 0, 0, 1))
			answer := s.Obliging(fmt.Sprint("A-", s.Fan))
			s.Answer(func(kind, id string) string {
				if kind == "hold" {
					got <- s.Fan
				}
				return answer(kind, id)
			})
		})
		o := small(server.URL)
		o.Fans, o.Seed, o.Buy = 20, seed, 0.5
		if _, err := crowd.Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		close(got)
		for i := range got {
			buyers = append(buyers, i)
		}
		slices.Sort(buyers)
		return buyers
	}
	if a, b := bought(1), bought(1); !slices.Equal(a, b) {
		t.Errorf("seed 1 buys %v, then %v", a, b)
	}
	if a, b := bought(1), bought(2); slices.Equal(a, b) {
		t.Errorf("seeds 1 and 2 both buy %v", a)
	}
}

// TestTheReportsFields holds the names that programs read.
func TestTheReportsFields(t *testing.T) {
	text, err := json.Marshal(crowd.Report{})
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	want := strings.Fields("fans connected admitted bought declined dropped errors positionErrors outOfOrder soldTwice connectMs turnMs holdMs purchaseMs")
	if len(fields) != len(want) {
		t.Errorf("the report is %s", text)
	}
	for _, name := range want {
		if fields[name] == nil {
			t.Errorf("no %s in %s", name, text)
		}
	}
	if string(fields["turnMs"]) != `{"p50":0,"p95":0,"p99":0,"max":0}` {
		t.Errorf("turnMs is %s", fields["turnMs"])
	}
}
