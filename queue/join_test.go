package queue

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"usher/internal/testkit"
)

// TestACrowdJoinsAsItsUsersWouldOneByOne plays crowds that join in one call, in
// which users are named twice, wait already, have a place or a socket, against
// the same users joining one by one.
func TestACrowdJoinsAsItsUsersWouldOneByOne(t *testing.T) {
	c := newClock(t)
	h := newFixture(t, "redis://"+c.redis.Addr())
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.IntRange(0, 5).Draw(rt, "limit")
		before := rapid.SliceOfN(rapid.IntRange(0, 40), 0, 12).Draw(rt, "before")
		sockets := rapid.SliceOfNDistinct(rapid.IntRange(0, 40), 0, 5, rapid.ID[int]).Draw(rt, "sockets")
		crowd := rapid.SliceOfN(rapid.IntRange(0, 40), 1, 60).Draw(rt, "crowd")
		skip := rapid.Int64Range(0, 2).Draw(rt, "segments") * (segmentSize - 20)
		lines := [2][]string{}
		for i := range lines {
			h.season = testkit.SeasonID()
			n := h.node()
			s := n.Queue.season(h.season)
			n.configure(plain(limit))
			if skip > 0 { // the numbers cross a segment's border
				n.must(h.stores.Redis.HSet(t.Context(), s.keys[keyLine], "number", skip, "ceiling", 4*segmentSize).Err())
			}
			for _, u := range before {
				n.join(fmt.Sprint(u))
			}
			for _, u := range sockets {
				n.open(fmt.Sprint(u))
			}
			var args []any
			for _, u := range crowd {
				if i == 0 {
					n.join(fmt.Sprint(u))
				} else {
					args = append(args, fmt.Sprint(u), "")
				}
			}
			if i == 1 {
				r, err := s.call(t.Context(), joinScript, args...)
				n.must(err)
				for _, one := range r.states {
					if st := n.lookAt(one.User); st.State != one.State || st.Position != one.Position || st.Number != one.Number || st.Joined != one.Joined {
						rt.Fatalf("%s was shown %+v and is %+v", one.User, one, st)
					}
				}
			}
			for u := range 41 {
				st := n.lookAt(fmt.Sprint(u))
				lines[i] = append(lines[i], fmt.Sprint(u, st.State, st.Number, st.Position))
			}
			found, err := n.Audit(t.Context(), h.season)
			if err != nil || len(found) > 0 {
				rt.Fatal(err, found)
			}
		}
		if fmt.Sprint(lines[0]) != fmt.Sprint(lines[1]) {
			rt.Fatalf("one by one:\n%v\nin one call:\n%v", lines[0], lines[1])
		}
	})
}

// lookAt reads a user's state, which is no sign of life.
func (n *node) lookAt(user string) userState {
	n.t.Helper()
	a, err := n.Queue.season(n.season).look.Do(n.t.Context(), question{user: user})
	n.must(err)
	return a.state
}
