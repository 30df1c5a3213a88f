package simulate

import (
	"container/heap"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/draw"
	"usher/queue"
)

const (
	fullCheckEvery = 50              // scripts from one look at every user to the next; in a large crowd …
	fullCheckShare = 25              // … as many as there are fans, by this
	mostLate       = 3 * time.Second // a shown position may be off by more than the push policy allows
	segmentSize    = 1 << 20         // numbers a bitmap segment holds
	mostBroken     = 10              // violations after which the simulation ends
)

// Violation is an invariant of ARCHITECTURE.md found broken.
type Violation struct {
	At        Seconds `json:"at"` // since the start
	Invariant int     `json:"invariant"`
	What      string  `json:"what"`
}

func (v Violation) String() string {
	return fmt.Sprintf("invariant %d broken after %s: %s", v.Invariant, v.At.Duration(), v.What)
}

// checker holds the line against what the simulator knows itself. It asks Redis
// past the nodes, by plain commands.
type checker struct {
	s          *simulation
	violations []Violation
	scripts    int

	version string // of the line, when its places were last looked at
	active  map[string]bool
	line    sureLine
	minute  []time.Time // admissions of the last minute
	drawn   bool        // the order of those who had gathered has been taken in

	keys map[string]string
}

func newChecker(s *simulation) *checker {
	return &checker{s: s, active: map[string]bool{}, keys: map[string]string{}}
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
		c.violations = append(c.violations, Violation{at, invariant, fmt.Sprintf(format, args...)})
	}
}

func (c *checker) full() bool { return len(c.violations) >= mostBroken }

// afterScript checks what can be checked at every step: how many there are of
// each kind, and everybody who was just admitted.
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
	places, turns, leases := pipe.HLen(ctx, c.key("places")), pipe.ZCard(ctx, c.key("turns")), pipe.ZCard(ctx, c.key("leases"))
	epoch, drawn := pipe.Get(ctx, c.key("epoch")), pipe.HGet(ctx, c.key("line"), "draw")
	var segments []*redis.IntCmd
	for i := range c.segments() {
		segments = append(segments, pipe.BitCount(ctx, c.bits(i), nil))
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		c.s.fail("checking", err)
		return
	}
	if epoch.Val() == "" {
		return // Redis has lost the line, and no other has begun
	}
	if drawn.Val() == "3" && c.s.plan.OpensAfter > 0 && !c.drawn {
		c.takeDraw()
	}
	set := int64(0)
	for _, segment := range segments {
		set += segment.Val()
	}
	if list.Val() != numbers.Val() || list.Val() != set || list.Val() != ready.Val()+absent.Val() {
		c.broken(5, "waiting_list has %d users, numbers %d, bits %d, ready and absent %d + %d",
			list.Val(), numbers.Val(), set, ready.Val(), absent.Val())
	}
	if n := active.Val(); n != places.Val() || n != turns.Val()+leases.Val() {
		c.broken(5, "active_users has %d users, places %d, turns and leases %d + %d", n, places.Val(), turns.Val(), leases.Val())
	}
	// Whoever gets or loses a place makes another version of the line.
	if version.Val() != c.version || active.Val() != int64(len(c.active)) {
		c.version = version.Val()
		c.lookAtPlaces()
	}
	if c.scripts++; c.scripts%max(fullCheckEvery, c.s.plan.Fans/fullCheckShare) == 0 {
		c.everything()
	}
}

// lookAtPlaces takes in who has a place now, and judges those who are new.
func (c *checker) lookAtPlaces() {
	pipe := c.s.look.Pipeline()
	members := pipe.SMembers(c.s.ctx, c.key("active_users"))
	rule := pipe.HMGet(c.s.ctx, c.key("line_settings"), "activeLimit", "paused")
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
}

// judge says whether these were to be admitted: within the limit, not while
// paused, and past nobody.
func (c *checker) judge(admitted []*fan, active int, limit string, paused bool) {
	if limit != strconv.Itoa(c.s.laid.ActiveLimit) || paused != c.s.laid.Paused {
		c.broken(4, "the rules in Redis are limit %s, paused %t; those laid down are %d, %t", limit, paused, c.s.laid.ActiveLimit, c.s.laid.Paused)
	}
	if active > c.s.laid.ActiveLimit {
		c.broken(4, "%d have a place and somebody was just admitted; the limit is %d", active, c.s.laid.ActiveLimit)
	}
	if paused {
		c.broken(4, "somebody was admitted during a pause")
	}
	if c.s.now.Before(c.s.lostAt.Add(gather)) {
		c.broken(6, "somebody was admitted while the lost line gathered")
	}
	if c.s.now.Before(c.s.plan.Settings.OpensAt) {
		c.broken(6, "somebody was admitted before the sale opened")
	}
	if most := c.s.laid.AdmitPerMinute; most > 0 {
		for range admitted {
			c.minute = append(c.minute, c.s.now)
		}
		for c.s.now.Sub(c.minute[0]) >= time.Minute {
			c.minute = c.minute[1:]
		}
		if burst := max(1, most/30); len(c.minute) > most+burst {
			c.broken(4, "%d were admitted within a minute; %d may be, and %d at once after a quiet time", len(c.minute), most, burst)
		}
	}
	for _, f := range admitted {
		number, err := c.number(f)
		if err != nil {
			c.s.fail("reading a place", err)
			return
		}
		if f.number > 0 && number != f.number {
			c.broken(7, "user %s drew number %d and was admitted by %d", f.user, f.number, number)
		}
		if number == f.spent {
			c.broken(7, "user %s was admitted again by number %d, which is spent", f.user, number)
		}
		f.place(c.s.now)
		f.held, f.lost = number, false
	}
	if first := c.line.first(c.s.now); first != nil {
		for _, f := range admitted {
			if f.held > first.number {
				c.broken(6, "number %d was admitted while number %d, who came earlier, was there", f.held, first.number)
			}
		}
	}
}

// number is the number a user with a place was admitted by.
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

// joined takes in the answer to a join.
func (c *checker) joined(f *fan, st queue.Status) {
	if st.State != queue.Waiting && st.State != queue.Gathering {
		return
	}
	if f.lost && f.number > 0 && st.Number != f.number && (f.ranked || !f.gathered) {
		c.broken(7, "user %s brought number %d back and has number %d", f.user, f.number, st.Number)
	}
	f.ranked = f.ranked || f.gathered && st.State == queue.Waiting
	f.number, f.lost = st.Number, false
	f.gathered = f.gathered || st.State == queue.Gathering && !c.drawn
	c.present(f)
}

// heard takes in what a fan is told of itself: whoever Redis lost is in line
// again once a node says so.
func (c *checker) heard(f *fan, st queue.Status) {
	if f.lost && f.number > 0 && st.Epoch > f.epoch && (st.State == queue.Waiting || st.State == queue.Gathering) {
		c.joined(f, st)
	}
}

// lost takes in that Redis has lost everything. Whoever was in line, or had a
// turn and had not taken it, has the number still.
func (c *checker) lost() {
	c.active, c.version, c.minute = map[string]bool{}, "", nil
	for _, f := range c.s.fans {
		if f.placed && !f.inside {
			f.number = f.held
		}
		f.lost = f.lost || f.placed || f.number > 0
		if f.number > 0 && f.sure {
			f.seen = c.s.now
		}
		f.placed, f.sure, f.late = false, false, time.Time{}
		f.shown, f.shownOf = 0, 0 // a position may be worse after this, and openly
	}
}

// takeDraw takes in the numbers that those who had gathered have drawn. Their
// order must be the one that the seed gives, whoever is missing by now.
func (c *checker) takeDraw() {
	c.drawn = true
	var users []string
	for _, f := range c.s.fans {
		if f.gathered && !f.over {
			users = append(users, f.user)
		}
	}
	if len(users) == 0 {
		return
	}
	users, _ = draw.Order(draw.Key(c.s.drawSeed(), nil), users)
	numbers, err := c.s.look.HMGet(c.s.ctx, c.key("numbers"), users...).Result()
	if err != nil {
		c.s.fail("reading the draw", err)
		return
	}
	before := int64(0)
	for i, user := range users {
		f := c.s.byUser[user]
		text, waits := numbers[i].(string)
		if !waits {
			if text, _ = c.place(f); text == "" {
				continue // lost, or gone
			}
		}
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil || number <= before {
			c.broken(6, "user %s drew a place behind number %d and has number %q", user, before, text)
		}
		before = number
		f.number, f.ranked, f.shown, f.shownOf = number, true, 0, 0
		if f.sure {
			c.line.add(f)
		}
	}
}

// segments is how many bitmap segments there may be: each life of the line
// begins with one of its own.
func (c *checker) segments() int { return 1 + 2*c.s.losses }

func (c *checker) bits(segment int) string { return c.key("bits") + ":" + strconv.Itoa(segment) }

// answered takes in the answer to a fan who is there (again): a place in line
// is kept however often a connection breaks, until it is forgotten.
func (c *checker) answered(f *fan, st queue.Status) {
	if f.number == 0 {
		return
	}
	if f.lost {
		if st.State == queue.Waiting || st.State == queue.Gathering {
			c.joined(f, st)
		}
		return // the place is still to be brought back
	}
	if (st.State == queue.Waiting || st.State == queue.Gathering) && st.Number == f.number {
		c.present(f)
		return
	}
	away := c.s.now.Sub(f.seen)
	if f.requests {
		away -= c.s.laid.Absence
	}
	if away < c.s.laid.Forget {
		c.broken(7, "user %s had number %d, was away for %s, and is %q with number %d", f.user, f.number, away, st.State, st.Number)
	}
	f.number = 0
}

// present says that a fan in line is there beyond doubt.
func (c *checker) present(f *fan) {
	if f.number == 0 || f.over {
		return
	}
	f.sure, f.seen, f.sureUntil = true, c.s.now, time.Time{}
	if f.requests {
		f.sureUntil = c.s.now.Add(c.s.laid.Absence - time.Millisecond)
	}
	c.line.add(f)
}

// shown takes in a position that a fan was shown for a number.
func (c *checker) shown(f *fan, number int64, position int) {
	if number == f.shownOf && f.shown > 0 && position > f.shown {
		c.broken(7, "user %s was shown position %d after %d", f.user, position, f.shown)
	}
	f.shownOf, f.shown = number, position
}

// everything compares every user in every set.
func (c *checker) everything() {
	ctx := c.s.ctx
	pipe := c.s.look.Pipeline()
	list := pipe.ZRangeWithScores(ctx, c.key("waiting_list"), 0, -1)
	numbers, ready := pipe.HGetAll(ctx, c.key("numbers")), pipe.ZRangeWithScores(ctx, c.key("ready"), 0, -1)
	bitmaps := make([]*redis.StringCmd, c.segments())
	for i := range bitmaps {
		bitmaps[i] = pipe.Get(ctx, c.bits(i))
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		c.s.fail("checking", err)
		return
	}
	set := 0
	for _, bitmap := range bitmaps {
		for _, b := range []byte(bitmap.Val()) {
			set += bits.OnesCount8(b)
		}
	}
	if set != len(list.Val()) {
		c.broken(5, "%d users wait, %d bits are set", len(list.Val()), set)
	}
	numberOf := make(map[string]int64, len(list.Val()))
	before := int64(0)
	for _, one := range list.Val() {
		user := one.Member.(string)
		number, err := strconv.ParseInt(numbers.Val()[user], 10, 64)
		switch {
		case err != nil:
			c.broken(5, "user %s waits without a number", user)
			continue
		case number <= before:
			c.broken(5, "number %d stands behind number %d", number, before)
		case !bitSet(bitmaps, number):
			c.broken(5, "number %d waits, its bit is not set", number)
		case c.active[user]:
			c.broken(5, "user %s both waits and has a place", user)
		}
		before = number
		numberOf[user] = number
	}
	isReady := make(map[string]bool, len(ready.Val()))
	for _, one := range ready.Val() {
		user := one.Member.(string)
		isReady[user] = true
		if number, waits := numberOf[user]; !waits || float64(number) != one.Score {
			c.broken(5, "user %s is ready by number %.0f, and waits by %d", user, one.Score, number)
		}
	}
	rankOf := make(map[string]int, len(list.Val()))
	for i, one := range list.Val() {
		rankOf[one.Member.(string)] = i + 1
	}
	for _, f := range c.s.fans {
		c.exact(f, rankOf[f.user])
		if f.isSure(c.s.now) && (numberOf[f.user] != f.number || !isReady[f.user]) {
			c.broken(7, "user %s is there with number %d; in line it has %d, and is ready: %t", f.user, f.number, numberOf[f.user], isReady[f.user])
		}
	}
}

// exact holds the position a fan sees against the true one. It may be behind,
// by the push policy: within the first hundred not at all, beyond that by less
// than one per cent.
func (c *checker) exact(f *fan, rank int) {
	if !f.isSure(c.s.now) || rank == 0 || f.requests || f.shown == 0 {
		f.late = time.Time{}
		return
	}
	if f.shown < rank {
		c.broken(7, "user %s was shown position %d and stands at %d", f.user, f.shown, rank)
	}
	off := f.shown != rank && (rank <= 100 || 100*(f.shown-rank) >= rank)
	switch {
	case !off || f.lateShown != f.shown:
		f.late = time.Time{}
		if off {
			f.late, f.lateShown = c.s.now, f.shown
		}
	case f.late.IsZero():
		f.late = c.s.now
	case c.s.now.Sub(f.late) > mostLate:
		c.broken(7, "user %s has seen position %d for %s and stands at %d", f.user, f.shown, c.s.now.Sub(f.late), rank)
	}
}

func bitSet(bitmaps []*redis.StringCmd, number int64) bool {
	segment, number := int(number/segmentSize), number%segmentSize
	if segment >= len(bitmaps) {
		return false
	}
	bitmap, at := bitmaps[segment].Val(), int(number/8)
	return at < len(bitmap) && bitmap[at]>>(7-number%8)&1 == 1
}

// sureLine are the fans in line who are there beyond doubt, by number. Those
// who are not any more are dropped when they come first.
type sureLine struct{ waiting byNumber }

func (l *sureLine) add(f *fan) {
	if f.queued != f.number {
		f.queued = f.number
		heap.Push(&l.waiting, f)
	}
}

func (l *sureLine) first(now time.Time) *fan {
	for len(l.waiting) > 0 {
		if f := l.waiting[0]; f.isSure(now) {
			return f
		}
		heap.Pop(&l.waiting).(*fan).queued = 0
	}
	return nil
}

type byNumber []*fan

func (b byNumber) Len() int           { return len(b) }
func (b byNumber) Less(i, j int) bool { return b[i].queued < b[j].queued }
func (b byNumber) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }
func (b *byNumber) Push(x any)        { *b = append(*b, x.(*fan)) }
func (b *byNumber) Pop() any {
	old := *b
	last := old[len(old)-1]
	*b = old[:len(old)-1]
	return last
}
