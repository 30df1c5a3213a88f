package booking

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/booking/payment"
	"usher/internal/testkit"
)

// TestTheAuditFindsBrokenAllotments plants faults one by one; the audit is clean again when
// each is undone. Those in Redis are undone by the repair.
func TestTheAuditFindsBrokenAllotments(t *testing.T) {
	testkit.Once(t)
	t.Parallel()
	s := newStageAt(t, "", 6, 0)
	b := s.node(nil)
	fan := s.fan()
	s.allots(b, under("promoter", "A-1", "A-2"), 2)
	s.allots(b, under("press", "A-2"), 1)
	s.sell(b, "A-4")
	s.wantClean(b)
	mark := func(seat int) string {
		t.Helper()
		text, err := s.stores.Redis.HGet(s.ctx, s.key("takenby"), fmt.Sprint(seat)).Result()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	promoter, press := mark(0), mark(1)
	for _, c := range []struct {
		what, finds string
		plant, undo func(redis.Pipeliner)
	}{
		{
			"a bit without a mark and without a claim", "seat A-3 shows as allotted, but its mark is missing",
			func(p redis.Pipeliner) { p.SetBit(s.ctx, s.key("allotted"), 2, 1) },
			func(p redis.Pipeliner) { p.SetBit(s.ctx, s.key("allotted"), 2, 0) },
		},
		{
			"a mark without a bit", "seat A-1 is marked allotted (" + promoter + "), but does not show so",
			func(p redis.Pipeliner) { p.SetBit(s.ctx, s.key("allotted"), 0, 0) },
			func(p redis.Pipeliner) { p.SetBit(s.ctx, s.key("allotted"), 0, 1) },
		},
		{
			"an allotted seat that is held", "seat A-1 is in an allotment, and " + fan + " holds it",
			func(p redis.Pipeliner) { p.Set(s.ctx, s.key("hold")+":A-1", fan, time.Minute) },
			func(p redis.Pipeliner) { p.Del(s.ctx, s.key("hold")+":A-1") },
		},
		{
			"a sold seat that shows as allotted", "seat A-4 shows as allotted and as sold",
			func(p redis.Pipeliner) { p.SetBit(s.ctx, s.key("allotted"), 3, 1) },
			func(p redis.Pipeliner) { p.SetBit(s.ctx, s.key("allotted"), 3, 0) },
		},
		{
			"a claim without a mark", `seat A-1 is in the allotment "promoter" by change ` + strings.Fields(promoter)[0] + `, but Redis marks it ""`,
			func(p redis.Pipeliner) {
				p.HDel(s.ctx, s.key("takenby"), "0")
				p.SetBit(s.ctx, s.key("allotted"), 0, 0)
				p.SetBit(s.ctx, s.key("taken"), 0, 0)
				p.HIncrBy(s.ctx, s.key("bought"), "@", -1)
			}, nil,
		},
		{
			"a mark without a claim", "seat A-2 is marked allotted by change " + strings.Fields(promoter)[0] + ", but it is not in an allotment by that",
			func(p redis.Pipeliner) { p.HSet(s.ctx, s.key("takenby"), "1", promoter) }, nil,
		},
		{
			"a mark on a seat that is on sale", "the seat with index 4 is marked taken (" + press + ") without a claim",
			func(p redis.Pipeliner) {
				p.HSet(s.ctx, s.key("takenby"), "4", press)
				p.SetBit(s.ctx, s.key("allotted"), 4, 1)
				p.SetBit(s.ctx, s.key("taken"), 4, 1)
				p.HIncrBy(s.ctx, s.key("bought"), "@", 1)
			}, nil,
		},
	} {
		s.redis(c.plant)
		found, err := b.Audit(s.ctx, s.season, AuditOptions{})
		if err != nil || !slices.ContainsFunc(found.Findings, func(f Finding) bool { return f.Sentence == c.finds }) {
			t.Errorf("%s: %v %v", c.what, found.Findings, err)
		}
		if c.undo != nil {
			s.redis(c.undo)
		} else if err := b.repair(s.ctx, s.season); err != nil {
			t.Error(err)
		}
		s.wantClean(b)
	}

	// A claim that sold the seat as if it were on sale.
	o, err := b.draft(s.ctx, s.request(fan, "k", payment.TokenOK, "A-1"), bson.NewObjectID(), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.stores.Mongo.Collection(claimsName).InsertOne(s.ctx, o.claim(0, 2)); err != nil {
		t.Fatal(err)
	}
	found, err := b.Audit(s.ctx, s.season, AuditOptions{})
	want := `seat A-1 is in the allotment "promoter", and transaction ` + o.ID.Hex() + " claimed it as if it were on sale"
	if err != nil || !slices.ContainsFunc(found.Findings, func(f Finding) bool { return f.Sentence == want }) {
		t.Errorf("an allotted seat that is sold: %v %v", found.Findings, err)
	}
}
