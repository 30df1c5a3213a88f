package linear

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// Rules are what the model must know of the sale.
type Rules struct {
	Seats   []string      // at most MaxSeats
	Hold    time.Duration // how long a cart lives
	Longest time.Duration // how long a cart lives at most, should a declined payment put its end off; 0: Hold
	Grace   time.Duration // the least a cart has left after a purchase that was undone
	Slack   time.Duration // how far Redis' clock and expiry may be off from the clients'
}

// MaxSeats is how large a house is judged as a whole. Of a larger one each seat is
// judged by itself.
const MaxSeats = 8

type kind uint8

const (
	free     kind = iota
	held          // until some moment between from and to
	buying        // by the purchase
	sold          // by the purchase
	used          // sold, and its ticket is checked in
	over          // refunded, and not yet free
	moving        // by the change of allotments; the user is the allotment that it left, 0: the sale
	reserved      // in an allotment, which is the user
)

var kindNames = [...]string{"free", "held", "being bought", "sold", "checked in", "refunded", "moving", "allotted"}

// seat is what is known of a seat. Times are in ms since the beginning.
type seat struct {
	kind     kind
	user     uint16
	purchase uint16
	from, to int32
}

// house is a state of the model. It is comparable, which makes the search fast.
type house [MaxSeats]seat

const never = int32(1<<31 - 1)

func ms(d time.Duration) int32 {
	return int32(min(d.Milliseconds(), int64(never)))
}

func plus(a, b int32) int32 { return int32(min(int64(a)+int64(b), int64(never))) }

// input is an operation in the model's terms.
type input struct {
	op           *Op
	user         uint16
	purchase     uint16
	allotment    uint16 // 0: on sale
	seats        []int  // asked for
	among        []int  // of which the server chooses; see any
	blocked      []int
	cart         []int // nil: none was answered
	call, ret    int32
	deadline     int32
	answeredCart bool
	any          bool // the server chooses of all seats
	partial      bool // judged by one seat of several: the cart may have more
}

// mayChoose reports whether the server may choose a seat for a Hold with a Count.
func (in *input) mayChoose(i int) bool { return in.any || slices.Contains(in.among, i) }

// has reports whether the answered cart has a seat.
func (in *input) has(i int) bool { return slices.Contains(in.cart, i) }

// model is porcupine's, for one house.
type model struct {
	rules     Rules
	index     map[string]int
	users     names
	purchases names
	alone     int // the one seat judged; -1: all
}

// names numbers names, from 1.
type names struct {
	known map[string]uint16
	list  []string
}

func (n *names) of(name string) uint16 {
	if name == "" {
		return 0
	}
	if n.known == nil {
		n.known = map[string]uint16{}
	}
	if _, ok := n.known[name]; !ok {
		n.list = append(n.list, name)
		n.known[name] = uint16(len(n.list))
	}
	return n.known[name]
}

func (n *names) name(number uint16) string {
	if number == 0 {
		return "none"
	}
	return n.list[number-1]
}

// nameOf is an allotment's name among the names of users.
func nameOf(allotment string) string {
	if allotment == "" {
		return ""
	}
	return "allotment " + allotment
}

// newModel is a model of the whole house, or of one of its seats.
func newModel(rules Rules, alone int) *model {
	m := &model{rules: rules, index: map[string]int{}, alone: alone}
	for i, name := range rules.Seats {
		switch alone {
		case -1:
			m.index[name] = i
		case i:
			m.index[name] = 0
		}
	}
	return m
}

func (m *model) places(seats []string) []int {
	var list []int
	for _, name := range seats {
		if i, ok := m.index[name]; ok {
			list = append(list, i)
		}
	}
	return list
}

// operations translates what was recorded. Of a model of one seat it leaves out
// what says nothing of that seat.
func (m *model) operations(ops []Op) []porcupine.Operation {
	var all []porcupine.Operation
	for i := range ops {
		for _, part := range ops[i].parts() {
			in := &input{
				op: &part, user: m.users.of(part.User), purchase: m.purchases.of(part.Purchase), allotment: m.users.of(nameOf(part.Allotment)),
				seats: m.places(part.Seats), among: m.places(part.Among), any: part.Among == nil, blocked: m.places(part.Blocked), cart: m.places(part.Cart),
				call: ms(part.Call), ret: ms(part.Return), deadline: ms(part.Deadline),
				answeredCart: part.Outcome == OK && (part.Act == Hold || part.Act == Release || part.Act == Look),
				partial:      m.alone >= 0,
			}
			if m.alone >= 0 && len(in.seats)+len(in.blocked) == 0 {
				all := part.Act == Release && len(part.Seats) == 0 && part.Outcome == Unknown
				back := part.Act == End && part.Outcome != OK // it moves the cart's deadline
				best := part.Act == Hold && part.Count > 0 && part.Outcome == Unknown && (in.any || len(in.among) > 0)
				if !all && !back && !best && !in.answeredCart {
					continue
				}
			}
			// Of equal times the checker takes the return first, and then there is no
			// call that it belongs to.
			returned := max(part.Return, part.Call+1)
			all = append(all, porcupine.Operation{ClientId: part.Client, Input: in, Call: int64(part.Call), Return: int64(returned)})
		}
	}
	return all
}

func (m *model) porcupine() porcupine.Model {
	seed := maphash.MakeSeed()
	nondeterministic := porcupine.NondeterministicModel{
		Init: func() []any { return []any{house{}} },
		Step: func(state, in, _ any) []any {
			var next []any
			for _, h := range m.step(state.(house), in.(*input)) {
				next = append(next, h)
			}
			return next
		},
		Hash:              func(state any) uint64 { return maphash.Comparable(seed, state.(house)) },
		DescribeOperation: func(in, _ any) string { return in.(*input).op.String() },
		DescribeState:     func(state any) string { return m.describe(state.(house)) },
	}
	return nondeterministic.ToModel()
}

func (m *model) describe(h house) string {
	var b strings.Builder
	for _, name := range m.rules.Seats {
		i, ok := m.index[name]
		if !ok {
			continue
		}
		s := h[i]
		fmt.Fprintf(&b, "%s %s", name, kindNames[s.kind])
		if s.kind != free {
			fmt.Fprintf(&b, " by %s", m.users.name(s.user))
		}
		switch {
		case s.kind == held && s.from == s.to:
			fmt.Fprintf(&b, " until %d ms", s.to)
		case s.kind == held:
			fmt.Fprintf(&b, " until %d–%d ms", s.from, s.to)
		case s.kind != free:
			fmt.Fprintf(&b, " (%s)", m.purchases.name(s.purchase))
		}
		b.WriteString("; ")
	}
	return b.String()
}

// step returns every house that an operation may leave behind; none when it
// cannot have been answered as it was.
func (m *model) step(before house, in *input) []house {
	var after []house
	for _, h := range m.moments(before, in) {
		after = append(after, m.act(h, in)...)
	}
	return after
}

// moments returns what a house may be at the operation's moment: carts whose
// deadline is near have run out, or not yet.
func (m *model) moments(before house, in *input) []house {
	slack := ms(m.rules.Slack)
	all := []house{before}
	asked := map[uint16]bool{}
	look := func(s seat) {
		if s.kind != held || asked[s.user] {
			return
		}
		asked[s.user] = true
		mayLive, mayBeOver := in.call <= plus(s.to, slack), plus(in.ret, slack) >= s.from
		var next []house
		for _, h := range all {
			if mayLive {
				next = append(next, h)
			}
			if mayBeOver {
				next = append(next, expired(h, s.user))
			}
		}
		all = next
	}
	for _, s := range before {
		if s.user == in.user {
			look(s)
		}
	}
	for _, i := range slices.Concat(in.seats, in.blocked) {
		look(before[i])
	}
	if in.op.Act == Hold && in.op.Count > 0 {
		for i, s := range before {
			if in.mayChoose(i) {
				look(s)
			}
		}
	}
	return all
}

func expired(h house, user uint16) house {
	for i := range h {
		if h[i].kind == held && h[i].user == user {
			h[i] = seat{}
		}
	}
	return h
}
