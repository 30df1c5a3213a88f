package queue

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/testkit"
)

// TestWhatALostLineLeftDoesNotStopItsOpening: it was not swept while there was no
// epoch, and the time to forget a user in it had come.
func TestWhatALostLineLeftDoesNotStopItsOpening(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		n := h.node(func(o *Options) {
			o.Gather = time.Millisecond
			o.Settings = func(context.Context, string) (Settings, error) { return plain(1), nil }
		})
		n.join("ann")
		bob := n.join("bob")
		client := h.stores.Redis
		n.must(client.ZRem(t.Context(), key("ready", h.season), "bob").Err())
		n.must(client.ZAdd(t.Context(), key("absent", h.season), redis.Z{Score: 1, Member: "bob"}).Err())
		n.must(client.Del(t.Context(), key("epoch", h.season)).Err())
		st, err := n.Join(t.Context(), h.season, "bob", bob.Place())
		if err != nil || st.Epoch != 2 {
			t.Fatalf("%+v %v", st, err)
		}
		if got := n.lookAt("bob"); got.Number != bob.Number {
			t.Fatalf("bob had %d and has %+v", bob.Number, got)
		}
	})
}

// TestAnOpeningThatBeganBesideAnOpenSeasonNeverOpens: its node stood still until
// that epoch was over, whose numbers may have been raised past its own.
func TestAnOpeningThatBeganBesideAnOpenSeasonNeverOpens(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		n := h.node()
		n.join("ann")
		s, client := n.Queue.season(h.season), h.stores.Redis
		n.must(beginScript.Run(t.Context(), client, s.keys, anyEpoch, newsChannel(h.season), 2).Err())
		n.must(client.Del(t.Context(), key("epoch", h.season)).Err())
		raw, err := openScript.Run(t.Context(), client, s.keys, anyEpoch, newsChannel(h.season), 2, segmentSize, 2*segmentSize-1, 0).Slice()
		if err != nil || text(raw[1]) != "" {
			t.Fatalf("opened: %v %v", raw, err)
		}
		if client.Exists(t.Context(), key("openings", h.season)).Val() != 0 {
			t.Error("the note is still there")
		}
	})
}

// TestAPlaceThatIsBroughtTooLateIsAskedForAgain: a client that is shown another
// number forgets the place.
func TestAPlaceThatIsBroughtTooLateIsAskedForAgain(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		n := h.node(func(o *Options) {
			o.Gather = time.Hour
			o.Settings = func(context.Context, string) (Settings, error) { return plain(1), nil }
		})
		n.join("ann")
		bob := n.join("bob")
		n.must(h.stores.Redis.Del(t.Context(), key("epoch", h.season)).Err())
		n.join("bob")
		// A node that stood still is wrong about Redis' clock once.
		n.Queue.season(h.season).ahead.Store(-time.Hour.Microseconds())
		st, err := n.Join(t.Context(), h.season, "bob", bob.Place())
		if err != nil || st.Number != bob.Number {
			t.Fatalf("bob had %d and has %+v %v", bob.Number, st, err)
		}
	})
}

// TestTheExpectedWaitIgnoresNumbersThatNobodyDrew: between the numbers of two
// epochs lies a gap, whose numbers were never given out.
func TestTheExpectedWaitIgnoresNumbersThatNobodyDrew(t *testing.T) {
	n, c, _ := still(t, 12)
	for i := range 40 {
		n.join(fmt.Sprintf("fan-%02d", i))
	}
	n.must(n.o.Redis.HSet(t.Context(), key("line", n.season), "number", segmentSize-1).Err())
	for i := 40; i < 80; i++ {
		n.join(fmt.Sprintf("fan-%02d", i))
	}
	s := n.Queue.season(n.season)
	for i := range 60 {
		c.advance(2 * time.Second)
		n.leaveAs(fmt.Sprintf("fan-%02d", i))
		n.enterAs(fmt.Sprintf("fan-%02d", 12+i))
		n.tickOnce()
		r, err := s.call(t.Context(), positionsScript)
		n.must(err)
		if r.counts.Passed > 40 {
			t.Fatalf("%d have gone, and the front has passed %d numbers for %d admitted", i+1, r.counts.Passed, r.counts.Taken)
		}
	}
}
