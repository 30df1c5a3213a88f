package crowd_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usher/internal/crowd"
	"usher/internal/testkit/fakenode"
)

func small(url string) crowd.Options {
	o := crowd.Defaults()
	o.URL, o.Seed, o.Rate, o.Think, o.Duration = url, 3, 0, 20*time.Millisecond, time.Minute
	return o
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

// TestTheCrowdLeavesAFewAtATime: at its end a crowd is no load of its own.
func TestTheCrowdLeavesAFewAtATime(t *testing.T) {
	const fans, atOnce = 300, 200
	ctx, cancel := context.WithCancel(t.Context())
	var waiting, leaving, most, left atomic.Int64
	enough := make(chan struct{})
	server := fakenode.Start(t, func(s *fakenode.Socket) {
		s.Say(`{"type":"welcome","status":%s}`, fakenode.Status("waiting", s.Fan+1, s.Fan+1, 1))
		s.Heard()
		if waiting.Add(1) == fans {
			cancel()
		}
		answer := s.Obliging("A-1")
		s.Answer(func(kind, id string) string {
			if kind == "leave" {
				now := leaving.Add(1)
				for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
				}
				if left.Add(1) == atOnce {
					close(enough)
				}
				<-enough
				leaving.Add(-1)
			}
			return answer(kind, id)
		})
	})
	o := small(server.URL)
	o.Fans, o.WalkAway, o.Duration = fans, 0, time.Hour
	o.Grace = time.Minute // all sockets here share the cores with the server
	report, err := crowd.Run(ctx, o)
	if err != nil || report.Errors > 0 || left.Load() != fans || most.Load() != atOnce {
		t.Errorf("%v; %d left, %d at once; %+v", err, left.Load(), most.Load(), report)
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

// TestAFanInsideGoesOnAfterComingBack: with a turn, with a place, and with a
// purchase whose answer was lost, which is asked for again under the same key.
func TestAFanInsideGoesOnAfterComingBack(t *testing.T) {
	for _, state := range []string{"turn", "active", "purchase"} {
		t.Run(state, func(t *testing.T) {
			var mu sync.Mutex
			keys := map[string]int{}
			server := fakenode.Start(t, func(s *fakenode.Socket) {
				s.Say(`{"type":"welcome","status":%s}`, fakenode.Status(strings.Replace(state, "purchase", "active", 1), 0, 0, 1))
				if s.Nth == 1 && state != "purchase" {
					s.Heard()
					s.Close(1012, "restarting")
					return
				}
				answer := s.Obliging("A-1")
				s.Listen(func(kind, id, key string) string {
					if kind == "purchase" {
						mu.Lock()
						keys[key]++
						mu.Unlock()
						if s.Nth == 1 {
							s.Close(1012, "restarting")
							return ""
						}
					}
					return answer(kind, id)
				})
			})
			o := small(server.URL)
			o.Fans, o.Buy, o.WalkAway = 1, 1, 0
			report, err := crowd.Run(t.Context(), o)
			if err != nil || report.Bought != 1 || report.Dropped != 1 || server.Sockets(0) != 2 {
				t.Errorf("%v, %+v", err, report)
			}
			if len(keys) != 1 || state == "purchase" && keys[slices.Collect(maps.Keys(keys))[0]] != 2 {
				t.Errorf("the keys of purchases: %v", keys)
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
	want := strings.Fields("fans connected admitted bought soldOut declined dropped errors positionErrors outOfOrder soldTwice connectMs turnMs holdMs purchaseMs")
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
