package app_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/dev"
	"usher/internal/store"
	"usher/internal/testkit"
	"usher/internal/testkit/linear"
	"usher/internal/testkit/node"
)

// till is a small sale on two processes, with the recorded answers to its fans.
type till struct {
	t        *testing.T
	store    *store.Stores
	rules    linear.Rules
	recorder *linear.Recorder

	mu    sync.Mutex
	nodes []*node.Process
	dead  map[string]bool // URLs of killed nodes
}

// TestProcessesAreLinearizable: two processes answer fans over HTTP while one process
// is killed, replies of Redis are lost and Redis freezes. One order of all acts must
// explain all answers. Fans in line leave wishes for returned seats through the same
// faults: a wish is there or not, and the place is kept. Tests in booking check this at length; this test checks the
// real programs.
func TestProcessesAreLinearizable(t *testing.T) {
	t.Parallel()
	server := testkit.StartRedis(t, t.TempDir())
	t.Cleanup(server.Kill)
	proxy := testkit.StartProxy(t, server.URL)
	direct := node.Shared(t)
	direct.RedisURL = server.URL
	direct.Demo = func(d *dev.Demo) { d.ActiveLimit, d.Hold, d.MaxSeats = 50, 8*time.Second, 60 }
	node.OnSale(t, direct)
	seen := direct
	seen.RedisURL = proxy.URL
	s := &till{
		t: t, store: testkit.OpenAt(t, direct.RedisURL, direct.MongoURL, direct.Database),
		recorder: linear.NewRecorder(), dead: map[string]bool{},
		rules: linear.Rules{Hold: 8 * time.Second, Longest: time.Minute, Slack: 200 * time.Millisecond},
	}
	s.nodes = []*node.Process{node.StartProcess(t, seen), node.StartProcess(t, seen)}

	const fans = 4
	names := make([]string, fans+1+3)
	for i := range names {
		names[i] = fanName(i)
	}
	crowd := node.Crowd(t, direct, s.nodes[0].URL, names...)
	for _, seat := range crowd[0].Do("GET", "/seats?status=available", nil, 200)["seats"].([]any)[:5] {
		s.rules.Seats = append(s.rules.Seats, seat.(map[string]any)["seatNumber"].(string))
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var customers []*customer
	for i, fan := range crowd[:fans+1] {
		fan.Do("POST", "/waitingList/join", nil, 200)
		customers = append(customers, &customer{till: s, Fan: fan, number: i, chance: rand.New(rand.NewPCG(seed, uint64(i)))})
	}
	s.takeWishes(direct.Season)
	var wishers []*wisher
	for i, fan := range crowd[fans+1:] {
		w := &wisher{till: s, Fan: fan, chance: rand.New(rand.NewPCG(seed, uint64(100+i)))}
		w.joins()
		wishers = append(wishers, w)
	}
	// round lets every fan do a number of acts, and causes a fault during the acts.
	round := func(acts int, fault func()) {
		var busy sync.WaitGroup
		for _, c := range customers[:fans] {
			busy.Go(func() {
				for range acts {
					c.act()
				}
			})
		}
		for _, w := range wishers {
			busy.Go(func() {
				for range acts {
					w.act()
				}
			})
		}
		if fault != nil {
			fault()
		}
		busy.Wait()
	}
	round(10, nil)
	proxy.Lose(testkit.FewOf(1, 9, "evalsha"))
	round(15, nil)
	proxy.Lose(nil)
	round(15, func() {
		testkit.Eventually(t, 10*time.Second, "a purchase is in flight", func() bool { return s.pending() > 0 || s.busy() })
		victim := s.nodes[0]
		s.mu.Lock()
		s.dead[victim.URL] = true
		s.nodes = s.nodes[1:]
		s.mu.Unlock()
		victim.Kill()
		instead := node.StartProcess(t, seen)
		s.mu.Lock()
		s.nodes = append(s.nodes, instead)
		s.mu.Unlock()
	})
	round(3, func() {
		if err := server.Process().Signal(syscall.SIGSTOP); err != nil {
			t.Error(err)
		}
		time.Sleep(2500 * time.Millisecond) // longer than a node waits for Redis
		if err := server.Process().Signal(syscall.SIGCONT); err != nil {
			t.Error(err)
		}
	})
	round(10, nil)

	testkit.Eventually(t, 90*time.Second, "every purchase is settled", func() bool { return s.pending() == 0 })
	for _, c := range customers {
		c.learn()
	}
	for _, seat := range s.rules.Seats {
		customers[fans].hold(seat)
		customers[fans].release()
	}
	for _, w := range wishers {
		w.act()
		if violation := linear.JudgeWishes(w.ops); violation != "" {
			t.Error(violation)
		}
	}
	ops := s.recorder.Ops()
	sold := 0
	for i := range ops {
		if ops[i].Act == linear.Buy && ops[i].Outcome == linear.OK {
			sold++
		}
	}
	t.Logf("%d acts, %d purchases, %d replies lost", len(ops), sold, proxy.Lost())
	if depth := linear.Check(t, s.rules, ops); depth == linear.Unjudged {
		t.Log("too many answers were lost for a check")
	}
	if sold < 3 || proxy.Lost() == 0 {
		t.Error("the fans made too few acts")
	}
}

func (s *till) pending() int64 {
	n, err := s.store.Mongo.Collection("pending").CountDocuments(s.t.Context(), bson.D{})
	if err != nil {
		return -1
	}
	return n
}

// busy reports whether every seat is sold, so that no more purchase can begin.
func (s *till) busy() bool {
	n, err := s.store.Mongo.Collection("claims").CountDocuments(s.t.Context(), bson.D{})
	return err == nil && n >= int64(len(s.rules.Seats))
}

// customer is a fan whose requests and answers are all recorded.
type customer struct {
	*till
	*node.Fan
	number int
	chance *rand.Rand
	cart   []string
	lost   bool
	count  int
	tries  []*linear.Op // purchases with an unknown outcome
	known  []string     // transactions known as completed
	owned  []ownedTicket
}

type ownedTicket struct{ seat, transaction, purchase string }

// ask sends a request to any living node.
func (c *customer) ask(o *linear.Op, method, path string, body any, headers ...string) map[string]any {
	c.till.mu.Lock()
	at := *c.Fan
	at.URL = c.nodes[c.chance.IntN(len(c.nodes))].URL
	c.till.mu.Unlock()
	status, answer, err := at.Request(method, path, body, headers...)
	code, _ := answer["code"].(string)
	o.Outcome = linear.Unknown
	switch {
	case err != nil:
	case status < 300 && status != 202:
		o.Outcome = linear.OK
	case code == "seat_taken":
		o.Outcome = linear.Taken
	case code == "conflict":
		o.Outcome = linear.Busy
	case code == "hold_expired":
		o.Outcome = linear.Gone
	case code == "payment_declined":
		o.Outcome = linear.Declined
	case code == "rate_limited" && o.Act == linear.Hold:
		o.Outcome = 0 // the hold expired in the fan's own cart, which does not say who has the seat now
	case status != 202 && status != 503:
		c.till.t.Errorf("%s %s: %d %v", method, path, status, answer)
	}
	if blocked, ok := answer["seats"].([]any); ok && status >= 400 {
		for _, seat := range blocked {
			o.Blocked = append(o.Blocked, seat.(string))
		}
	}
	c.lost = o.Outcome == linear.Unknown
	return answer
}

// cartAct records an act whose answer is the cart.
func (c *customer) cartAct(act linear.Act, seats []string, method, path string, body any) {
	o := linear.Op{Client: c.number, Act: act, User: c.Name, Seats: seats, Twice: act != linear.Look}
	c.recorder.Do(o, func(o *linear.Op) {
		answer := c.ask(o, method, path, body)
		if o.Outcome != linear.OK {
			if act == linear.Look {
				o.Outcome = 0
			}
			return
		}
		for _, seat := range answer["seats"].([]any) {
			o.Cart = append(o.Cart, seat.(map[string]any)["seatNumber"].(string))
		}
		if until, ok := answer["expiresAt"].(string); ok {
			at, err := time.Parse(time.RFC3339Nano, until)
			if err != nil {
				c.till.t.Error(err)
			}
			o.Deadline = c.recorder.Since(at)
		}
		c.cart = o.Cart
	})
}

func (c *customer) look() { c.cartAct(linear.Look, nil, "GET", "/holds", nil) }

func (c *customer) hold(seats ...string) {
	c.cartAct(linear.Hold, seats, "POST", "/holds", map[string]any{"seats": seats})
}

func (c *customer) release() { c.cartAct(linear.Release, nil, "DELETE", "/holds", nil) }

func (c *customer) buy(token string, seats ...string) {
	c.count++
	key := fmt.Sprintf("%s-%d", strings.ReplaceAll(c.Name, " ", "-"), c.count)
	o := linear.Op{Client: c.number, Act: linear.Buy, User: c.Name, Seats: slices.Clone(seats), Purchase: key}
	made := c.recorder.Do(o, func(o *linear.Op) {
		answer := c.ask(o, "POST", "/transactions", map[string]any{"seats": seats, "payment": map[string]any{"method": "sandbox", "token": token}}, "Idempotency-Key", key)
		if o.Outcome == linear.OK {
			id := answer["id"].(string)
			c.known = append(c.known, id)
			for _, seat := range seats {
				c.owned = append(c.owned, ownedTicket{seat, id, key})
			}
			c.cart = slices.DeleteFunc(slices.Clone(c.cart), func(s string) bool { return slices.Contains(seats, s) })
		}
	})
	if made.Outcome == linear.Unknown {
		c.tries = append(c.tries, made)
	}
}

func (c *customer) giveBack() {
	one := c.owned[0]
	c.owned = c.owned[1:]
	o := linear.Op{Client: c.number, Act: linear.Refund, User: c.Name, Seats: []string{one.seat}, Purchase: one.purchase}
	c.recorder.Do(o, func(o *linear.Op) {
		c.ask(o, "POST", "/transactions/"+one.transaction+"/cancel", map[string]any{"seats": o.Seats})
	})
}

// act does one random act.
func (c *customer) act() {
	time.Sleep(time.Duration(c.chance.IntN(15)) * time.Millisecond)
	dice := c.chance.IntN(100)
	switch {
	case c.lost || dice < 5:
		c.look()
	case len(c.owned) > 0 && dice < 35:
		c.giveBack()
	case len(c.cart) == 0 || dice < 20:
		i := c.chance.IntN(len(c.rules.Seats))
		c.hold(c.rules.Seats[i : i+1+c.chance.IntN(min(2, len(c.rules.Seats)-i))]...)
	case dice < 55:
		c.buy("tok_ok", c.cart...)
	case dice < 60:
		c.buy("tok_declined", c.cart...)
		c.release()
	default:
		c.release()
	}
}

// learn reads, when all purchases are settled, the outcome of purchases whose answers
// were lost: each completed purchase is in the list.
func (c *customer) learn() {
	answer := c.Fan
	answer.URL = c.nodes[0].URL
	list := answer.Do("GET", "/transactions?limit=100", nil, 200)["transactions"].([]any)
	now := c.recorder.Since(time.Now())
	slices.Reverse(list) // oldest first, as the tries are
	for _, one := range list {
		t := one.(map[string]any)
		id, status := t["id"].(string), t["status"].(string)
		if slices.Contains(c.known, id) || status != "completed" {
			continue
		}
		seats := fmt.Sprint(t["seats"])
		for _, try := range c.tries {
			sorted := slices.Sorted(slices.Values(try.Seats))
			if try.Outcome == linear.Unknown && fmt.Sprint(sorted) == seats {
				try.Settle(linear.OK, now)
				break
			}
		}
	}
	for _, try := range c.tries {
		if try.Outcome == linear.Unknown {
			try.Settle(linear.Undone, now)
			try.Settled = now
		}
	}
}
