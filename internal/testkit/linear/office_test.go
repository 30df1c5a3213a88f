package linear

import "testing"

// to names where an Allot puts seats, where a Sell has them from, or what is Listed.
func (o Op) to(allotment string) Op {
	o.Allotment = allotment
	return o
}

// from says where each seat of an Allot was.
func (o Op) from(allotments ...string) Op {
	o.From = allotments
	return o
}

// TestHistoriesOfTheBoxOffice is TestHistories with allotments and sales without a cart.
func TestHistoriesOfTheBoxOffice(t *testing.T) {
	judgeAll(t, []history{
		{"seats under a name, one sold, the others on sale again", true, []Op{
			act("eve", Allot, 0, 10, "A B", OK).from("", "").to("press").of("1"),
			act("bob", Hold, 20, 30, "B C", Taken).blocked("B"),
			act("eve", Sell, 40, 50, "A", OK).to("press").of("2"),
			act("eve", Allot, 60, 70, "A", Taken).blocked("A").to(""),
			act("eve", Allot, 60, 70, "B", OK).from("press").to("").of("3"),
			act("bob", Hold, 80, 90, "B C", OK).cart("B C", 1085),
			act("eve", Listed, 100, 110, "", OK).to("press"),
			act("eve", Refund, 120, 130, "A", OK).of("2"),
			act("cat", Hold, 140, 150, "A", OK).cart("A", 1145),
		}},
		{"a hold of a seat in an allotment", false, []Op{
			act("eve", Allot, 0, 10, "A", OK).from("").to("press").of("1"),
			act("bob", Hold, 20, 30, "A", OK).cart("A", 1025),
		}},
		{"a hold while the seat leaves the sale", true, []Op{
			act("eve", Allot, 0, 100, "A", Undone).from("").to("press").of("1"),
			act("bob", Hold, 20, 30, "A", Taken).blocked("A"),
			act("bob", Hold, 110, 120, "A", OK).cart("A", 1115),
		}},
		{"a change that takes a held seat", false, []Op{
			act("bob", Hold, 0, 10, "A", OK).cart("A", 1005),
			act("eve", Allot, 20, 30, "A", OK).from("").to("press").of("1"),
		}},
		{"a change refused for a seat that is free", false, []Op{
			act("eve", Allot, 20, 30, "A", Taken).blocked("A").to("press"),
		}},
		{"a release that loses a hold", false, []Op{
			act("eve", Allot, 0, 10, "A", OK).from("").to("press").of("1"),
			act("bob", Hold, 20, 30, "B", OK).cart("B", 1025),
			act("eve", Allot, 40, 50, "A", OK).from("press").to("").of("2"),
			act("bob", Look, 60, 70, "", OK).cart("", 0),
		}},
		{"a released seat that stays off sale", false, []Op{
			act("eve", Allot, 0, 10, "A", OK).from("").to("press").of("1"),
			act("eve", Allot, 40, 50, "A", OK).from("press").to("").of("2"),
			act("bob", Hold, 60, 70, "A", Taken).blocked("A"),
		}},
		{"a sale from another allotment", false, []Op{
			act("eve", Allot, 0, 10, "A", OK).from("").to("press").of("1"),
			act("eve", Sell, 20, 30, "A", OK).to("promoter").of("2"),
		}},
		{"a sale refused for a seat of its allotment", false, []Op{
			act("eve", Allot, 0, 10, "A", OK).from("").to("press").of("1"),
			act("eve", Sell, 20, 30, "A", Taken).blocked("A").to("press"),
		}},
		{"a sale that was undone leaves the seat where it was", true, []Op{
			act("eve", Allot, 0, 10, "A", OK).from("").to("press").of("1"),
			act("eve", Sell, 20, 30, "A B", Undone).to("press").of("2"),
			act("eve", Listed, 40, 50, "", OK).cart("A", 0).to("press"),
			act("eve", Sell, 60, 70, "B", OK).to("").of("3"),
			act("bob", Hold, 80, 90, "A B", Taken).blocked("A B"),
		}},
		{"a seat sold twice from an allotment", false, []Op{
			act("eve", Allot, 0, 10, "A", OK).from("").to("press").of("1"),
			act("eve", Sell, 20, 60, "A", OK).to("press").of("2"),
			act("joe", Sell, 20, 60, "A", OK).to("press").of("3"),
		}},
		{"a list without one of its seats", false, []Op{
			act("eve", Allot, 0, 10, "A B", OK).from("", "").to("press").of("1"),
			act("eve", Listed, 40, 50, "", OK).cart("A", 0).to("press"),
		}},
	})
}
