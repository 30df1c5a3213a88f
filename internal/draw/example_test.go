package draw_test

import (
	"fmt"

	"usher/internal/draw"
)

// A site commits itself to a seed before the sale. Once the users have gathered
// and the beacon has published its value, the order follows from both, and
// everyone who knows them computes the same ranks.
func Example() {
	seed := []byte("0123456789abcdef0123456789abcdef") // secret until the draw is held
	fmt.Println("commitment", draw.Commit(seed)[:16])

	gathered := []string{"ann", "bob", "cat"}
	fmt.Println("gathered", draw.Hash(gathered)[:16])

	key := draw.Key(seed, []byte("the beacon's value"))
	order, marks := draw.Order(key, gathered)
	for i, user := range order {
		fmt.Println("rank", i+1, user, marks[i].String()[:16])
	}
	// Output:
	// commitment 3eb1bd439947eb76
	// gathered f4c6a7adf64f6341
	// rank 1 bob 5ba4e8da9bfcfdcc
	// rank 2 ann b777974c78771980
	// rank 3 cat c42b8a2ed8482427
}

// Every user can look up the own rank in the published list of marks. Rank 0: the
// user had not gathered.
func ExampleRank() {
	key := draw.Key([]byte("0123456789abcdef0123456789abcdef"), nil) // drawn without a beacon
	_, marks := draw.Order(key, []string{"ann", "bob", "cat"})
	fmt.Println(draw.Rank(marks, draw.MarkOf(key, "bob")))
	fmt.Println(draw.Rank(marks, draw.MarkOf(key, "eve")))
	// Output:
	// 3
	// 0
}

// The round of the beacon follows from the time at which the users who gathered
// were recorded: the first round published five seconds later or after that.
func ExampleSchedule_RoundFor() {
	schedule := draw.Schedule{Genesis: 1_800_000_000, Period: 30}
	recorded := schedule.Due(100)
	round := schedule.RoundFor(recorded)
	fmt.Println(round, schedule.Due(round).Sub(recorded))
	// Output:
	// 101 30s
}
