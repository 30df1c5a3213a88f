package simulate

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"usher/internal/testkit"
)

// returning is a sold-out sale to which seats come back, for fans with wishes who close
// the page and open it again.
func returning(fans int, seed uint64) Plan {
	p := quiet(fans)
	p.Seed, p.Nodes, p.ReturnEvery, p.Wishes, p.Away = seed, 2, 2*time.Second, 0.6, 0.3
	p.Rate, p.Buy, p.Requests, p.WalkAway, p.Miss = 5, 0.8, 0.2, 0.05, 0.05
	p.Settings.ActiveLimit, p.Settings.Forget = 4, time.Minute
	return p
}

// TestWishesAreMetInOrderWhateverHappens plays a fixed seed with a loss of Redis, and a
// random one, both with faults.
func TestWishesAreMetInOrderWhateverHappens(t *testing.T) {
	fans, seeds := 20, []uint64{2}
	if os.Getenv("USHER_SOAK") != "" {
		fans, seeds = 200, append(seeds, 3, 4, 5, 6, 7, 8, 9)
	}
	seeds = append(seeds, rand.Uint64())
	t.Logf("the fresh seed is %d", seeds[len(seeds)-1])
	var sum Returns
	for _, seed := range seeds {
		p := returning(fans, seed)
		p.FaultEvery, p.LostNews, p.Nodes = 6*time.Second, 0.05, 3
		if seed%2 == 0 {
			p.LoseRedis = []time.Duration{20 * time.Second}
		}
		r := play(t, p)
		wantSound(t, r)
		t.Logf("seed %d: %d faults, %d scripts, %+v", seed, r.Faults, r.Scripts, *r.Returns)
		sum.Wishes, sum.Met, sum.PassedOver, sum.Away = sum.Wishes+r.Returns.Wishes, sum.Met+r.Returns.Met, sum.PassedOver+r.Returns.PassedOver, sum.Away+r.Returns.Away
	}
	if sum.Wishes < fans || sum.Met == 0 || sum.PassedOver == 0 || sum.Away == 0 {
		t.Errorf("too little happened: %+v", sum)
	}
}

// TestPlantedBugsOfWishesAreFound changes one line of the shipped scripts at a time.
func TestPlantedBugsOfWishesAreFound(t *testing.T) {
	testkit.Long(t)
	for _, bug := range []struct {
		name, from, to string
		invariant      int
	}{
		{"admitted past a wish that could be met", "not aside.can_meet(heads[at].group) do at", "true do at", 6},
		{"the newest of those with the same wish", "call('ZRANGE', WISHERS .. group, '0', '0')[1]", "call('ZREVRANGE', WISHERS .. group, '0', '0')[1]", 6},
		{"a turn for a wish that cannot be met", "return sum >= seats", "return sum > 0", 6},
		{"a seat that costs too much", "(not highest or price <= num(highest)) and", "", 6},
		{"two turns for one seat", "if keeps then aside.keep(user, group) end", "", 6},
		{"seats stay set aside", "call('HDEL', PROMISES, user) == 1", "false", 5},
		{"passed over and not told", "if line.wishes > 0 then wishes.note_pass(number) end", "", 6},
		{"told without a reason", "if wishes.is_passed(since, num(call('HGET', NUMBERS, user))) then", "if true then", 6},
		{"the page closes and the wish is gone", "if not wishes.unindex(user) then return false end", "if not wishes.unindex(user) then return false end wishes.drop(user) do return true end", 7},
		{"back with the page, and not in the group", "wishes.index(user, number, wish)\n  return true", "return true", 5},
	} {
		t.Run(bug.name, func(t *testing.T) {
			t.Parallel()
			p := returning(30, 1)
			p.Miss = 0.3
			wantFound(t, p, bug.from, bug.to, bug.invariant)
		})
	}
}
