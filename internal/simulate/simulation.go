package simulate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"usher/internal/embedded"
	"usher/internal/keys"
	"usher/internal/store"
	"usher/queue"
)

const (
	season  = "sale"
	latency = time.Millisecond // from publishing to hearing
)

// opening is when every simulated sale begins.
var opening = time.Date(2027, 3, 1, 10, 0, 0, 0, time.UTC)

// simulation is one sale in progress. One goroutine moves it, and every call into
// a node returns before the next entry of the agenda.
type simulation struct {
	ctx    context.Context
	plan   Plan
	mongo  *mongo.Database
	ring   *keys.Ring
	redis  *miniredis.Miniredis
	client *redis.Client  // the nodes'
	look   *redis.Client  // the checker's
	limit  int            // the organizer's; faults vary around it
	losses int            // how often Redis lost its data …
	lostAt time.Time      // … and when it did last
	noSeat bool           // every seat is in a cart
	house  *house         // nil: seats do not matter
	rule   queue.Settings // the settings as they should be …
	laid   queue.Settings // … and as they were last configured

	now    time.Time
	agenda agenda
	chance *rand.Rand // for faults, nodes and reconnects; what fans do is drawn in advance

	nodes  []*node // live nodes, in the order of their start
	made   int     // nodes started so far
	wire   []string
	fans   []*fan
	byUser map[string]*fan
	left   int // fans who have not finished

	paused   time.Duration // for how long in total the line has been paused, or without a free seat …
	pausedAt time.Time     // … without the pause that began then; zero: not paused

	check  *checker
	tally  tally
	failed error
}

// Run plays the plan to its end, on stores of its own. An error means that the
// plan could not be played; broken invariants are in the report.
func Run(ctx context.Context, p Plan) (*Report, error) {
	stores, err := embedded.Start(embedded.Options{})
	if err != nil {
		return nil, err
	}
	defer stores.Stop()
	// Only MongoDB is used here, for the ledger: this Redis has the machine's clock.
	opened, err := store.Open(store.Options{
		RedisURLs: []string{stores.RedisURL}, MongoURL: stores.MongoURL, MongoDatabase: "simulate",
	})
	if err != nil {
		return nil, err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = opened.Close(closing) // the report is complete
	}()
	return run(ctx, p, opened.Mongo)
}

// run plays the plan with its ledger in an empty database.
func run(ctx context.Context, p Plan, db *mongo.Database) (_ *Report, err error) {
	if problems := p.Problems(); len(problems) > 0 {
		return nil, errors.New(strings.Join(problems, "; "))
	}
	p = p.withDefaults()
	s := &simulation{
		ctx: ctx, plan: p, mongo: db, rule: p.Settings, now: opening,
		redis:  miniredis.NewMiniRedis(),
		chance: rand.New(rand.NewPCG(p.Seed, 1)),
		byUser: map[string]*fan{}, left: p.Fans, limit: p.Settings.ActiveLimit,
	}
	s.redis.SetTime(s.now)
	s.redis.ClockTTL(true)
	s.client, s.look = s.dial(), s.dial()
	s.client.AddHook(&listener{s: s, mutate: p.mutate, mutated: map[string]string{}})
	defer func() {
		err = errors.Join(err, s.client.Close(), s.look.Close())
		s.redis.Close()
	}()
	if s.ring, err = keys.Generate(); err != nil {
		return nil, err
	}
	s.check = newChecker(s)
	return s.play()
}

// dial returns a client of the simulated Redis, over a pipe in this process.
func (s *simulation) dial() *redis.Client {
	return redis.NewClient(&redis.Options{
		Dialer:     func(context.Context, string, string) (net.Conn, error) { return s.redis.Dial() },
		MaxRetries: -1, PoolSize: 1, ReadTimeout: time.Minute, WriteTimeout: time.Minute, DisableIdentity: true,
	})
}

func (s *simulation) play() (*Report, error) {
	for range s.plan.Nodes {
		s.startNode()
	}
	if s.plan.ReturnEvery > 0 {
		s.house = newHouse(s)
		if err := s.house.lay(); err != nil {
			return nil, err
		}
	}
	s.configure()
	s.drawFans()
	s.drawWishes()
	s.planEvents()
	s.planFault()
	end := opening.Add(s.plan.Horizon)
	for s.left > 0 && s.failed == nil && !s.check.full() {
		e, ok := s.agenda.next()
		if !ok || e.at.After(end) {
			break
		}
		if err := s.ctx.Err(); err != nil {
			return nil, err
		}
		if e.at.After(s.now) {
			s.now = e.at
			s.redis.SetTime(s.now)
		}
		e.do()
		s.deliver()
	}
	if s.failed != nil {
		return nil, s.failed
	}
	s.check.everything()
	s.audit()
	return s.report(), nil
}

// phase is the first phase that has not closed, and its number from 1; 0 for none.
func (s *simulation) phase() (int, *queue.Phase) {
	phases := s.plan.Settings.Phases
	for i := range phases {
		if p := &phases[i]; p.ClosesAt.IsZero() || s.now.Before(p.ClosesAt) {
			return i + 1, p
		}
	}
	return 0, nil
}

// deliver sends the news of the scripts to every node.
func (s *simulation) deliver() {
	for _, message := range s.wire {
		for _, n := range s.nodes {
			if s.plan.LostNews == 0 || s.chance.Float64() >= s.plan.LostNews {
				s.in(latency, n.who(), func() { n.handle(message) })
			}
		}
	}
	s.wire = s.wire[:0]
}

// in schedules an event.
func (s *simulation) in(d time.Duration, who int, do func()) { s.agenda.add(s.now.Add(d), who, do) }

// fail ends the simulation because of an error that the plan did not ask for.
func (s *simulation) fail(what string, err error) {
	if s.failed == nil {
		s.failed = fmt.Errorf("at %s, %s: %w", s.now.Sub(opening), what, err)
	}
}

// configure stores the present settings.
func (s *simulation) configure() {
	n := s.reachable()
	if n == nil {
		s.in(time.Second, -1, s.configure)
		return
	}
	s.laid = s.rule
	s.notePause()
	s.rule.Revision++
	if err := n.queue.Configure(s.ctx, season, s.laid); err != nil {
		s.fail("configuring", err)
	}
	n.planTasks()
}

// notePause begins or ends the time in which the line cannot move.
func (s *simulation) notePause() {
	s.paused, s.pausedAt = s.pausedFor(), time.Time{}
	if s.laid.Paused || s.noSeat {
		s.pausedAt = s.now
	}
}

// pausedFor is for how long in total the line has been paused, or without a free
// seat.
func (s *simulation) pausedFor() time.Duration {
	if s.pausedAt.IsZero() {
		return s.paused
	}
	return s.paused + s.now.Sub(s.pausedAt)
}

// audit runs the queue's own audit at the end.
func (s *simulation) audit() {
	n := s.reachable()
	if n == nil {
		s.startNode()
		n = s.nodes[len(s.nodes)-1]
	}
	found, err := n.queue.Audit(s.ctx, season)
	if err != nil {
		s.fail("auditing", err)
	}
	for _, sentence := range found {
		s.check.broken(5, "the audit at the end: %s", sentence)
	}
}
