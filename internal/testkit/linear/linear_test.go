package linear

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var small = Rules{
	Seats: []string{"A", "B", "C"}, Hold: 1000 * time.Millisecond,
	Grace: 2000 * time.Millisecond, Slack: 20 * time.Millisecond,
}

// act makes an operation between two moments in ms; to 0 is forever.
func act(user string, what Act, from, to int, seats string, outcome Outcome) Op {
	o := Op{User: user, Act: what, Call: time.Duration(from) * time.Millisecond, Return: time.Duration(to) * time.Millisecond, Seats: strings.Fields(seats), Outcome: outcome}
	if to == 0 {
		o.Return = Forever
	}
	if what == Buy || what == Refund || what == CheckIn {
		o.Purchase = "p-" + user
	}
	return o
}

// cart answers with a cart and its deadline in ms.
func (o Op) cart(seats string, deadline int) Op {
	o.Cart, o.Deadline = strings.Fields(seats), time.Duration(deadline)*time.Millisecond
	return o
}

func (o Op) blocked(seats string) Op {
	o.Blocked = strings.Fields(seats)
	return o
}

// any lets the server choose so many of the seats.
func (o Op) any(count int, among string) Op {
	o.Count, o.Among = count, strings.Fields(among)
	return o
}

func (o Op) of(purchase string) Op {
	o.Purchase = purchase
	return o
}

// TestHistories: what a right sale may answer has an explanation, and every
// doctored history, each with a bug planted in its answers, has none.
func TestHistories(t *testing.T) {
	judgeAll(t, []history{
		{"a hold, a refusal, a purchase", true, []Op{
			act("ann", Hold, 0, 10, "A B", OK).cart("A B", 1005),
			act("bob", Hold, 5, 15, "B C", Taken).blocked("B"),
			act("ann", Buy, 20, 60, "A B", OK),
			act("bob", Hold, 70, 80, "A", Taken).blocked("A"),
		}},
		{"a hold given to two", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("bob", Hold, 20, 30, "A", OK).cart("A", 1025),
		}},
		{"a hold given to two at once", false, []Op{
			act("ann", Hold, 0, 30, "A", OK).cart("A", 1005),
			act("bob", Hold, 0, 30, "A", OK).cart("A", 1005),
		}},
		{"a seat that has run out goes to the next", true, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("bob", Hold, 1000, 1010, "A", OK).cart("A", 2005),
			act("ann", Look, 1100, 1110, "", OK).cart("", 0),
		}},
		{"a seat that runs out early", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("bob", Hold, 900, 910, "A", OK).cart("A", 1905),
		}},
		{"a seat that never runs out", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("bob", Hold, 1100, 1110, "A", Taken).blocked("A"),
		}},
		{"a deadline that adding a seat moves", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("ann", Hold, 500, 510, "B", OK).cart("A B", 1505),
		}},
		{"a cart that lives too long", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1505),
		}},
		{"half of a hold", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("bob", Hold, 20, 30, "A B", OK).cart("B", 1025),
		}},
		{"a refused hold that keeps what was free", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("bob", Hold, 20, 30, "A B", Taken).blocked("A"),
			act("cat", Hold, 40, 50, "B", Taken).blocked("B"),
		}},
		{"places that the server chooses, with a named seat", true, []Op{
			act("ann", Hold, 0, 10, "A", OK).any(1, "B C").cart("A C", 1005),
			act("bob", Hold, 20, 30, "", OK).any(1, "B C").cart("B", 1025),
			act("cat", Hold, 40, 50, "C", Taken).blocked("C"),
		}},
		{"fewer places than asked for", false, []Op{
			act("ann", Hold, 0, 10, "", OK).any(2, "B C").cart("C", 1005),
		}},
		{"more places than asked for", false, []Op{
			act("ann", Hold, 0, 10, "", OK).any(1, "B C").cart("B C", 1005),
		}},
		{"a place of another area", false, []Op{
			act("ann", Hold, 0, 10, "", OK).any(1, "B C").cart("A", 1005),
		}},
		{"places given to two", false, []Op{
			act("ann", Hold, 0, 10, "", OK).any(2, "A B C").cart("A B", 1005),
			act("bob", Hold, 0, 10, "", OK).any(2, "A B C").cart("B C", 1005),
		}},
		{"a hold of places without an answer, which took as many or none", true, []Op{
			act("ann", Hold, 0, 0, "", Unknown).any(2, "B C"),
			act("bob", Hold, 20, 30, "A", OK).cart("A", 1025),
			act("cat", Hold, 40, 50, "B C", Taken).blocked("B C"),
		}},
		{"a hold of places without an answer, which took a part", false, []Op{
			act("ann", Hold, 0, 15, "", Unknown).any(2, "B C"),
			act("bob", Hold, 20, 30, "B", OK).cart("B", 1025),
			act("cat", Hold, 40, 50, "C", Taken).blocked("C"),
		}},
		{"a refusal for no reason", false, []Op{
			act("ann", Hold, 0, 10, "A", Taken).blocked("A"),
		}},
		{"a refusal that names too few", false, []Op{
			act("ann", Hold, 0, 10, "A B", OK).cart("A B", 1005),
			act("bob", Hold, 20, 30, "A B", Taken).blocked("A"),
		}},
		{"two holds that would each need half of one moment", false, []Op{
			// Bob sees A taken and B free; Cat, at no other time, B taken and A free.
			act("ann", Hold, 0, 10, "A B", OK).cart("A B", 1005),
			act("bob", Hold, 20, 30, "A B", Taken).blocked("A"),
			act("cat", Hold, 20, 30, "A B", Taken).blocked("B"),
		}},
		{"a released seat goes to the next", true, []Op{
			act("ann", Hold, 0, 10, "A B", OK).cart("A B", 1005),
			act("ann", Release, 20, 30, "A", OK).cart("B", 1005),
			act("bob", Hold, 25, 40, "A", OK).cart("A", 1030),
		}},
		{"a release that frees another's hold", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("bob", Release, 20, 30, "A", OK).cart("", 0),
			act("cat", Hold, 40, 50, "A", OK).cart("A", 1045),
		}},
		{"a release that frees nothing", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("ann", Release, 20, 30, "", OK).cart("", 0),
			act("bob", Hold, 40, 50, "A", Taken).blocked("A"),
		}},
		{"a release of what is being bought", true, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("ann", Buy, 20, 100, "A", OK),
			act("ann", Release, 40, 50, "", Busy).blocked("A"),
		}},
		{"a double sale", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("ann", Buy, 20, 60, "A", OK),
			act("bob", Hold, 70, 80, "A", OK).cart("A", 1075),
			act("bob", Buy, 90, 130, "A", OK),
		}},
		{"a double sale at once", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("bob", Hold, 0, 0, "A", Unknown),
			act("ann", Buy, 20, 60, "A", OK),
			act("bob", Buy, 20, 60, "A", OK),
		}},
		{"a purchase that is completed twice", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("ann", Buy, 20, 60, "A", OK).of("first"),
			act("ann", Buy, 70, 90, "A", OK).of("second"),
		}},
		{"a purchase of what is not held", false, []Op{
			act("ann", Buy, 20, 60, "A", OK),
		}},
		{"a purchase of what has run out", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("ann", Buy, 1100, 1160, "A", OK),
		}},
		{"a purchase begun in time and ended late", true, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("ann", Buy, 990, 4000, "A", OK),
			act("bob", Hold, 2000, 2010, "A", Taken).blocked("A"),
		}},
		{"a seat lost while it is being bought", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("ann", Buy, 20, 4000, "A", Declined),
			act("ann", Hold, 3000, 3010, "A", Busy).blocked("A"),
			act("bob", Hold, 2000, 2010, "A", OK).cart("A", 3005),
		}},
		{"a declined card leaves the seats in the cart", true, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("ann", Buy, 20, 100, "A", Declined),
			act("ann", Look, 200, 210, "", OK).cart("A", 2050),
			act("ann", Release, 300, 310, "", OK).cart("", 0),
			act("bob", Hold, 400, 410, "A", OK).cart("A", 1405),
		}},
		{"a declined card takes the seats", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("ann", Buy, 20, 100, "A", Declined),
			act("bob", Hold, 200, 210, "A", OK).cart("A", 1205),
		}},
		{"an answer that was lost, of a hold that happened", true, []Op{
			act("ann", Hold, 0, 0, "A", Unknown),
			act("bob", Hold, 500, 510, "A", Taken).blocked("A"),
			act("ann", Look, 600, 610, "", OK).cart("A", 1400),
			act("ann", Buy, 700, 800, "A", OK),
		}},
		{"an answer that was lost, of a hold that did not happen", true, []Op{
			act("ann", Hold, 0, 0, "A", Unknown),
			act("bob", Hold, 500, 510, "A", OK).cart("A", 1505),
		}},
		{"an answer that was lost, of a hold that happened late", true, []Op{
			act("ann", Hold, 0, 0, "A", Unknown),
			act("ann", Look, 100, 110, "", OK).cart("", 0),
			act("bob", Hold, 500, 510, "A", Taken).blocked("A"),
		}},
		{"a hold that happened and not, by turns", false, []Op{
			act("ann", Hold, 0, 0, "A", Unknown),
			act("bob", Hold, 100, 110, "A", Taken).blocked("A"),
			act("bob", Hold, 200, 210, "A", OK).cart("A", 1205),
			act("bob", Release, 300, 310, "", OK).cart("", 0),
			act("bob", Hold, 400, 410, "A", Taken).blocked("A"),
		}},
		{"a purchase whose answer was lost, that sold", true, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("ann", Buy, 20, 0, "A", Unknown),
			act("bob", Hold, 9000, 9010, "A", Taken).blocked("A"),
		}},
		{"a purchase that was undone, and its seat sold to the next", true, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("ann", Buy, 20, 500, "A", Undone),
			act("ann", Release, 600, 610, "", OK).cart("", 0),
			act("bob", Hold, 700, 710, "A", OK).cart("A", 1705),
			act("bob", Buy, 800, 900, "A", OK),
		}},
		{"a purchase that was undone, and completed for another at the same time", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("ann", Buy, 20, 500, "A", OK),
			act("bob", Buy, 20, 500, "A", Undone),
			act("bob", Look, 600, 610, "", OK).cart("A", 1600),
		}},
		{"the best seats", true, []Op{
			act("ann", Hold, 0, 10, "B", OK).cart("B", 1005),
			{User: "bob", Act: Hold, Count: 2, Call: 20e6, Return: 30e6, Outcome: OK, Cart: []string{"A", "C"}, Deadline: 1025e6},
		}},
		{"the best seats, one of them another's", false, []Op{
			act("ann", Hold, 0, 10, "B", OK).cart("B", 1005),
			{User: "bob", Act: Hold, Count: 2, Call: 20e6, Return: 30e6, Outcome: OK, Cart: []string{"A", "B"}, Deadline: 1025e6},
		}},
		{"the best seats, twice as many", false, []Op{
			{User: "bob", Act: Hold, Count: 1, Call: 20e6, Return: 30e6, Outcome: OK, Cart: []string{"A", "B"}, Deadline: 1025e6},
		}},
		{"a refund, and the seat sold again", true, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("ann", Buy, 20, 60, "A", OK),
			act("ann", Refund, 70, 100, "A", OK),
			act("ann", CheckIn, 110, 120, "A", Void),
			act("bob", Hold, 130, 140, "A", OK).cart("A", 1135),
			act("bob", Buy, 150, 170, "A", OK),
			act("bob", CheckIn, 180, 190, "A", OK),
			act("bob", CheckIn, 200, 210, "A", Again),
			act("bob", Refund, 220, 230, "A", Busy),
		}},
		{"a refund of what was checked in", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("ann", Buy, 20, 60, "A", OK),
			act("ann", CheckIn, 70, 80, "A", OK),
			act("ann", Refund, 90, 100, "A", OK),
		}},
		{"a check-in after a refund", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("ann", Buy, 20, 60, "A", OK),
			act("ann", Refund, 70, 100, "A", OK),
			act("ann", CheckIn, 110, 120, "A", OK),
		}},
		{"two admitted by one ticket", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("ann", Buy, 20, 60, "A", OK),
			act("ann", CheckIn, 70, 100, "A", OK),
			act("ann", CheckIn, 80, 110, "A", OK),
		}},
		{"two refunds of one seat", false, []Op{
			act("ann", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("ann", Buy, 20, 60, "A", OK),
			act("ann", Refund, 70, 100, "A", OK),
			act("ann", Refund, 110, 120, "A", OK),
		}},
	})
}

// history is a recording, fine or not.
type history struct {
	name string
	fine bool
	ops  []Op
}

// judgeAll fails unless the histories that are fine, and no others, have an explanation.
func judgeAll(t *testing.T, histories []history) {
	t.Helper()
	for _, c := range histories {
		t.Run(c.name, func(t *testing.T) {
			for i := range c.ops {
				c.ops[i].Client = i
			}
			_, v := Judge(small, c.ops)
			if (v == nil) != c.fine {
				t.Errorf("fine: %v, want %v: %v", v == nil, c.fine, v)
			}
			if v == nil {
				return
			}
			picture, err := os.ReadFile(v.Picture)
			if err != nil || !strings.Contains(string(picture), c.ops[0].User+" ") {
				t.Errorf("the picture %s: %v", v.Picture, err)
			}
			_ = os.Remove(v.Picture)
			if text := v.Error(); !strings.Contains(text, c.ops[0].String()) {
				t.Errorf("the violation does not tell what was done:\n%s", text)
			}
		})
	}
}

// TestALargeHouseIsJudgedSeatBySeat: what is wrong with one seat of many is found.
func TestALargeHouseIsJudgedSeatBySeat(t *testing.T) {
	large := small
	large.Seats = nil
	var ops []Op
	for i := range 20 {
		name := fmt.Sprintf("S%d", i)
		large.Seats = append(large.Seats, name)
		user := fmt.Sprintf("fan%d", i)
		ops = append(ops,
			act(user, Hold, 10*i, 10*i+5, name, OK).cart(name, 10*i+1002),
			act(user, Buy, 10*i+6, 10*i+9, name, OK))
	}
	if depth, v := Judge(large, ops); v != nil || depth != BySeat {
		t.Fatal(depth, v)
	}
	lost := Op{User: "cat", Act: Hold, Count: 2, Call: 250e6, Return: Forever, Outcome: Unknown}
	told := append(slices.Clone(ops), lost, act("cat", Refund, 240, 245, "S3", OK).of("p-fan3"), act("cat", Look, 300, 310, "", OK).cart("S3", 1290))
	told[len(told)-2].User = "fan3"
	if depth, v := Judge(large, told); v != nil || depth != BySeat {
		t.Error("the best seats, their answer lost:", depth, v)
	}
	ops = append(ops, act("thief", Hold, 300, 310, "S7", OK).cart("S7", 1305))
	_, v := Judge(large, ops)
	if v == nil || v.Seat != "S7" {
		t.Fatalf("found %v", v)
	}
	_ = os.Remove(v.Picture)
}
