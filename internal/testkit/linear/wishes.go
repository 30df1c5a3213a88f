package linear

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// WishOp is one act of one client about the wish of a user in line: the client leaves or
// removes it, or reads it.
type WishOp struct {
	User   string
	Write  bool
	Wish   string // left or read; "": none
	Call   time.Duration
	Return time.Duration // Forever: the answer was lost
}

func (o WishOp) String() string {
	act := "reads"
	if o.Write {
		act = "leaves"
	}
	end := "…"
	if o.Return != Forever {
		end = o.Return.Round(time.Microsecond).String()
	}
	return fmt.Sprintf("%10v – %-10s %s %s the wish %q", o.Call.Round(time.Microsecond), end, o.User, act, o.Wish)
}

// JudgeWishes looks for one order of the acts of each user that explains every wish read:
// it is always the one left last, never half of one and never one that was replaced. A
// write whose answer was lost may happen at any later time, or never. It returns a text
// for the first user without such an order, "" when there is none.
func JudgeWishes(ops []WishOp) string {
	byUser := map[string][]WishOp{}
	for _, o := range ops {
		if o.Write || o.Return != Forever {
			byUser[o.User] = append(byUser[o.User], o)
		}
	}
	model := porcupine.Model{
		Init: func() any { return "" },
		Step: func(state, in, _ any) (bool, any) {
			o := in.(WishOp)
			return o.Write || state.(string) == o.Wish, o.Wish
		},
	}
	for user, own := range byUser {
		var history []porcupine.Operation
		for i, o := range own {
			history = append(history, porcupine.Operation{ClientId: i, Input: o, Call: int64(o.Call), Return: int64(max(o.Return, o.Call+1))})
		}
		if porcupine.CheckOperationsTimeout(model, history, checkTime) == porcupine.Illegal {
			slices.SortFunc(own, func(a, b WishOp) int { return int(a.Call - b.Call) })
			var lines []string
			for _, o := range own {
				lines = append(lines, o.String())
			}
			return fmt.Sprintf("%s: no order of these acts explains the wishes that were read:\n%s", user, strings.Join(lines, "\n"))
		}
	}
	return ""
}
