package booking

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/testkit"
	"usher/internal/testkit/linear"
)

// The tests of linear_*_test.go let fans do what they like at a small house over
// two nodes, under faults, and want what everybody was answered to be explained
// by one house in which each act happened at one moment.

// mayhem is what goes wrong in one of them.
type mayhem struct {
	name   string
	seats  int
	fans   int
	acts   int           // of each fan
	life   time.Duration // a cart's life
	losing int           // of so many answers of Redis one is lost; 0: none
	freeze time.Duration // a node's Redis stops answering for so long, again and again; 0: never
	die    int           // of so many steps of purchases one is a node's last; 0: none
	plant  func(b *Booking)
	vandal bool // claims of what is sold vanish
}

// weathers are the faults that every run goes through.
func weathers() []mayhem {
	return []mayhem{
		{name: "fair weather", seats: 4, fans: 5, acts: 40, life: 400 * time.Millisecond},
		{name: "lost answers", seats: 4, fans: 5, acts: 40, life: 400 * time.Millisecond, losing: 12},
		{name: "killed nodes", seats: 5, fans: 5, acts: 40, life: 400 * time.Millisecond, die: 40},
		{name: "a frozen Redis", seats: 5, fans: 4, acts: 40, life: 900 * time.Millisecond, freeze: 300 * time.Millisecond},
		{name: "all at once", seats: 5, fans: 4, acts: 40, life: 900 * time.Millisecond, losing: 30, freeze: 300 * time.Millisecond, die: 60},
	}
}

// TestHistoriesAreLinearizable records houses under every weather, by fixed seeds
// and one fresh one, and judges them.
func TestHistoriesAreLinearizable(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		if redisURL == testkit.Stores(t).RedisURL {
			redisURL = ""
		}
		seeds := []uint64{1, rand.Uint64()}
		if os.Getenv("USHER_SOAK") != "" {
			for range 30 {
				seeds = append(seeds, rand.Uint64())
			}
		}
		for _, weather := range weathers() {
			t.Run(weather.name, func(t *testing.T) {
				t.Parallel()
				depths := map[linear.Depth]int{}
				for _, seed := range seeds {
					m := openMarket(t, redisURL, weather, seed)
					ops := m.play(seed)
					t.Logf("seed %d: %s", seed, tally(ops))
					depths[linear.Check(t, m.rules, ops)]++
					m.wantClean(m.nodeOf(0))
					if t.Failed() {
						t.Fatalf("seed %d", seed)
					}
				}
				if depths[linear.Unjudged] == len(seeds) {
					t.Error("so many answers were lost that nothing could be judged")
				}
			})
		}
	})
}

// tally counts acts by what came of them.
func tally(ops []linear.Op) string {
	counts := map[string]int{}
	for i := range ops {
		counts[fmt.Sprint(ops[i].Act, " ", ops[i].Outcome)]++
	}
	var list []string
	for what, n := range counts {
		list = append(list, fmt.Sprint(what, " ", n))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}
