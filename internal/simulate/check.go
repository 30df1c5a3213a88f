package simulate

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	fullCheckEvery = 50              // scripts between two checks of every user; in a large crowd …
	fullCheckShare = 25              // … the number of fans divided by this
	mostLate       = 3 * time.Second // how long a shown position may be off by more than the push policy allows
	segmentSize    = 1 << 20         // numbers a bitmap segment holds
	mostBroken     = 10              // violations after which the simulation ends
)

// BrokenInvariant is a broken invariant of ARCHITECTURE.md.
type BrokenInvariant struct {
	At        Seconds `json:"at"` // since the start
	Invariant int     `json:"invariant"`
	What      string  `json:"what"`
}

func (v BrokenInvariant) String() string {
	return fmt.Sprintf("invariant %d broken after %s: %s", v.Invariant, v.At.Duration(), v.What)
}

// checker compares the line in Redis with what the simulation knows. It reads
// Redis with plain commands, not through the nodes.
type checker struct {
	s          *simulation
	violations []BrokenInvariant
	found      bool // what the plan seeks
	scripts    int

	version string // of the line, when its places were last checked
	active  map[string]bool
	line    sureLine
	minute  []time.Time  // admissions of the last minute
	drawn   map[int]bool // the draws that takeDraw has read
	untold  []*fan       // passed over, and not told yet

	keys map[string]string
}

func newChecker(s *simulation) *checker {
	return &checker{s: s, active: map[string]bool{}, drawn: map[int]bool{}, keys: map[string]string{}}
}

func (c *checker) key(name string) string {
	if c.keys[name] == "" {
		c.keys[name] = c.s.nodes[0].mirror.Key(name)
	}
	return c.keys[name]
}

func (c *checker) broken(invariant int, format string, args ...any) {
	if !c.full() {
		at := Seconds(c.s.now.Sub(opening).Seconds())
		c.violations = append(c.violations, BrokenInvariant{at, invariant, fmt.Sprintf(format, args...)})
		c.found = invariant == c.s.plan.seeks
	}
}

func (c *checker) full() bool { return c.found || len(c.violations) >= mostBroken }

// afterScript checks after each script: the sizes of all sets, and every user who
// was just admitted.
func (c *checker) afterScript() {
	ctx := c.s.ctx
	if c.s.plan.unchecked {
		if c.scripts++; c.scripts%4 == 0 {
			c.lookAtPlaces()
		}
		return
	}
	pipe := c.s.look.Pipeline()
	active, version := pipe.SCard(ctx, c.key("active_users")), pipe.HGet(ctx, c.key("line"), "version")
	list, numbers := pipe.ZCard(ctx, c.key("waiting_list")), pipe.HLen(ctx, c.key("numbers"))
	ready, absent := pipe.ZCard(ctx, c.key("ready")), pipe.ZCard(ctx, c.key("absent"))
	wishing := pipe.HLen(ctx, c.key("wish_groups"))
	places, turns, leases := pipe.HLen(ctx, c.key("places")), pipe.ZCard(ctx, c.key("turns")), pipe.ZCard(ctx, c.key("leases"))
	epoch, drawn, nth := pipe.Get(ctx, c.key("epoch")), pipe.HGet(ctx, c.key("line"), "draw"), pipe.HGet(ctx, c.key("line"), "drawNth")
	var segments []*redis.IntCmd
	for i := range c.segments() {
		segments = append(segments, pipe.BitCount(ctx, c.bits(i), nil))
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		c.s.fail("checking", err)
		return
	}
	if epoch.Val() == "" {
		return // Redis has lost the line, and no new epoch is open
	}
	if nth, _ := strconv.Atoi(nth.Val()); drawn.Val() == "3" && nth > 0 && !c.drawn[nth] {
		c.takeDraw(nth)
	}
	set := int64(0)
	for _, segment := range segments {
		set += segment.Val()
	}
	if list.Val() != numbers.Val() || list.Val() != set || list.Val() != ready.Val()+wishing.Val()+absent.Val() {
		c.broken(5, "waiting_list has %d users, numbers %d, bits %d, ready, present with a wish and absent %d + %d + %d",
			list.Val(), numbers.Val(), set, ready.Val(), wishing.Val(), absent.Val())
	}
	if n := active.Val(); n != places.Val() || n != turns.Val()+leases.Val() {
		c.broken(5, "active_users has %d users, places %d, turns and leases %d + %d", n, places.Val(), turns.Val(), leases.Val())
	}
	// A user who gets or loses a place changes the version of the line.
	if version.Val() != c.version || active.Val() != int64(len(c.active)) {
		c.version = version.Val()
		c.lookAtPlaces()
	}
	c.wantTold()
	if c.scripts++; c.scripts%max(fullCheckEvery, c.s.plan.Fans/fullCheckShare) == 0 {
		c.everything()
	}
}

// lookAtPlaces reads who has a place now, and judges the users who are new.
func (c *checker) lookAtPlaces() {
	pipe := c.s.look.Pipeline()
	members := pipe.SMembers(c.s.ctx, c.key("active_users"))
	rule := pipe.HMGet(c.s.ctx, c.key("line_settings"), "activeLimit", "paused")
	wishes := pipe.HLen(c.s.ctx, c.key("wishes"))
	if _, err := pipe.Exec(c.s.ctx); err != nil {
		c.s.fail("checking", err)
		return
	}
	active := members.Val()
	now := make(map[string]bool, len(active))
	var admitted []*fan
	for _, user := range active {
		now[user] = true
		if f := c.s.byUser[user]; f != nil && !c.active[user] {
			admitted = append(admitted, f)
		}
	}
	for user := range c.active {
		if !now[user] {
			c.s.byUser[user].vacated()
		}
	}
	c.active = now
	if len(admitted) == 0 {
		return
	}
	limit, _ := rule.Val()[0].(string)
	paused, _ := rule.Val()[1].(string)
	c.judge(admitted, len(active), limit, paused == "1")
	if c.s.house != nil && c.s.failed == nil {
		c.byWishes(admitted, wishes.Val())
	}
}

// judge checks whether these fans were to be admitted: within the limit, not
// during a pause, with a seat to choose, and without passing a fan who is present.
func (c *checker) judge(admitted []*fan, active int, limit string, paused bool) {
	if limit != strconv.Itoa(c.s.laid.ActiveLimit) || paused != c.s.laid.Paused {
		c.broken(4, "the rules in Redis are limit %s, paused %t; those configured are %d, %t", limit, paused, c.s.laid.ActiveLimit, c.s.laid.Paused)
	}
	if active > c.s.laid.ActiveLimit {
		c.broken(4, "%d users have a place after an admission; the limit is %d", active, c.s.laid.ActiveLimit)
	}
	if paused {
		c.broken(4, "a user was admitted during a pause")
	}
	if c.s.noSeat || c.s.house != nil && c.s.house.free() == (byClass{}) {
		c.broken(4, "a user was admitted while no seat was free")
	}
	if c.s.now.Before(c.s.lostAt.Add(gather)) {
		c.broken(6, "a user was admitted while the lost line gathered")
	}
	if c.s.now.Before(c.s.plan.Settings.OpensAt) {
		c.broken(6, "a user was admitted before the sale opened")
	}
	if _, phase := c.s.phase(); phase != nil && c.s.now.Before(phase.OpensAt) {
		c.broken(6, "a user was admitted before %s opened", phase.Name)
	}
	c.inPhases(admitted)
	if most := c.s.laid.AdmitPerMinute; most > 0 {
		for range admitted {
			c.minute = append(c.minute, c.s.now)
		}
		for c.s.now.Sub(c.minute[0]) >= time.Minute {
			c.minute = c.minute[1:]
		}
		if burst := max(1, most/30); len(c.minute) > most+burst {
			c.broken(4, "%d users were admitted within a minute; allowed are %d, and %d at once after a quiet time", len(c.minute), most, burst)
		}
	}
	for _, f := range admitted {
		number, err := c.number(f)
		if err != nil {
			c.s.fail("reading a place", err)
			return
		}
		if f.number > 0 && number != f.number {
			c.broken(7, "user %s drew number %d and was admitted with %d", f.user, f.number, number)
		}
		if number == f.spent {
			c.broken(7, "user %s was admitted again with number %d, which is spent", f.user, number)
		}
		f.place(c.s.now)
		f.held, f.lost = number, false
	}
	if first := c.line.first(c.s.now); first != nil && c.s.house == nil {
		for _, f := range admitted {
			if f.held > first.number {
				c.broken(6, "number %d was admitted while number %d, who came earlier, was present", f.held, first.number)
			}
		}
	}
}

// number is the number of a user with a place.
func (c *checker) number(f *fan) (int64, error) {
	text, err := c.place(f)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

func (c *checker) place(f *fan) (number string, err error) {
	place, err := c.s.look.HGet(c.s.ctx, c.key("places"), f.user).Result()
	number, _, _ = strings.Cut(place, ":")
	return number, err
}
