package queue

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// TestALaterDrawOutlivesRedis empties Redis at each step of the second draw: who waited
// before is in front again in the same order, and who gathered is drawn once.
func TestALaterDrawOutlivesRedis(t *testing.T) {
	for _, step := range []string{"gathering", "frozen", "recorded", "drawn"} {
		t.Run(step, func(t *testing.T) {
			c := newClock(t)
			h := newFixture(t, "redis://"+c.redis.Addr())
			set := paused(twoPhases(1, c.now.Add(-time.Minute)))
			options := func(o *Options) {
				o.Now = func() time.Time { return c.now }
				o.Gather = time.Minute
				o.Settings = func(context.Context, string) (Settings, error) { return set, nil }
			}
			n := h.node(options)
			n.configure(set)
			places := map[string]string{}
			early, general := named("early", 4), named("general", 12)
			for _, user := range early {
				places[user] = n.joinCleared(user).Place()
			}
			c.advance(time.Hour)
			for _, user := range general {
				places[user] = n.join(user).Place()
			}
			n.tickOnce() // records who waits in front
			s := n.Queue.season(h.season)
			if step != "gathering" {
				c.advance(30 * time.Minute)
				n.configure(set)
			}
			switch step {
			case "recorded":
				n.recordDraw(t)
			case "drawn":
				n.must(s.holdDrawNow(t.Context()))
				for _, user := range general[6:] {
					places[user] = n.status(user).Place() // as drawn; the others bring the place from before
				}
			}
			h.loseEverything()
			n = h.node(options)
			n.configure(set)
			if st, err := n.Join(t.Context(), h.season, "stranger", ""); err != nil {
				t.Fatalf("%+v %v", st, err)
			}
			all := slices.Concat(early, general)
			slices.Reverse(all)
			for _, user := range all {
				if _, err := n.JoinCleared(t.Context(), h.season, user, places[user]); err != nil {
					t.Fatal(err)
				}
			}
			c.advance(time.Minute)
			n.tickOnce()
			if c.now.Before(set.Phases[1].OpensAt) {
				if st := n.status(early[0]); st.State != Waiting || st.Position != 1 {
					t.Errorf("who waited before the gathering: %+v", st)
				}
				if st := n.state(general[0]); st != Gathering {
					t.Errorf("who gathered is %s", st)
				}
				c.advance(30 * time.Minute)
			}
			n.tickOnce()
			n.tickOnce()
			switch step {
			case "gathering", "frozen": // the stranger gathered too
				n.wantLine(early, 2, append(slices.Clone(general), "stranger"), nil)
			default:
				n.wantLine(early, 2, general, []string{"stranger"})
			}
		})
	}
}

// TestAnAuditFindsALaterDrawThatWasTamperedWith: orders that are mixed between phases
// are found.
func TestAnAuditFindsALaterDrawThatWasTamperedWith(t *testing.T) {
	for name, c := range map[string]struct {
		tamper func(n *node, s *season)
		want   string
	}{
		"nothing": {func(*node, *season) {}, ""},
		"two ranks": {func(n *node, s *season) {
			a, b := n.line()[3], n.line()[5]
			n.must(n.o.Redis.HSet(n.t.Context(), s.keys[keyNumbers], a.User, b.Number, b.User, a.Number).Err())
		}, "draw 2: user"},
		"numbers in front of who waited before": {func(n *node, _ *season) {
			setDraw(n, n.season+"/2/frozen", "from", 0)
		}, "was recorded when the gathering began"},
		"times of joining in front of the draw before": {func(n *node, _ *season) {
			setDraw(n, n.season+"/2/frozen", "opening", 1)
		}, "times of joining behind"},
		"the phases": {func(n *node, _ *season) {
			setDraw(n, n.season+"/2/promise", "phases", bson.A{})
		}, "draw 2: the seed does not hash"},
		"the first draw's seed": {func(n *node, s *season) {
			d, err := s.recallOne(n.t.Context(), 1)
			n.must(err)
			setDraw(n, n.season+"/2/promise", "seed", d.commitment.Seed)
			setDraw(n, n.season+"/2/promise", "commitment", d.commitment.Commitment)
		}, "draw 2: the seed does not hash"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cl := newClock(t)
			h := newFixture(t, "redis://"+cl.redis.Addr())
			n := h.clocked(cl, nil)
			set := paused(twoPhases(1, cl.now.Add(time.Minute)))
			n.configure(set)
			early, general := named("early", 3), named("general", 6)
			for _, user := range early {
				n.joinCleared(user)
			}
			cl.advance(time.Minute)
			n.tickOnce()
			cl.advance(time.Hour)
			n.joinAll(general)
			n.tickOnce()
			cl.advance(30 * time.Minute)
			n.tickOnce()
			c.tamper(n, n.Queue.season(h.season))
			found, err := n.AuditDraw(t.Context(), n.season)
			n.must(err)
			if c.want == "" && len(found) > 0 || c.want != "" && !slices.ContainsFunc(found, func(one string) bool { return strings.Contains(one, c.want) }) {
				t.Errorf("found %q, want %q", found, c.want)
			}
		})
	}
}

// setDraw changes one field of a document of a draw.
func setDraw(n *node, document, field string, value any) {
	n.t.Helper()
	result, err := n.ledger.draws.UpdateOne(n.t.Context(), bson.D{{Key: "_id", Value: document}}, bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: value}}}})
	n.must(err)
	if result.MatchedCount != 1 {
		n.t.Fatalf("there is no document %s", document)
	}
}
