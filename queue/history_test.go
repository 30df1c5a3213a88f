package queue

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/internal/testkit"
)

// TestAPersonsHistoryIsComplete: an admin reads why a user is not in: each place that
// ended, with the times and the reason, and what the ledger has.
func TestAPersonsHistoryIsComplete(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		n := h.node()
		settings := plain(1)
		settings.TurnWindow = 150 * time.Millisecond
		n.configure(settings)
		person := func(user string) Person {
			t.Helper()
			p, err := n.Person(t.Context(), h.season, user)
			n.must(err)
			return p
		}
		join := func(user string) {
			t.Helper()
			_, err := n.Join(t.Context(), h.season, user, "")
			n.must(err)
		}
		if p := person("ann"); p.State != None || len(p.Ended) != 0 || len(p.Spent) != 0 {
			t.Fatalf("before joining: %+v", p)
		}
		began := time.Now().Add(-time.Second)
		join("ann")
		join("bob")
		join("cat")
		if p := person("ann"); p.State != Active || p.AdmittedAt.Before(began) || p.JoinedAt.Before(began) || p.Number == 0 {
			t.Errorf("straight in: %+v", p)
		}
		p := person("cat")
		if p.State != Waiting || p.Position != 2 || p.Ahead != 1 || !p.Present || p.PresentUntil.IsZero() || !p.ForgottenAt.IsZero() || p.Connected {
			t.Errorf("in line: %+v", p)
		}
		// Bob misses the turn, and joins again behind cat.
		_, err := n.Leave(t.Context(), h.season, "ann")
		n.must(err)
		if p := person("bob"); p.State != Turn || p.AdmittedAt.Before(began) {
			t.Errorf("with a turn: %+v", p)
		}
		testkit.Eventually(t, 10*time.Second, "bob's turn ends", func() bool { return person("bob").State == None })
		join("bob")
		p = person("bob")
		if len(p.Ended) != 1 || p.Ended[0].Was != Turn || p.Ended[0].Reason != TurnMissed || p.Ended[0].Number != 2 ||
			p.Ended[0].AdmittedAt.Before(began) || !p.Ended[0].At.After(p.Ended[0].AdmittedAt) || p.Ended[0].JoinedAt.After(p.Ended[0].AdmittedAt) {
			t.Errorf("after a missed turn: %+v", p)
		}
		if p := person("ann"); len(p.Ended) != 1 || p.Ended[0].Was != Active || p.Ended[0].Reason != Left {
			t.Errorf("after leaving: %+v", p.Ended)
		}
		_, err = n.Remove(t.Context(), h.season, "cat")
		n.must(err)
		if p := person("cat"); len(p.Ended) == 0 || p.Ended[0].Reason != Removed && p.Ended[0].Reason != TurnMissed {
			t.Errorf("after the removal: %+v", p.Ended)
		}
		// Records of given-up numbers reach the ledger.
		n.must(n.Queue.season(h.season).giveUpOnce(t.Context()))
		p = person("bob")
		if len(p.Spent) == 0 || p.Spent[len(p.Spent)-1].Number != 2 || p.Spent[len(p.Spent)-1].Turn || p.SpentUnread {
			t.Errorf("the ledger says %+v", p.Spent)
		}
	})
}

// TestAHistoryIsBounded: of one user the newest places are kept, and of all users those
// seen last.
func TestAHistoryIsBounded(t *testing.T) {
	t.Parallel()
	h := newFixture(t, testkit.Stores(t).RedisURL)
	n := h.node()
	n.configure(plain(1))
	for range 30 {
		_, err := n.Join(t.Context(), h.season, "ann", "")
		n.must(err)
		_, err = n.Leave(t.Context(), h.season, "ann")
		n.must(err)
	}
	p, err := n.Person(t.Context(), h.season, "ann")
	n.must(err)
	if len(p.Ended) < 8 || len(p.Ended) > 20 || p.Ended[len(p.Ended)-1].Number != 30 {
		t.Errorf("of 30 places %d are kept: %+v", len(p.Ended), p.Ended)
	}
	keys := keysOf(h.season)
	many := make([]any, 0, 2*historyUsers)
	for i := range historyUsers {
		many = append(many, fmt.Sprint("u", i), "")
	}
	n.must(h.stores.Redis.HSet(t.Context(), keys[keyHistoryB], "old", "x").Err())
	for part := range 10 {
		n.must(h.stores.Redis.HSet(t.Context(), keys[keyHistoryA], many[part*len(many)/10:(part+1)*len(many)/10]...).Err())
	}
	n.must(h.stores.Redis.HDel(t.Context(), keys[keyRates], h.stores.Redis.HKeys(t.Context(), keys[keyRates]).Val()...).Err())
	n.must(n.Queue.season(h.season).tick(t.Context()))
	if old := h.stores.Redis.Exists(t.Context(), keys[keyHistoryB]).Val(); old != 0 {
		t.Error("the older generation stays")
	}
	_, err = n.Join(t.Context(), h.season, "bob", "")
	n.must(err)
	_, err = n.Leave(t.Context(), h.season, "bob")
	n.must(err)
	if got := h.stores.Redis.HKeys(t.Context(), keys[keyHistoryB]).Val(); strings.Join(got, " ") != "bob" {
		t.Errorf("the new generation has %q", got)
	}
	p, err = n.Person(t.Context(), h.season, "ann")
	n.must(err)
	if len(p.Ended) < 8 {
		t.Errorf("after the turn of the generations ann's history has %d places", len(p.Ended))
	}
}

// TestTheCourseIsSampled: the figures of the last hour lie in Redis, once for all nodes.
func TestTheCourseIsSampled(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		h := newFixture(t, redisURL)
		n, other := h.node(), h.node()
		n.configure(plain(1))
		for _, user := range []string{"ann", "bob", "cat"} {
			_, err := n.Join(t.Context(), h.season, user, "")
			n.must(err)
		}
		keys := keysOf(h.season)
		n.must(h.stores.Redis.SetBit(t.Context(), keys[keyHeld], 1, 1).Err())
		n.must(h.stores.Redis.SetBit(t.Context(), keys[keyTaken], 2, 1).Err())
		n.must(h.stores.Redis.SetBit(t.Context(), keys[keyTaken], 3, 1).Err())
		n.must(h.stores.Redis.SetBit(t.Context(), keys[keyBooked], 3, 1).Err())
		for range 2 {
			n.must(n.Queue.season(h.season).tick(t.Context()))
			n.must(other.Queue.season(h.season).tick(t.Context()))
		}
		samples, err := other.Course(t.Context(), h.season)
		n.must(err)
		if len(samples) < 1 || len(samples) > 2 {
			t.Fatalf("%d samples: %+v", len(samples), samples)
		}
		last := samples[len(samples)-1]
		if last.Waiting != 2 || last.Active != 1 || last.Held != 2 || last.Booked != 1 || time.Since(last.At) > time.Minute {
			t.Errorf("the sample is %+v", last)
		}
	})
}
