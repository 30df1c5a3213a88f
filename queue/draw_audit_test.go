package queue

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/testkit"
)

// TestAnAuditFindsADrawThatWasTamperedWith changes one thing of a sound draw at a
// time, in the ledger or in the line.
func TestAnAuditFindsADrawThatWasTamperedWith(t *testing.T) {
	type drawn struct {
		*node
		s     *season
		order []string
		held  *HeldDraw
	}
	set := func(d drawn, document, field string, value any) {
		_, err := d.ledger.draws.UpdateOne(d.t.Context(), bson.D{{Key: "_id", Value: document}},
			bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: value}}}})
		d.must(err)
	}
	place := func(d drawn, user string, rank int64) {
		d.must(d.o.Redis.HSet(d.t.Context(), d.s.keys[keyNumbers], user, d.held.last+rank).Err())
		d.must(d.o.Redis.ZAdd(d.t.Context(), d.s.keys[keyList], redis.Z{Member: user, Score: float64(d.held.from + rank)}).Err())
	}
	tested := map[string]struct {
		tamper func(d drawn)
		want   string
	}{
		"nothing":                    {func(drawn) {}, ""},
		"the seed":                   {func(d drawn) { set(d, d.season+"/promise", "seed", make([]byte, 32)) }, "does not hash to the commitment"},
		"the commitment":             {func(d drawn) { set(d, d.season+"/promise", "commitment", "00") }, "does not hash to the commitment"},
		"the hash of a set":          {func(d drawn) { set(d, d.season+"/frozen", "gathered", "00") }, "differ from the recorded ones"},
		"an id":                      {func(d drawn) { set(d, d.s.draws.known.nth(1).frozen.portion(0), "users", strings.Join(ids(4), "\n")) }, "differ from the recorded ones"},
		"the beacon":                 {func(d drawn) { set(d, d.season+"/frozen", "source", "https://own.example") }, "not the one in the commitment"},
		"a round":                    {func(d drawn) { set(d, d.season+"/frozen", "round", 7) }, "does not follow from the time"},
		"the beacon's value":         {func(d drawn) { set(d, d.season+"/reveal", "value", []byte("chosen")) }, "contradict each other"},
		"the time of the commitment": {func(d drawn) { set(d, d.season+"/promise", "at", time.Now().Add(time.Hour)) }, "recorded before the commitment"},
		"two ranks":                  {func(d drawn) { place(d, d.order[2], 5); place(d, d.order[4], 3) }, "which belongs to rank"},
		"a time of joining": {func(d drawn) {
			d.must(d.o.Redis.ZAdd(d.t.Context(), d.s.keys[keyList], redis.Z{Member: d.order[4], Score: float64(d.held.from)}).Err())
		}, "joined after"},
		"a user put first": {func(d drawn) { place(d, "late", 0) }, "from before the draw"},
		"another user admitted": {func(d drawn) {
			_, err := d.ledger.spend(d.t.Context(), d.season, userState{User: "late", Origin: d.held.in, Number: d.held.last + 2, Turn: "1.1"})
			d.must(err)
		}, "was admitted with or gave up number"},
		"another user admitted after a void admission": {func(d drawn) {
			r := userState{User: d.order[1], Origin: d.held.in, Number: d.held.last + 2, Turn: "1.1"}
			note, err := d.ledger.spend(d.t.Context(), d.season, r)
			d.must(err)
			free, err := d.ledger.void(d.t.Context(), note)
			d.must(err)
			r.User = "late"
			if _, err = d.ledger.spend(d.t.Context(), d.season, r); err != nil || !free {
				d.t.Fatal(free, err)
			}
		}, "user late was admitted with or gave up number"},
		"an admission's id": {func(d drawn) {
			_, err := d.ledger.admissions.InsertOne(d.t.Context(), admission{ID: d.season[1:], Season: d.season, User: "late"})
			d.must(err)
		}, "contains no number"},
	}
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		for name, c := range tested {
			t.Run(name, func(t *testing.T) {
				n := newFixture(t, redisURL).node()
				setting := paused(opening(time.Now().Add(time.Hour)))
				n.configure(setting)
				n.joinAll(ids(5))
				setting.Revision, setting.OpensAt = 2, time.Now().Truncate(time.Millisecond)
				n.configure(setting)
				s := n.Queue.season(n.season)
				n.must(s.holdDrawNow(t.Context()))
				n.join("late")
				d := drawn{n, s, nil, n.held()}
				for _, row := range n.line()[:5] {
					d.order = append(d.order, row.User)
				}
				n.leaveAs(d.order[0])
				n.must(s.giveUpOnce(t.Context()))
				c.tamper(d)
				found, err := n.AuditDraw(t.Context(), n.season)
				n.must(err)
				if c.want == "" && len(found) > 0 || c.want != "" && !slices.ContainsFunc(found, func(one string) bool { return strings.Contains(one, c.want) }) {
					t.Errorf("found %q, want %q", found, c.want)
				}
			})
		}
	})
}

func TestASeasonWithoutADrawHasNothingWrongInIt(t *testing.T) {
	n := newFixture(t, "").node()
	n.configure(plain(1))
	n.join("ann")
	if found, err := n.AuditDraw(t.Context(), n.season); err != nil || len(found) > 0 {
		t.Errorf("%q %v", found, err)
	}
}
