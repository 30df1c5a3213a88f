package app_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/draw"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestAnotherNodeFinishesTheSecondDraw: a season has two phases, each with a draw. A node is
// killed while it writes the order of the second. Another node ends the draw with the same
// order, behind the users of the first phase, who keep theirs.
func TestAnotherNodeFinishesTheSecondDraw(t *testing.T) {
	t.Parallel()
	const early, general = 200, 2500
	o := crowd(t, 1)
	stores := testkit.OpenAt(t, o.RedisURL, o.MongoURL, o.Database)
	ctx, line := t.Context(), "line:{"+o.Season+"}"
	stands := func() (users []string) { // in the shop and in line, in order
		return append(stores.Redis.SMembers(ctx, "active_users:{"+o.Season+"}").Val(), stores.Redis.ZRange(ctx, "waiting_list:{"+o.Season+"}", 0, -1).Val()...)
	}
	state := func() string { return stores.Redis.HGet(ctx, line, "draw").Val() }
	hour := time.Now().UTC().Truncate(time.Millisecond).Add(time.Hour)
	opens, closes, again := hour, hour.Add(time.Hour), hour.Add(2*time.Hour)
	revision := func() int64 {
		n, _ := stores.Redis.HGet(ctx, "line_settings:{"+o.Season+"}", "revision").Int64()
		return n
	}
	apply := func() {
		t.Helper()
		before := revision()
		file := filepath.Join(t.TempDir(), "season.yaml")
		text := fmt.Sprintf("id: %s\nname: Gala\ncurrency: EUR\nactiveLimit: 1\nphases:\n- {name: Presale, opensAt: %s, closesAt: %s, access: open}\n- {name: General sale, opensAt: %s, access: open}\n",
			o.Season, opens.Format(time.RFC3339Nano), closes.Format(time.RFC3339Nano), again.Format(time.RFC3339Nano))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if printed, status := node.Run(t, "usher", "season", "apply", file, "--redis-url", o.RedisURL, "--mongo-url", o.MongoURL, "--mongo-database", o.Database); status != 0 {
			t.Fatalf("season apply: %d\n%s", status, printed)
		}
		testkit.Eventually(t, 20*time.Second, "the nodes know the phases", func() bool { return revision() > before })
	}
	now := func() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
	seedOf := func(url string, nth int, users []string) []byte {
		t.Helper()
		report, err := draw.Verify(ctx, draw.Check{URL: url, Season: o.Season, Number: nth, Users: users})
		// The organizer of this test opens and closes the phases by hand.
		problems := slices.DeleteFunc(report.Problems, func(one string) bool { return strings.Contains(one, "the phases of the sale are not those") })
		if err != nil || len(problems) > 0 {
			t.Fatalf("draw %d: %+v %v", nth, report, err)
		}
		seed, err := hex.DecodeString(report.Account.Seed)
		if err != nil {
			t.Fatal(err)
		}
		return seed
	}

	calm := node.StartProcess(t, o)
	apply()
	users := gather(t, o, 0, early)
	opens = now()
	apply()
	testkit.Eventually(t, 60*time.Second, "the first draw is over", func() bool { return state() == "3" })
	first, _ := draw.Order(draw.Key(seedOf(calm.URL, 1, users), nil), users)
	if got := stands(); !slices.Equal(got, first) {
		t.Fatalf("the order after the first draw is %v..., want %v...", got[:3], first[:3])
	}
	closes = now()
	apply()
	later := gather(t, o, early, general)
	calm.Kill()

	slow := testkit.StartProxy(t, o.RedisURL)
	through := o
	through.RedisURL = slow.URL
	dying := node.StartProcess(t, through)
	slow.Delay(50 * time.Millisecond)
	again = now()
	apply()
	drawn := func() int {
		if stores.Redis.HGet(ctx, line, "drawNth").Val() != "2" || state() != "2" {
			return 0
		}
		n, _ := stores.Redis.HGet(ctx, line, "drawn").Int()
		return n
	}
	testkit.Eventually(t, 60*time.Second, "some fans have their drawn numbers", func() bool { return drawn() >= general/10 })
	dying.Kill()
	written := drawn()
	if written == 0 || written >= general {
		t.Fatalf("the node was killed too late: %d are drawn, the draw is in state %s", written, state())
	}
	before := drawDocuments(t, stores.Mongo, o.Season+"/2")

	last := node.StartProcess(t, o)
	testkit.Eventually(t, 60*time.Second, "another node ends the draw", func() bool { return state() == "3" })
	if after := drawDocuments(t, stores.Mongo, o.Season+"/2"); !slices.Equal(before, after) {
		t.Errorf("the decision has changed:\n%v\n%v", before, after)
	}
	second, _ := draw.Order(draw.Key(seedOf(last.URL, 2, later), nil), later)
	seedOf(last.URL, 1, users)
	want, got := slices.Concat(first, second), stands()
	if len(got) != len(want) {
		t.Fatalf("%d fans are in line, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("rank %d is %s, want %s", i+1, got[i], want[i])
		}
	}
	t.Logf("%d of %d fans had their drawn numbers when the node was killed", written, general)
	if printed, status := node.Audit(t, "--season", o.Season, "--redis-url", o.RedisURL, "--mongo-url", o.MongoURL, "--mongo-database", o.Database); status != 0 {
		t.Errorf("usher audit: %d\n%s", status, printed)
	}
}
