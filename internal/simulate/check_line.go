package simulate

import (
	"container/heap"
	"errors"
	"math/bits"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// segments is how many bitmap segments there may be: each epoch begins with a
// segment of its own.
func (c *checker) segments() int { return 1 + 2*c.s.losses }

func (c *checker) bits(segment int) string { return c.key("bits") + ":" + strconv.Itoa(segment) }

// everything compares every user in every set.
func (c *checker) everything() {
	ctx := c.s.ctx
	pipe := c.s.look.Pipeline()
	list := pipe.ZRangeWithScores(ctx, c.key("waiting_list"), 0, -1)
	numbers, ready := pipe.HGetAll(ctx, c.key("numbers")), pipe.ZRangeWithScores(ctx, c.key("ready"), 0, -1)
	wishes, groups := pipe.HGetAll(ctx, c.key("wishes")), pipe.HGetAll(ctx, c.key("wish_groups"))
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
			c.broken(5, "user %s is ready with number %.0f, and waits with %d", user, one.Score, number)
		}
	}
	rankOf := make(map[string]int, len(list.Val()))
	for i, one := range list.Val() {
		rankOf[one.Member.(string)] = i + 1
	}
	for _, f := range c.s.fans {
		c.exact(f, rankOf[f.user])
		c.wishesOf(f, wishes.Val(), groups.Val())
		if f.isSure(c.s.now) && (numberOf[f.user] != f.number || isReady[f.user] == (f.wish != nil)) {
			c.broken(7, "user %s is present with number %d; in Redis the number is %d, ready: %t", f.user, f.number, numberOf[f.user], isReady[f.user])
		}
	}
}

// exact compares the position that a fan sees with the true one. It may lag, as
// the push policy allows: not within the first hundred, and by less than one per
// cent behind them.
func (c *checker) exact(f *fan, rank int) {
	if !f.isSure(c.s.now) || rank == 0 || f.requests || f.shown == 0 {
		f.late = time.Time{}
		return
	}
	if f.shown < rank {
		c.broken(7, "user %s was shown position %d; the true position is %d", f.user, f.shown, rank)
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
		c.broken(7, "user %s has been shown position %d for %s; the true position is %d", f.user, f.shown, c.s.now.Sub(f.late), rank)
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

// sureLine holds the fans in line who are certainly present, by number. A fan who
// is no longer certain is dropped on reaching the front.
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
