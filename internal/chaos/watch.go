package chaos

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"usher/internal/testkit/node"
)

// watchRedis counts the active set in Redis all the time.
func (s *Sale) watchRedis() {
	for s.ctx.Err() == nil {
		n, err := s.store.Redis.SCard(s.ctx, "active_users:{"+s.o.Season+"}").Result()
		if err == nil {
			s.looks.Add(1)
			if n > activeLimit {
				s.violated("%d users are active, the limit is %d", n, activeLimit)
			}
		}
		s.pause(2 * time.Millisecond)
	}
}

// watchLine reads the line all the time. The line must be in the order of numbers,
// also after places were brought back, and no fan in it may be active. watchLine
// records absent fans, who may be passed over.
func (s *Sale) watchLine() {
	key := func(name string) string { return name + ":{" + s.o.Season + "}" }
	for s.ctx.Err() == nil {
		all := s.store.Redis.TxPipeline() // one consistent read
		order, numbers := all.ZRange(s.ctx, key("waiting_list"), 0, -1), all.HGetAll(s.ctx, key("numbers"))
		active, absent := all.SMembersMap(s.ctx, key("active_users")), all.ZRange(s.ctx, key("absent"), 0, -1)
		if _, err := all.Exec(s.ctx); err == nil {
			s.judgeLine(order.Val(), numbers.Val(), active.Val(), absent.Val())
		}
		s.pause(20 * time.Millisecond)
	}
}

func (s *Sale) judgeLine(order []string, numbers map[string]string, active map[string]struct{}, absent []string) {
	last := int64(0)
	for _, user := range order {
		number, err := strconv.ParseInt(numbers[user], 10, 64)
		if err != nil || number <= last {
			s.violated("user %s waits with number %q behind number %d", user, numbers[user], last)
		}
		last = number
		if _, in := active[user]; in {
			s.violated("user %s, number %d, waits and has a place", user, number)
		}
	}
	if len(absent) > 0 && !s.fault.Stage.Absences {
		s.violated("%d in line count as absent, though every socket is open and every node runs", len(absent))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, user := range absent {
		number, _ := strconv.ParseInt(numbers[user], 10, 64)
		s.away[number] = true
	}
}

// awayOnes counts the numbers that watchLine has seen absent.
func (s *Sale) awayOnes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.away)
}

// watchNodes asks each living node in turn how many fans are active.
func (s *Sale) watchNodes() {
	anybody := &node.Fan{Season: s.o.Season}
	for i := 0; s.ctx.Err() == nil; i++ {
		anybody.URL = s.living(i)
		status, answer, err := anybody.Request("GET", "/waitingList/status", nil)
		if active, _ := answer["active"].(float64); err == nil && status == 200 && active > activeLimit {
			s.violated("%s says that %v users are active, the limit is %d", anybody.URL, active, activeLimit)
		}
		s.pause(40 * time.Millisecond)
	}
}

const doorPatience = 3 * time.Second

// watchDoor opens a socket at each living node in turn, reads the welcome and closes
// the socket, or goes on to the next node, as a load balancer does, when there is no
// answer in time. The fan of these sockets is not in line.
func (s *Sale) watchDoor(fan *node.Fan) {
	for i := 0; s.ctx.Err() == nil; i++ {
		began := time.Now()
		if s.knock(fan, s.living(i)) == nil {
			s.healing.succeeded("connect", began)
		}
		s.pause(50 * time.Millisecond)
	}
}

func (s *Sale) knock(fan *node.Fan, url string) error {
	ctx, cancel := context.WithTimeout(s.ctx, doorPatience)
	defer cancel()
	conn, answer, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(url, "http")+"/ws?season="+s.o.Season, &websocket.DialOptions{
		HTTPHeader:   http.Header{"Authorization": {"Bearer " + fan.Token}},
		Subprotocols: []string{"usher.v1"},
	})
	if err != nil {
		if answer != nil && answer.Body != nil {
			_ = answer.Body.Close()
		}
		return err
	}
	defer func() { _ = conn.CloseNow() }()
	_, _, err = conn.Read(ctx)
	return err
}

// watchProgress says once a second how far the crowd has come.
func (s *Sale) watchProgress() {
	for s.out.Progress != nil && s.ctx.Err() == nil {
		s.out.Progress(fmt.Sprintf("%d visits, %d entered, %d purchases, %d requests answered, %d refused",
			s.visits.Load(), s.entered.Load(), s.bought.Load(), s.answered.Load(), s.refused.Load()))
		s.pause(time.Second)
	}
}
