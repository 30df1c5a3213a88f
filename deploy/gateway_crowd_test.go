package deploy_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"

	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

const (
	shopLimit = 3
	shopCrowd = 15
)

// shop is the shop of TestAShopServesNoMoreThanItsLimit. It counts the users it serves at
// once: each from the first page to the request that says goodbye.
type shop struct {
	mu     sync.Mutex
	inside map[string]bool
	gone   map[string]bool
	most   int      // the most users at once
	served []string // users in the order of their first page
	late   []string // users that were served after they had left
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	user := r.Header.Get("Usher-User")
	switch {
	case r.URL.Path == "/goodbye":
		delete(s.inside, user)
		s.gone[user] = true
	case s.gone[user]:
		s.late = append(s.late, user)
	case !s.inside[user]:
		s.inside[user] = true
		s.most = max(s.most, len(s.inside))
		s.served = append(s.served, user)
	}
	_, _ = fmt.Fprint(w, "shop for "+user)
}

func (s *shop) servedSoFar() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.served)
}

// TestAShopServesNoMoreThanItsLimit: fans shop behind nginx, on two nodes, one of which is
// killed on the way. The shop itself counts that it never serves more users at once than the
// limit, and serves no user after that user has left. No fan's position gets worse, and
// no fan passes an earlier one. Who was in stays in for the stated time only when the last
// node is away, though the fan asks all the time.
func TestAShopServesNoMoreThanItsLimit(t *testing.T) {
	t.Parallel()
	s := &shop{inside: map[string]bool{}, gone: map[string]bool{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	o := onSale(t, func(d *dev.Demo) { d.ActiveLimit = shopLimit })
	nodes, addresses := twoNodes(t, o)
	proxy := startNginxEdited(t, o.Season, strings.TrimPrefix(server.URL, "http://"), addresses, func(text string) string {
		return replace(t, text, "stale=600", "stale=5")
	})
	names := make([]string, shopCrowd)
	for i := range names {
		names[i] = fmt.Sprintf("Fan %02d", i)
	}
	line := make([]*visitor, shopCrowd) // in the order of joining
	for i, fan := range node.Crowd(t, o, nodes[0].URL, names...) {
		line[i] = &visitor{shopper: shopper{fan, t, proxy.url()}, nodes: [2]string{nodes[0].URL, nodes[1].URL}, rank: i, line: line}
		fan.URL = line[i].nodes[i%2]
		fan.Do("POST", "/waitingList/join", nil, http.StatusOK)
	}
	var crowd sync.WaitGroup
	for _, v := range line {
		crowd.Go(func() {
			if err := v.shops(); err != nil {
				t.Errorf("%s: %v", v.Name, err)
			}
		})
	}
	testkit.Eventually(t, testPatience, "some fans were in the shop", func() bool { return t.Failed() || s.servedSoFar() >= shopCrowd/3 })
	nodes[0].Kill()
	before := s.servedSoFar()
	crowd.Wait()

	s.mu.Lock()
	if s.most > shopLimit {
		t.Errorf("the shop served %d users at once, the limit is %d", s.most, shopLimit)
	}
	if len(s.served) != shopCrowd || len(s.late) > 0 {
		t.Errorf("%d of %d fans were served; after they had left: %v", len(s.served), shopCrowd, s.late)
	}
	s.mu.Unlock()
	t.Logf("%d of %d fans had been served when the node was killed", before, shopCrowd)
	if printed, status := node.Audit(t, "--season", o.Season, "--redis-url", o.RedisURL, "--mongo-url", o.MongoURL, "--mongo-database", o.Database); status != 0 {
		t.Errorf("usher audit: %d\n%s", status, printed)
	}

	last := line[shopCrowd-1]
	last.Do("POST", "/waitingList/join", nil, http.StatusOK)
	last.wantsIn("in again")
	nodes[1].Signal(t, syscall.SIGSTOP)
	t.Cleanup(func() { nodes[1].Signal(t, syscall.SIGCONT) })
	testkit.Eventually(t, testPatience, "the stated time is over", func() bool {
		status, _, _ := last.visits()
		return status == http.StatusServiceUnavailable
	})
}

// visitor is a fan who waits, shops and leaves. When a node does not answer, the fan goes to
// the other.
type visitor struct {
	shopper
	nodes    [2]string
	rank     int // place in line
	line     []*visitor
	position float64
}

// do asks a node that answers.
func (v *visitor) do(method, path string) (map[string]any, error) {
	var status int
	var answer map[string]any
	var err error
	if !testkit.Within(testPatience, func() bool {
		status, answer, err = v.Request(method, path, nil)
		if err != nil {
			v.URL = v.nodes[1] // the killed one is the first
		}
		return err == nil && status == http.StatusOK
	}) {
		return nil, fmt.Errorf("%s %s: %d %v %w", method, path, status, answer, err)
	}
	return answer, nil
}

// at wants an answer of the shop's proxy.
func (v *visitor) at(path string, want int) error {
	status, body, _, err := v.asks(path)
	if err != nil || status != want || want == http.StatusOK && body != "shop for "+v.ID {
		return fmt.Errorf("the shop's %s: %d %q %w, want %d", path, status, body, err, want)
	}
	return nil
}

// shops waits for the turn, looks at some pages of the shop and leaves.
func (v *visitor) shops() error {
	state := ""
	for state != "turn" && state != "active" {
		status, err := v.do("GET", "/auth/status")
		if err != nil {
			return err
		}
		state = status["state"].(string)
		position, _ := status["position"].(float64)
		switch {
		case state == "waiting" && v.position > 0 && position > v.position, state == "none":
			return fmt.Errorf("position %v after %v, %s", position, v.position, state)
		case state == "waiting":
			v.position = position
			err = v.at("/", http.StatusFound)
		}
		if err != nil {
			return err
		}
	}
	for _, earlier := range v.line[:v.rank] {
		other := *earlier.Fan // its URL is of its own
		other.URL = v.URL
		asking := visitor{shopper: shopper{&other, v.t, v.shop}, nodes: v.nodes}
		if status, err := asking.do("GET", "/auth/status"); err != nil || status["state"] == "waiting" {
			return fmt.Errorf("passes %s: %v %w", other.Name, status, err)
		}
	}
	if state == "turn" { // not in yet
		if err := v.at("/", http.StatusFound); err != nil {
			return err
		}
		if _, err := v.do("POST", "/waitingList/enter"); err != nil {
			return err
		}
	}
	for _, page := range []string{"/", "/cart", "/pay", "/goodbye"} {
		if err := v.at(page, http.StatusOK); err != nil {
			return err
		}
	}
	if _, err := v.do("POST", "/waitingList/leave"); err != nil {
		return err
	}
	return v.at("/after", http.StatusFound)
}
