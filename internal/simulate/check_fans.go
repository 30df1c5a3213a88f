package simulate

import (
	"strconv"
	"time"

	"usher/internal/draw"
	"usher/queue"
)

// joined records the reply to a join.
func (c *checker) joined(f *fan, st queue.Status) {
	if st.State != queue.Waiting && st.State != queue.Gathering {
		return
	}
	if f.lost && f.number > 0 && st.Number != f.number && (f.ranked || f.gathered == 0) {
		c.broken(7, "user %s brought number %d back and has number %d", f.user, f.number, st.Number)
	}
	brought := f.lost && f.number > 0
	if !brought {
		f.phase, _ = c.s.phase()
		f.gathered, f.ranked = 0, false
	}
	f.ranked = f.ranked || f.gathered > 0 && st.State == queue.Waiting
	f.number, f.lost = st.Number, false
	if brought {
		c.restored(f, st)
	}
	// Who brings a place of an earlier phase back keeps it. Before the first draw every
	// place is one of the users who gather.
	if draw := c.comingDraw(); st.State == queue.Gathering && draw > 0 && (!brought || draw == 1) {
		f.gathered = draw
	}
	c.present(f)
}

// updated records a state that a fan was sent. A fan whom Redis lost is in line
// again once a node says so.
func (c *checker) updated(f *fan, st queue.Status) {
	if f.lost && f.number > 0 && st.Epoch > f.epoch && (st.State == queue.Waiting || st.State == queue.Gathering) {
		c.joined(f, st)
	}
}

// lost records that Redis has lost everything. Fans in line, and fans with a turn
// they had not entered, keep their numbers.
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
		f.placed, f.sure, f.late, f.aside = false, false, time.Time{}, byClass{}
		f.shown, f.shownOf = 0, 0 // a position may get worse after a loss
	}
}

// comingDraw is the draw for which a fan gathers who joins now; 0: none.
func (c *checker) comingDraw() int {
	nth, phase := c.s.phase()
	switch {
	case nth <= 1 && c.s.plan.OpensAfter > 0 && !c.drawn[1]:
		return 1
	case nth > 1 && c.s.now.Before(phase.OpensAt):
		return nth
	}
	return 0
}

// inPhases checks that no admitted fan passed a fan of an earlier phase who is present.
func (c *checker) inPhases(admitted []*fan) {
	if len(c.s.plan.Phases) == 0 {
		return
	}
	entered := map[*fan]bool{}
	last := 0
	for _, f := range admitted {
		entered[f], last = true, max(last, f.phase)
	}
	for _, f := range c.s.fans {
		if !entered[f] && f.phase > 0 && f.phase < last && !f.placed && f.isSure(c.s.now) {
			c.broken(6, "a user who joined in phase %d was admitted while user %s of phase %d was present", last, f.user, f.phase)
		}
	}
}

// takeDraw reads the numbers that the fans who gathered have drawn. Their order
// must be the one that follows from the seed, without the fans who are missing, and they
// must stand behind everyone who joined in an earlier phase.
func (c *checker) takeDraw(nth int) {
	c.drawn[nth] = true
	var users []string
	before := int64(0)
	for _, f := range c.s.fans {
		if f.gathered == nth && !f.over {
			users = append(users, f.user)
		} else if f.phase < nth && !f.over && !f.placed {
			before = max(before, f.number)
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
	for i, user := range users {
		f := c.s.byUser[user]
		text, waits := numbers[i].(string)
		if !waits {
			if text, _ = c.place(f); text == "" {
				continue // lost or left
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

// answered records the reply to a fan who is present (again). A place in line is
// kept however often a connection breaks, until it is forgotten.
func (c *checker) answered(f *fan, st queue.Status) {
	if f.number == 0 {
		return
	}
	if f.lost {
		if st.State == queue.Waiting || st.State == queue.Gathering {
			c.joined(f, st)
		}
		return // the place has not been brought back yet
	}
	if (st.State == queue.Waiting || st.State == queue.Gathering) && st.Number == f.number {
		c.wished(f, st, true)
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
	f.number, f.wish = 0, nil
}

// present records that a fan in line is certainly present.
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

// shown records a position that a fan was shown for a number.
func (c *checker) shown(f *fan, number int64, position int) {
	if number == f.shownOf && f.shown > 0 && position > f.shown {
		c.broken(7, "user %s was shown position %d after %d", f.user, position, f.shown)
	}
	f.shownOf, f.shown = number, position
}
