package linear

import (
	"strings"
	"testing"
	"time"
)

func TestWishesAreJudged(t *testing.T) {
	at := func(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }
	left := func(wish string, from, to int) WishOp {
		return WishOp{User: "ann", Write: true, Wish: wish, Call: at(from), Return: at(to)}
	}
	lost := func(wish string, from int) WishOp {
		return WishOp{User: "ann", Write: true, Wish: wish, Call: at(from), Return: Forever}
	}
	read := func(wish string, from, to int) WishOp {
		return WishOp{User: "ann", Wish: wish, Call: at(from), Return: at(to)}
	}
	bob := WishOp{User: "bob", Wish: "a", Call: at(3), Return: at(4)}
	for name, c := range map[string]struct {
		ops  []WishOp
		fine bool
	}{
		"the last one is read":                     {[]WishOp{left("a", 1, 2), left("b", 3, 4), read("b", 5, 6)}, true},
		"one that was replaced is read":            {[]WishOp{left("a", 1, 2), left("b", 3, 4), read("a", 5, 6)}, false},
		"a removed one is read":                    {[]WishOp{left("a", 1, 2), left("", 3, 4), read("a", 5, 6)}, false},
		"none is read before the first":            {[]WishOp{read("", 1, 2), left("a", 3, 4)}, true},
		"half of one is read":                      {[]WishOp{left("a;b", 1, 2), read("a", 3, 4)}, false},
		"a lost answer, and the wish is there":     {[]WishOp{lost("a", 1), read("a", 3, 4)}, true},
		"a lost answer, and the wish is not there": {[]WishOp{lost("a", 1), read("", 3, 4)}, true},
		"a lost answer, and it comes late":         {[]WishOp{lost("a", 1), read("", 3, 4), read("a", 5, 6)}, true},
		"a lost answer, and it comes and goes":     {[]WishOp{lost("a", 1), read("a", 3, 4), read("", 5, 6)}, false},
		"a lost read says nothing":                 {[]WishOp{left("a", 1, 2), {User: "ann", Wish: "", Call: at(3), Return: Forever}}, true},
		"two at once, either":                      {[]WishOp{left("a", 1, 4), left("b", 2, 3), read("a", 5, 6)}, true},
		"another user's":                           {[]WishOp{left("a", 1, 2), bob}, false},
	} {
		violation := JudgeWishes(c.ops)
		if (violation == "") != c.fine {
			t.Errorf("%s: the verdict is %q", name, violation)
		}
		if violation != "" && !strings.Contains(violation, "the wish") {
			t.Errorf("%s: %s", name, violation)
		}
	}
}
