package booking

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/seats"
	"usher/internal/store"
	"usher/internal/testkit"
	"usher/internal/testkit/linear"
)

// market is a season on sale under the faults of a scenario.
type market struct {
	*stage
	scenario
	real     bool
	rules    linear.Rules
	numbered []string // the seats
	inPit    []string // the places of the area
	recorder *linear.Recorder
	proxies  []*testkit.Proxy
	over     chan struct{} // closed when the fans have finished

	mu     sync.Mutex
	chance *rand.Rand // of the faults
	nodes  []*marketNode
	bought []*boughtSeat
	given  []refundedSeats
	left   map[string]time.Duration // settled order or change of allotments → when Redis was updated

	changed []*askedChange
}

// marketNode is a node that can be killed.
type marketNode struct {
	*Booking
	dead chan struct{}
}

// refundedSeats is a recorded refund.
type refundedSeats struct {
	op          *linear.Op
	transaction string
}

// boughtSeat is a recorded purchase, whose outcome is read in the end.
type boughtSeat struct {
	op        *linear.Op
	user, key string
}

func openMarket(t *testing.T, redisURL string, chaos scenario, seed uint64) *market {
	t.Helper()
	m := &market{
		stage: newStage(t, redisURL, chaos.seats), scenario: chaos, real: redisURL != "",
		recorder: linear.NewRecorder(), over: make(chan struct{}), chance: rand.New(rand.NewPCG(seed, 0)),
		left: map[string]time.Duration{},
	}
	m.forStanding(m.stage.node(nil), chaos.seats, chaos.places)
	if !m.real {
		m.life = 30 * time.Minute // the embedded Redis' clock is too coarse for deadlines
	}
	m.redis(func(p redis.Pipeliner) {
		p.HSet(m.ctx, m.key("sale"), "hold", m.life.Milliseconds(), "maxSeats", 1000, "rest", 0)
	})
	// No grace time: a cart gets it once, which the model does not count.
	m.rules = linear.Rules{Hold: m.life, Longest: graceTime, Slack: 50 * time.Millisecond}
	for i := range chaos.seats {
		m.numbered = append(m.numbered, fmt.Sprintf("A-%d", i+1))
	}
	for i := range chaos.places {
		m.inPit = append(m.inPit, fmt.Sprintf("Pit-%04d", i+1))
	}
	m.rules.Seats = slices.Concat(m.numbered, m.inPit)
	if redisURL == "" {
		redisURL = testkit.Stores(t).RedisURL
	}
	for range 2 {
		m.proxies = append(m.proxies, testkit.StartProxy(t, redisURL))
		m.nodes = append(m.nodes, nil)
	}
	for i := range m.nodes {
		m.boot(i)
	}
	return m
}

// boot starts a new node as the i-th.
func (m *market) boot(i int) {
	options, err := redis.ParseURL(m.proxies[i].URL)
	if err != nil {
		m.t.Fatal(err)
	}
	options.ContextTimeoutEnabled = true
	options.MaxRetries = 1
	if m.freeze > 0 {
		// A frozen Redis executes the commands sent to it later, once.
		options.MaxRetries, options.ReadTimeout = -1, m.freeze/2
	}
	client := redis.NewClient(options)
	m.t.Cleanup(func() { _ = client.Close() })
	n := &marketNode{dead: make(chan struct{})}
	n.Booking = m.node(func(o *Options) {
		o.Redis, o.Node = client, fmt.Sprintf("node-%d", i)
		o.At = func(step Step, transaction string) error { return m.at(n, i, step, transaction) }
	})
	n.recovery.overdue, n.recovery.allotOverdue = 200*time.Millisecond, 400*time.Millisecond
	n.purchases.buyerWait = 300 * time.Millisecond
	if m.plant != nil {
		m.plant(n.Booking)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.nodes[i] = n
}

// at is called before every step of every order and change of allotments: at random the
// node dies with all of them, and a new one takes its place.
func (m *market) at(n *marketNode, i int, step Step, transaction string) error {
	if step == StepLeave || step == StepAllotSettle {
		m.mu.Lock()
		if m.left[transaction] == 0 {
			m.left[transaction] = m.recorder.Since(time.Now())
		}
		m.mu.Unlock()
	}
	select {
	case <-n.dead:
		return errors.New("dead")
	default:
	}
	select {
	case <-m.over:
		return nil
	default:
	}
	m.mu.Lock()
	dies := m.die > 0 && m.chance.IntN(m.die) == 0 && m.nodes[i] == n
	if dies {
		close(n.dead)
	}
	m.mu.Unlock()
	if dies {
		m.boot(i)
		return errors.New("killed")
	}
	return nil
}

// faultless reports whether nothing fails in the scenario.
func (m *market) faultless() bool {
	return m.losing == 0 && m.freeze == 0 && m.die == 0 && m.plant == nil && !m.claimsVanish
}

func (m *market) nodeOf(i int) *Booking {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.nodes[i%len(m.nodes)].Booking
}

// play runs the fans and the faults, and returns the recording after everything is settled.
func (m *market) play(seed uint64) []linear.Op {
	m.t.Helper()
	ctx, stop := context.WithCancel(m.ctx)
	var faults, fans sync.WaitGroup
	faults.Go(func() { m.makeFaults(ctx) })
	faults.Go(func() {
		m.everyNow(ctx, func(b *Booking) {
			_ = b.recovery.recoverOnce(ctx)
			_ = b.recovery.recoverAllotments(ctx)
		})
	})
	faults.Go(func() {
		m.everyNow(ctx, func(b *Booking) { b.seats.Sweep(ctx, m.season) })
	})
	if m.claimsVanish {
		faults.Go(func() { m.everyNow(ctx, m.dropClaims) })
	}
	for i := range m.scenario.clerks {
		number := m.scenario.fans + 1 + i // after the stranger of settleAll
		c := &clerk{
			shopper: &shopper{market: m, user: m.fan(), number: number, chance: rand.New(rand.NewPCG(seed, uint64(number+1)))},
			kept:    map[string]string{},
		}
		if i == 0 { // before the fans hold all
			c.allot(allotmentNames[0], c.randomSeats(2)...)
		}
		fans.Go(func() {
			for range m.acts / 2 {
				c.act()
			}
		})
	}
	for i := range m.scenario.fans {
		user := m.fan()
		fans.Go(func() {
			f := &shopper{market: m, user: user, number: i, chance: rand.New(rand.NewPCG(seed, uint64(i+1)))}
			for range m.acts {
				f.act()
			}
		})
	}
	fans.Wait()
	close(m.over)
	stop()
	faults.Wait()
	for _, p := range m.proxies {
		p.Lose(nil)
		p.Thaw()
	}
	m.settleAll()
	return m.recorder.Ops()
}

// everyNow calls do on the nodes in turn until ctx ends.
func (m *market) everyNow(ctx context.Context, do func(*Booking)) {
	ticker := time.NewTicker(40 * time.Millisecond)
	defer ticker.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			do(m.nodeOf(i))
		}
	}
}

// makeFaults loses answers of Redis and freezes it for one node, for the other, and for
// both.
func (m *market) makeFaults(ctx context.Context) {
	if m.losing > 0 {
		for i, p := range m.proxies {
			chance := rand.New(rand.NewPCG(uint64(i), 7))
			p.Lose(func(request []byte) bool {
				return strings.Contains(string(request), "evalsha") && chance.IntN(m.losing) == 0
			})
		}
	}
	if m.freeze == 0 {
		return
	}
	for i := range 4 { // each leaves answers open, and the checker's search grows with them
		frozen := [][]*testkit.Proxy{m.proxies[:1], m.proxies[1:], m.proxies}[i%3]
		if !sleep(ctx, 2*m.freeze) {
			return
		}
		for _, p := range frozen {
			p.Freeze()
		}
		thawed := sleep(ctx, m.freeze)
		for _, p := range frozen {
			p.Thaw()
		}
		if !thawed {
			return
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// settleAll recovers what is pending and resolves every purchase; then a new fan asks for
// every seat.
func (m *market) settleAll() {
	m.t.Helper()
	for i := range m.nodes {
		m.boot(i)
		m.nodes[i].recovery.overdue, m.nodes[i].recovery.allotOverdue = 0, 0
	}
	b := m.nodeOf(0)
	testkit.Eventually(m.t, 20*time.Second, "every purchase and every change of allotments is settled", func() bool {
		_ = b.recovery.recoverOnce(m.ctx)
		_ = b.recovery.recoverAllotments(m.ctx)
		season := bson.E{Key: "season", Value: m.season}
		return m.count(pendingName, bson.D{season}) == 0 && m.count(allotmentChangesName, bson.D{season, {Key: "settled", Value: false}}) == 0
	})
	for _, p := range m.bought {
		m.resolve(b, p)
	}
	for _, g := range m.given {
		if g.op.Outcome == linear.Unknown {
			m.resolveRefund(b, g)
		}
	}
	m.resolveChanges(b)
	stranger := &shopper{market: m, user: m.fan(), number: m.scenario.fans}
	for _, seat := range m.rules.Seats {
		stranger.hold(seat)
		stranger.release()
	}
}

// resolve reads the outcome of a purchase, attempt by attempt.
func (m *market) resolve(b *Booking, p *boughtSeat) {
	m.t.Helper()
	for n := 1; ; n++ {
		o, err := b.findOrder(m.ctx, transactionID(p.user, p.key, n))
		if err != nil {
			m.t.Fatal(err)
		}
		if o == nil {
			break
		}
		settled := m.left[o.ID.Hex()]
		switch {
		case o.Status == Completed && p.op.Outcome != linear.OK && p.op.Outcome != linear.Unknown:
			m.t.Errorf("%s, and yet it is completed", p.op)
		case o.Status == Completed:
			p.op.Settle(linear.OK, min(p.op.Return, settled))
		case o.Reason == reasonDeclined:
			p.op.Settle(linear.Declined, min(p.op.Return, settled))
			p.op.Settled = settled
		default:
			undone := *p.op
			undone.Purchase += fmt.Sprint("#", n)
			undone.Settle(linear.Undone, settled)
			undone.Settled = settled
			m.recorder.Add(undone)
		}
	}
	if p.op.Outcome == linear.Unknown {
		p.op.Outcome = 0 // its attempts are recorded instead
	}
}

// resolveRefund reads the outcome of a refund without an answer.
func (m *market) resolveRefund(b *Booking, g refundedSeats) {
	m.t.Helper()
	id, err := bson.ObjectIDFromHex(g.transaction)
	if err != nil {
		m.t.Fatal(err)
	}
	g.op.Outcome = 0
	for n := 1; ; n++ {
		r, err := b.findRefund(m.ctx, refundID(id, n))
		if err != nil {
			m.t.Fatal(err)
		}
		if r == nil {
			return
		}
		d, err := b.findDecision(m.ctx, r.ID)
		if err != nil || d == nil {
			m.t.Fatal(d, err)
		}
		if d.Outcome == refunded && r.Lines[0].SeatNumber == g.op.Seats[0] {
			g.op.Settle(linear.OK, m.recorder.Since(time.Now()))
		}
	}
}

// dropClaims deletes claims of sold seats at random.
func (m *market) dropClaims(b *Booking) {
	claims, err := store.FindAll[claim](m.ctx, b.o.Mongo.Collection(claimsName), m.season)
	if err != nil {
		return
	}
	for _, c := range claims {
		d, err := b.findDecision(m.ctx, c.Transaction)
		if err != nil || d == nil || d.Outcome != captured {
			continue
		}
		_, _ = b.o.Mongo.Collection(claimsName).DeleteOne(m.ctx, store.ByID(c.ID))
		index := fmt.Sprint(c.Index)
		_, _ = m.stores.Redis.Pipelined(m.ctx, func(p redis.Pipeliner) error {
			p.HDel(m.ctx, seats.TakenByKey(m.season), index)
			p.SetBit(m.ctx, m.key("taken"), int64(c.Index), 0)
			p.SetBit(m.ctx, m.key("booked"), int64(c.Index), 0)
			return nil
		})
	}
}
