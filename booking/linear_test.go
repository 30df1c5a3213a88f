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

// The tests of linear_*_test.go let fans and clerks act at random on a few seats over two
// nodes, under faults. The recorded answers must be linearizable: explained by one sequence in which
// each act has its effect at one moment.

// scenario describes one run and its faults.
type scenario struct {
	name         string
	seats        int
	places       int // of an area
	fans         int
	clerks       int
	acts         int           // of each fan; a clerk makes half as many
	life         time.Duration // a cart's life
	losing       int           // one in so many answers of Redis is lost; 0: none
	freeze       time.Duration // how long a node's Redis stops answering, again and again; 0: never
	die          int           // a node dies before one in so many steps; 0: never
	plant        func(b *Booking)
	claimsVanish bool // claims of sold seats vanish
}

// scenarios are the runs of TestHistoriesAreLinearizable.
func scenarios() []scenario {
	return []scenario{
		{name: "no faults", seats: 4, places: 3, fans: 4, clerks: 2, acts: 30, life: 400 * time.Millisecond},
		{name: "lost answers", seats: 4, places: 3, fans: 4, clerks: 2, acts: 30, life: 400 * time.Millisecond, losing: 12},
		{name: "killed nodes", seats: 4, places: 3, fans: 4, clerks: 2, acts: 30, life: 400 * time.Millisecond, die: 40},
		{name: "a frozen Redis", seats: 4, places: 3, fans: 3, clerks: 2, acts: 30, life: 900 * time.Millisecond, freeze: 300 * time.Millisecond},
		{name: "all at once", seats: 4, places: 3, fans: 3, clerks: 2, acts: 30, life: 900 * time.Millisecond, losing: 30, freeze: 300 * time.Millisecond, die: 60},
	}
}

// TestHistoriesAreLinearizable records every scenario with a fresh seed, on a real Redis
// with a fixed one too, with USHER_SOAK many, and checks the recordings. The embedded
// Redis runs the scripts in one process with MongoDB and takes twice as long.
func TestHistoriesAreLinearizable(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	testkit.EachRedis(t, func(t *testing.T, redisURL string) {
		seeds := []uint64{rand.Uint64()}
		if redisURL == testkit.Stores(t).RedisURL {
			redisURL = ""
		} else {
			seeds = append(seeds, 1)
		}
		if os.Getenv("USHER_SOAK") != "" {
			for range 30 {
				seeds = append(seeds, rand.Uint64())
			}
		}
		for _, scenario := range scenarios() {
			t.Run(scenario.name, func(t *testing.T) {
				t.Parallel()
				depths := map[linear.Depth]int{}
				for _, seed := range seeds {
					m := openMarket(t, redisURL, scenario, seed)
					ops := m.play(seed)
					t.Logf("seed %d: %s", seed, tally(ops))
					depths[linear.Check(t, m.rules, ops)]++
					m.wantClean(m.nodeOf(0))
					if t.Failed() {
						t.Fatalf("seed %d", seed)
					}
				}
				if depths[linear.Unjudged] == len(seeds) {
					t.Error("too many answers were lost to check any recording")
				}
			})
		}
	})
}

// tally counts acts by outcome.
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
