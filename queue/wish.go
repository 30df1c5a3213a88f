package queue

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"usher/internal/fault"
	"usher/internal/store"
)

// Wish says which seats a user in line waits for. The user gets a turn only when as many
// such seats are free, and others who come later may pass until then.
type Wish struct {
	Seats      int      // at least 1
	Categories []string // sorted; none: every category
	UpTo       int64    // what each seat may cost at most, by its normal price in minor units; 0: any price
	PassedOver bool     // a user who came later got a turn since the wish was left. Ignored in calls
}

// MostWishPrice is the highest price of a wish, in minor units.
const MostWishPrice = 1_000_000_000_000

// mostWishText bounds the length of a wish, which the signed place carries.
const mostWishText = 2000

// text is the wish as part/wishes.lua reads it.
func (w Wish) text() string {
	var escaped []string
	for _, category := range w.Categories {
		escaped = append(escaped, url.QueryEscape(category))
	}
	slices.Sort(escaped)
	return strconv.Itoa(w.Seats) + ";" + strconv.FormatInt(w.UpTo, 10) + ";" + strings.Join(slices.Compact(escaped), ",")
}

// parseWish reads a wish that text has written; nil for "".
func parseWish(text string) *Wish {
	parts := strings.SplitN(text, ";", 3)
	if len(parts) < 3 {
		return nil
	}
	w := &Wish{Seats: int(whole(parts[0])), UpTo: whole(parts[1])}
	for category := range strings.SplitSeq(parts[2], ",") {
		if name, err := url.QueryUnescape(category); err == nil && name != "" {
			w.Categories = append(w.Categories, name)
		}
	}
	slices.Sort(w.Categories)
	return w
}

// wish is the user's wish, nil for none.
func (r userState) wish(c counts) *Wish {
	w := parseWish(r.Wish)
	if w != nil {
		w.PassedOver = r.passedOver(c)
	}
	return w
}

// eta is the expected wait at a position. That of a user with a wish depends on which
// seats come back, so it is not known.
func (r userState) eta(c counts, position int) *ETA {
	if r.Wish != "" {
		return nil
	}
	return eta(c, position, r.Number)
}

// passedOver reports whether a later number has got a turn since the wish was left, while
// the user was present.
func (r userState) passedOver(c counts) bool {
	if r.Wish == "" || r.WishSince == "p" {
		return r.Wish != ""
	}
	since := whole(r.WishSince)
	for pass := range strings.FieldsSeq(c.Passes) {
		turn, number, _ := strings.Cut(pass, ":")
		if whole(turn) > since && whole(number) > r.Number {
			return true
		}
	}
	return false
}

// tellPassedLocked tells users here who have been passed over because of their wishes. It
// looks at each waiter only when the list of turns is not the one looked at last.
func (s *season) tellPassedLocked(c counts) {
	if c.Passes == s.passesTold {
		return
	}
	s.passesTold = c.Passes
	for i := range s.waiters {
		f := s.waiters[i].follower
		if f.passed || f.lastSent.Wish == "" || c.version().before(f.at) || !f.lastSent.passedOver(c) {
			continue
		}
		f.passed = true
		state := f.lastSent
		if state.State == Waiting {
			state.Position = f.shown
		}
		s.deliverLocked(f, Event{Kind: Changed, Season: s.id, User: state.User, Status: s.status(c, state)})
	}
}

// Wish gives a user in line a wish, or removes it (nil). The user keeps the place in line
// in any case. Errors: invalid_request (an unknown category, a number or a price that is
// no wish), seat_limit (more seats than a user may have), conflict (the user is not in
// line, or no wishes are taken now), unavailable.
func (q *Queue) Wish(ctx context.Context, season, user string, wish *Wish) (Status, error) {
	text := ""
	if wish != nil {
		if wish.Seats < 1 || wish.Seats > 1000 {
			return Status{}, fault.New(fault.InvalidRequest, "seats is %d; a wish is for 1 seat or more", wish.Seats)
		}
		if wish.UpTo < 0 || wish.UpTo > MostWishPrice {
			return Status{}, fault.New(fault.InvalidRequest, "upTo is %d; it must be a price in minor units, from 1", wish.UpTo)
		}
		if slices.Contains(wish.Categories, "") {
			return Status{}, fault.New(fault.InvalidRequest, "categories has an empty name; none at all means every category")
		}
		if text = wish.text(); len(text) > mostWishText {
			return Status{}, fault.New(fault.InvalidRequest, "categories has %d names, which is too many; none means every category", len(wish.Categories))
		}
	}
	s := q.season(season)
	a, err := s.wish.Do(ctx, question{user: user, args: []any{text}})
	if err != nil {
		return Status{}, store.Fault(err)
	}
	if err := refusedWish(a.extra, wish); err != nil {
		return Status{}, err
	}
	return s.answered(a)
}

// refusedWish is the error for an outcome of wish.lua.
func refusedWish(outcome string, wish *Wish) error {
	switch outcome {
	case "ok":
		return nil
	case "none":
		return fault.New(fault.Conflict, "only users in line can leave a wish")
	case "off":
		return fault.New(fault.Conflict, "the season takes no wishes: its setting returns is off")
	case "drawn":
		return fault.New(fault.Conflict, "a draw is about to decide the place in line; wishes are taken after the draw")
	case "plan":
		return fault.New(fault.Conflict, "the season has no seat plan yet")
	case "limit":
		return fault.New(fault.SeatLimit, "the wish is for %d seats; a user may have fewer", wish.Seats)
	case "category":
		return fault.New(fault.InvalidRequest, "the categories are %q; the seat plan does not have all of them", wish.Categories)
	case "many":
		return fault.New(fault.Conflict, "too many different lists of categories are wished for; wish for one category or for all")
	}
	return fmt.Errorf("queue: wish.lua answered %q", outcome)
}

// wishingBefore counts the present users of groups of wishes who are before a number.
func (s *season) wishingBefore(ctx context.Context, groups []string, number int64) (n int, err error) {
	if len(groups) == 0 {
		return 0, nil
	}
	pipe := s.q.o.Redis.Pipeline()
	counts := make([]*redis.IntCmd, len(groups))
	for i, group := range groups {
		counts[i] = pipe.ZCount(ctx, s.keys[keyWishers]+group, "-inf", "("+strconv.FormatInt(number, 10))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return 0, err
	}
	for _, count := range counts {
		n += int(count.Val())
	}
	return n, nil
}
