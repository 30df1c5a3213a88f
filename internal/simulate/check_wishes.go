package simulate

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"usher/queue"
)

// couldMeet returns the seats to set aside for a wish, by class, of those that are left;
// false when it cannot be met. nil stands for a fan without a wish, who wants any seat.
func couldMeet(left byClass, w *queue.Wish) (aside byClass, ok bool) {
	if w == nil {
		w = &queue.Wish{Seats: 1}
	}
	for range w.Seats {
		most := -1
		for class := range left {
			if fits(*w, class) && left[class] > 0 && (most < 0 || left[class] > left[most]) {
				most = class
			}
		}
		if most < 0 {
			return byClass{}, false
		}
		left[most]--
		aside[most]++
	}
	return aside, true
}

// leftSeats counts the seats that are free and not set aside for a fan with a place.
func (c *checker) leftSeats() byClass {
	left := c.s.house.free()
	for _, f := range c.s.fans {
		for class, n := range f.aside {
			left[class] -= n
		}
	}
	return left
}

// byWishes judges the fans who were admitted by one script, in the order of their numbers:
// their wishes could be met, and those of the fans whom they passed could not. wishes is
// how many wishes Redis has after the script.
func (c *checker) byWishes(admitted []*fan, wishes int64) {
	slices.SortFunc(admitted, func(a, b *fan) int { return cmp.Compare(a.held, b.held) })
	for _, f := range admitted {
		if f.wish != nil {
			wishes++
		}
	}
	for _, f := range admitted {
		left := c.leftSeats()
		aside, ok := couldMeet(left, f.wish)
		if !ok {
			c.broken(6, "number %d was admitted with the wish %s, which could not be met: %v seats are left", f.held, wishText(f.wish), left)
		}
		for _, other := range c.s.fans {
			if other.number == 0 || other.number > f.held || other.over {
				continue
			}
			_, could := couldMeet(left, other.wish)
			switch sure := other.isSure(c.s.now); {
			case sure && could:
				c.broken(6, "number %d was admitted while number %d, who came earlier, was present with the wish %s, which could be met: %v seats are left",
					f.held, other.number, wishText(other.wish), left)
			case other.wish != nil:
				other.maybe, other.passed = true, other.passed || sure
				c.tell(other)
			}
		}
		if wishes > 0 {
			f.aside = aside
		}
		if f.wish != nil {
			wishes--
			c.s.tally.met++
		}
		f.met, f.wish, f.toldBy = f.wish, nil, time.Time{}
	}
}

// tell notes a fan who must be told soon.
func (c *checker) tell(f *fan) {
	if f.passed && !f.told && !f.requests && !f.waiting {
		f.waiting = true
		c.untold = append(c.untold, f)
	}
}

// wantTold checks that fans with a socket who have been passed over are told in time.
func (c *checker) wantTold() {
	c.untold = slices.DeleteFunc(c.untold, func(f *fan) bool {
		f.waiting = f.passed && !f.told && !f.over && f.wish != nil
		switch {
		case !f.waiting:
		case !f.isSure(c.s.now):
			f.toldBy = time.Time{} // the next connection begins with it
		case f.toldBy.IsZero():
			f.toldBy = c.s.now.Add(mostLate)
		case c.s.now.After(f.toldBy):
			c.broken(6, "user %s, number %d, was passed over for the wish %s and was not told within %s", f.user, f.number, wishText(f.wish), mostLate)
			f.waiting = false
		}
		return !f.waiting
	})
}

// wished checks the wish in a state that a fan in line is sent. A reply is exact; what
// comes by itself may be older than a pass.
func (c *checker) wished(f *fan, st queue.Status, reply bool) {
	if c.s.house == nil || st.State != queue.Waiting || st.Number != f.number || f.lost {
		return
	}
	if !sameWish(f.wish, st.Wish) {
		c.broken(7, "user %s, number %d, left the wish %s and is shown %s", f.user, f.number, wishText(f.wish), wishText(st.Wish))
		return
	}
	if f.wish == nil {
		return
	}
	if st.Wish.PassedOver && !f.maybe {
		c.broken(6, "user %s, number %d, was told of a later number that passed; none has", f.user, f.number)
	}
	if f.passed && !st.Wish.PassedOver && (reply || f.told) {
		c.broken(6, "user %s, number %d, was passed over for the wish %s and is told that no user passed", f.user, f.number, wishText(f.wish))
	}
	if st.Wish.PassedOver && !f.told {
		f.told = true
		c.s.tally.told++
	}
}

// restored takes the wish of a place that was brought back after a loss. It is the one
// left, unless that was just before the loss or the fan already had a turn.
func (c *checker) restored(f *fan, st queue.Status) {
	if c.s.house == nil {
		return
	}
	if f.wish != nil && !sameWish(f.wish, st.Wish) && c.s.lostAt.Sub(f.left) > mostLate {
		c.broken(7, "user %s brought number %d with the wish %s back and is shown %s", f.user, f.number, wishText(f.wish), wishText(st.Wish))
	}
	f.wish, f.left = nil, c.s.now
	if st.Wish != nil {
		kept := *st.Wish
		f.wish = &kept
	}
	f.passed, f.maybe, f.told, f.toldBy = false, false, false, time.Time{}
}

// wishesOf compares the wishes in Redis with those of the fans who are certainly present.
func (c *checker) wishesOf(f *fan, texts, groups map[string]string) {
	if c.s.house == nil || !f.isSure(c.s.now) {
		return
	}
	_, text, _ := strings.Cut(texts[f.user], ";")
	if has := groups[f.user] != ""; (text != "") != (f.wish != nil) || has != (f.wish != nil) {
		c.broken(7, "user %s, number %d, is present with the wish %s; in Redis it is %q, grouped: %t", f.user, f.number, wishText(f.wish), text, has)
	}
}

func wishText(w *queue.Wish) string {
	if w == nil {
		return "for any seat"
	}
	text := "for " + count(w.Seats)
	if len(w.Categories) > 0 {
		text += " of " + strings.Join(w.Categories, " or ")
	}
	if w.UpTo > 0 {
		text += " up to " + count(int(w.UpTo))
	}
	return text
}
