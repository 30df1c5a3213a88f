package crowd_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"usher/internal/crowd"
	"usher/internal/testkit/fakenode"
)

// sale is the state of a sale in which a text of the organizer looks like a stock.
func sale(stock string) string {
	return fmt.Sprintf(`{"paused":false,"notice":"\"stock\":\"available\"","stock":"%s","available":0,"categories":[],"version":7}`, stock)
}

// TestFansLeaveWhenEverySeatIsSold: told in the welcome, told while they wait, or
// refused when they join. They are no errors, and the crowd ends by itself.
func TestFansLeaveWhenEverySeatIsSold(t *testing.T) {
	const fans, inWelcome, refused, toldTwice = 6, 1, 2, 3
	server := fakenode.Start(t, func(s *fakenode.Socket) {
		answer := s.Obliging("A-1")
		switch s.Fan {
		case inWelcome:
			s.Say(`{"type":"welcome","status":%s,"sale":%s}`, fakenode.Status("waiting", s.Fan+1, s.Fan+1, 1), sale("gone"))
		case refused:
			s.Say(`{"type":"welcome","status":%s,"sale":%s}`, fakenode.Status("none", 0, 0, 1), sale("gone"))
			answer = func(kind, id string) string {
				return fmt.Sprintf(`{"type":"error","re":%s,"code":"sold_out","detail":"%s"}`, id, kind)
			}
		default:
			s.Say(`{"type":"welcome","status":%s,"sale":%s}`, fakenode.Status("waiting", s.Fan+1, s.Fan+1, 1), sale("held"))
			s.Say(`{"type":"sale","sale":%s}`, sale("gone"))
			if s.Fan == toldTwice {
				s.Say(`{"type":"sale","sale":%s}`, sale("gone"))
			}
		}
		s.Answer(answer)
	})
	o := small(server.URL)
	o.Fans, o.WalkAway, o.Duration = fans, 0, time.Hour
	report, err := crowd.Run(t.Context(), o)
	if err != nil || report.SoldOut != fans || report.Admitted != 0 || report.Errors != 0 || report.Dropped != 0 {
		t.Errorf("%v; the crowd saw:\n%s", err, report.Text())
	}
}

// TestAFanStaysWhenSeatsComeBack: the fan has read that every seat is sold, loses the
// socket before leaving, and reads on the next one that seats are free. Another fan
// reads there that every seat is still sold, and leaves.
func TestAFanStaysWhenSeatsComeBack(t *testing.T) {
	var left atomic.Int64
	server := fakenode.Start(t, func(s *fakenode.Socket) {
		status := fakenode.Status("waiting", s.Fan+1, s.Fan+1, 1)
		if s.Nth == 1 {
			s.Say(`{"type":"welcome","status":%s,"sale":%s}`, status, sale("gone"))
			s.Heard()
			s.Say(`{"type":"bye","reason":"restarting","reconnectAfterMs":20}`)
			s.Close(1012, "restarting")
			return
		}
		if s.Fan == 1 {
			s.Say(`{"type":"welcome","status":%s,"sale":%s}`, status, sale("gone"))
		} else {
			s.Say(`{"type":"welcome","status":%s,"sale":%s}`, status, sale("available"))
			s.Say(`{"type":"turn","status":%s}`, fakenode.Status("turn", 0, 0, 3))
		}
		answer := s.Obliging("A-1")
		s.Answer(func(kind, id string) string {
			if kind == "leave" && s.Fan == 1 {
				left.Add(1)
			}
			return answer(kind, id)
		})
	})
	o := small(server.URL)
	o.Fans, o.Buy, o.WalkAway, o.Duration = 2, 1, 0, time.Hour
	o.Think = 300 * time.Millisecond // longer than it takes to lose the socket
	report, err := crowd.Run(t.Context(), o)
	if err != nil || report.Bought != 1 || report.Admitted != 1 || report.SoldOut != 1 || left.Load() != 1 || report.Errors != 0 {
		t.Errorf("%v; %d left; the crowd saw:\n%s", err, left.Load(), report.Text())
	}
}
