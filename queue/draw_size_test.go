//go:build unix

package queue

import (
	"context"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/draw"
	"usher/internal/testkit"
)

// slowest is the longest that one script run may keep Redis from everybody else.
const slowest = 10 * time.Millisecond

// TestADrawOfACrowdKeepsRedisForNobody holds a draw of 20,000, or of a million
// in soak, and then loses and reopens the line: the order is right, and no single
// command stops Redis for long.
func TestADrawOfACrowdKeepsRedisForNobody(t *testing.T) {
	size := 20_000
	if os.Getenv("USHER_SOAK") != "" {
		size = 1_000_000
	}
	h := newFixture(t, testkit.RealRedis(t))
	client := h.stores.Redis
	set := paused(opening(time.Now().Add(time.Hour)))
	n := h.node(func(o *Options) {
		o.Settings = func(context.Context, string) (Settings, error) { return set, nil }
	})
	n.configure(set)
	n.join("first")
	users := names(0, size)
	n.joinByScript(users)
	gathered := append([]string{"first"}, users...)
	if st := n.status(""); st.Waiting != size+1 {
		t.Fatalf("%d of %d have gathered", st.Waiting, size+1)
	}

	before := mainThread(t, client)
	set.Revision, set.OpensAt = 2, time.Now().Truncate(time.Millisecond)
	n.configure(set)
	wantShort(t, "the freeze", mainThread(t, client)-before, 1)
	s := n.Queue.season(h.season)
	used, began := cpu(), time.Now()
	var took time.Duration
	before, runs := mainThread(t, client), scriptRuns(t, client)
	for s.draws.known.nth(1).reveal == nil || !n.status("").OpensAt.IsZero() {
		if took = time.Since(began); took > 5*time.Minute {
			t.Fatal("the draw does not end")
		}
		n.must(s.holdDraw(t.Context())) // as at each tick: for many, the ceiling is raised first
	}
	took = time.Since(began)
	t.Logf("%d gathered: drawn in %v, %v of the node's processor time", size, took.Round(time.Millisecond), (cpu() - used).Round(time.Millisecond))
	wantShort(t, "reading who gathered and writing the order", mainThread(t, client)-before, scriptRuns(t, client)-runs+size/gatherPage)

	held := n.held()
	want, _ := draw.Order(held.key, gathered)
	got, err := s.readGathered(t.Context(), drawState{cut: math.MaxInt64})
	n.must(err)
	if !slices.Equal(got, want) {
		t.Fatalf("the order of the %d in line is not the one drawn", len(got))
	}
	for i := 0; i < len(want); i += len(want) / 1000 {
		joined, err := client.ZScore(t.Context(), s.keys[keyList], want[i]).Result()
		n.must(err)
		if int64(joined) != set.OpensAt.UnixMicro()+int64(i)+1 {
			t.Fatalf("rank %d has joined at %v", i+1, joined)
		}
	}
	if found, err := n.Queue.season(h.season).call(t.Context(), auditScript); err != nil || len(found.extra) > 0 {
		t.Errorf("%v %v", found, err)
	}

	epoch, before := n.status("").Epoch, mainThread(t, client)
	n.must(s.abandonEpoch(t.Context(), epoch))
	wantShort(t, "throwing away a line of that size", mainThread(t, client)-before, 1)
}

// mainThread is what Redis' main thread, which runs every command, has used of
// the processors: on a busy machine the time by the clock says little.
func mainThread(t *testing.T, client redis.UniversalClient) time.Duration {
	t.Helper()
	info, err := client.Info(context.Background(), "cpu").Result()
	if err != nil {
		t.Fatal(err)
	}
	var used float64
	for _, name := range []string{"used_cpu_sys_main_thread:", "used_cpu_user_main_thread:"} {
		_, rest, found := strings.Cut(info, name)
		if !found {
			t.Skip("this Redis does not say what its main thread uses")
		}
		value, _, _ := strings.Cut(rest, "\r")
		part, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatal(err)
		}
		used += part
	}
	return time.Duration(used * float64(time.Second))
}

// scriptRuns is how many scripts Redis has run.
func scriptRuns(t *testing.T, client redis.UniversalClient) int {
	t.Helper()
	info, err := client.Info(context.Background(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(info, "cmdstat_evalsha:calls=")
	calls, _, _ := strings.Cut(rest, ",")
	runs, err := strconv.Atoi(calls)
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

func wantShort(t *testing.T, what string, used time.Duration, runs int) {
	t.Helper()
	each := used / time.Duration(runs)
	t.Logf("%s: %v of Redis in %d runs, %v each", what, used.Round(time.Millisecond), runs, each.Round(10*time.Microsecond))
	if each > slowest {
		t.Errorf("%s keeps Redis for %v", what, each)
	}
}
