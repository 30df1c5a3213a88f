package seats

import (
	"fmt"
	"strconv"
	"time"
)

// reply is the reply of one script. A script returns an outcome, and behind it the
// values that belong to the outcome.
type reply interface {
	// values returns where the values of an outcome go, in the script's order; nil
	// when the outcome has none that the caller needs.
	values(outcome) []any
}

// cartsReply is the reply of cart.lua: deadlines and seats of several users.
type cartsReply struct {
	version   int64
	deadlines []int // ms; 0: the cart is empty
	seats     [][]string
	extend    []int // 1: the cart may be given more time
	types     [][]string
}

func (r *cartsReply) values(outcome) []any {
	return []any{&r.version, &r.deadlines, &r.seats, &r.extend, &r.types}
}

// cartReply is how hold.lua, release.lua and extend.lua begin their replies.
type cartReply struct {
	version  int64
	deadline int64 // ms; 0: the cart is empty
	seats    []string
	extend   int64    // 1: the cart may be given more time
	types    []string // seat, type, seat, type: of the seats that have not the normal price
}

func (r *cartReply) values(o outcome) []any {
	if o == outcomeOK {
		return []any{&r.version, &r.deadline, &r.seats, &r.extend, &r.types}
	}
	return nil
}

// refusal is why hold.lua, extend.lua or may_hold.lua refuse.
type refusal struct {
	outcome outcome
	seats   []string      // the seats that stand in the way
	wait    time.Duration // until the end of a cooldown
	limit   int64         // how many seats a user may hold and buy
}

func (r *refusal) values(o outcome) []any {
	r.outcome = o
	switch o {
	case outcomeSeatTaken, outcomeConflict, outcomeSettling:
		return []any{&r.seats}
	case outcomeResting:
		return []any{&r.wait, &r.seats}
	case outcomeSeatLimit:
		return []any{&r.limit}
	}
	return nil
}

// holdReply is the reply of hold.lua.
type holdReply struct {
	cart    cartReply
	refusal refusal
}

func (r *holdReply) values(o outcome) []any {
	if o == outcomeOK {
		return r.cart.values(o)
	}
	return r.refusal.values(o)
}

// mayHoldReply is the reply of may_hold.lua.
type mayHoldReply struct {
	resting []int // indexes of seats in cooldown
	refusal refusal
}

func (r *mayHoldReply) values(o outcome) []any {
	if o == outcomeOK {
		return []any{&r.resting}
	}
	return r.refusal.values(o)
}

// releaseReply is the reply of release.lua.
type releaseReply struct {
	cart     cartReply
	inFlight []string
}

func (r *releaseReply) values(o outcome) []any {
	if o == outcomeConflict {
		return []any{&r.inFlight}
	}
	return r.cart.values(o)
}

// sweepReply is the reply of sweep.lua.
type sweepReply struct {
	carts int64
	next  time.Duration
}

func (r *sweepReply) values(outcome) []any { return []any{&r.carts, &r.next} }

// snapshotReply is the reply of snapshot.lua.
type snapshotReply struct {
	epoch, version, plan, revision int64
	described                      int64    // the version of the plan that the queue knows
	held, taken, booked, allotted  string   // bitmaps
	carts                          []string // messages about carts that changed
}

func (r *snapshotReply) values(o outcome) []any {
	switch o {
	case outcomeOK:
		return []any{&r.epoch, &r.version, &r.plan, &r.revision, &r.described, &r.held, &r.taken, &r.booked, &r.carts, &r.allotted}
	case outcomeSame:
		return []any{&r.epoch, &r.version, &r.plan, &r.revision, &r.described}
	}
	return nil
}

// pinReply is the reply of pin.lua.
type pinReply struct {
	types []string // that the cart has, in the order of the order's seats; "": the normal price
	seats []string // the seats that stand in the way
	wait  time.Duration
}

func (r *pinReply) values(o outcome) []any {
	switch o {
	case outcomeOK:
		return []any{&r.types}
	case outcomeDeclines:
		return []any{&r.wait}
	case outcomeConflict, outcomeSeatTaken, outcomeHoldExpired:
		return []any{&r.seats}
	}
	return nil
}

// marksReply is the reply of take.lua, sell.lua and hand_over.lua.
type marksReply struct{ indexes, marks []string }

func (r *marksReply) values(o outcome) []any {
	if o == outcomeOther {
		return []any{&r.indexes, &r.marks}
	}
	return nil
}

// allotReply is the reply of allot.lua.
type allotReply struct{ kept, taken []string }

func (r *allotReply) values(o outcome) []any {
	switch o {
	case outcomeOK:
		return []any{&r.kept}
	case outcomeSeatTaken:
		return []any{&r.taken}
	}
	return nil
}

// freezeReply is the reply of freeze.lua.
type freezeReply struct{ taken []int }

func (r *freezeReply) values(o outcome) []any {
	if o == outcomeSeatTaken {
		return []any{&r.taken}
	}
	return nil
}

// configureReply is the reply of configure.lua.
type configureReply struct{ plan int64 }

func (r *configureReply) values(o outcome) []any {
	if o == outcomePlan {
		return []any{&r.plan}
	}
	return nil
}

// auditReply is the reply of audit.lua.
type auditReply struct {
	held     int64
	findings []string
}

func (r *auditReply) values(outcome) []any { return []any{&r.held, &r.findings} }

// spendReply is the reply of spend_refund.lua.
type spendReply struct{ wait time.Duration }

func (r *spendReply) values(o outcome) []any {
	if o == outcomeOver {
		return []any{&r.wait}
	}
	return nil
}

// countReply is the reply of scripts that return one number: mark.lua (seats with the
// mark of another transaction), free.lua (declined payments of the cart) and
// held.lua (seats held or taken).
type countReply struct{ count int64 }

func (r *countReply) values(outcome) []any { return []any{&r.count} }

// noReply is the reply of scripts of which only the outcome matters.
type noReply struct{}

func (noReply) values(outcome) []any { return nil }

func outcomeOf(raw []any) outcome {
	if len(raw) == 0 {
		return ""
	}
	word, _ := raw[0].(string)
	return outcome(word)
}

// decode reads a script's reply.
func decode(raw []any, into reply) (outcome, error) {
	o := outcomeOf(raw)
	values := into.values(o)
	if o == "" || len(raw) < 1+len(values) {
		return "", fmt.Errorf("seats: a script's reply %.200v has too few values: want an outcome and %d", raw, len(values))
	}
	for i, value := range values {
		if err := decodeValue(raw[i+1], value); err != nil {
			return "", fmt.Errorf("seats: value %d of a script's reply %q: %w", i+1, o, err)
		}
	}
	return o, nil
}

// decodeValue reads a value that a script returned. Whole numbers come as numbers or,
// where Lua would lose digits, as text; times in ms.
func decodeValue(raw, into any) (err error) {
	switch into := into.(type) {
	case *string:
		text, ok := raw.(string)
		if !ok {
			return fmt.Errorf("got %.200v, want text", raw)
		}
		*into = text
	case *int64:
		*into, err = number(raw)
	case *time.Duration:
		var ms int64
		ms, err = number(raw)
		*into = time.Duration(ms) * time.Millisecond
	case *[]string:
		*into, err = listOf[string](raw)
	case *[][]string:
		*into, err = listOf[[]string](raw)
	case *[]int:
		*into, err = list(raw, func(item any) (int, error) {
			n, err := number(item)
			return int(n), err
		})
	default:
		err = fmt.Errorf("no value of a script can be read into %T", into)
	}
	return err
}

// listOf reads a list of values that decodeValue can read.
func listOf[T any](raw any) ([]T, error) {
	return list(raw, func(item any) (value T, err error) {
		err = decodeValue(item, &value)
		return value, err
	})
}

func number(raw any) (int64, error) {
	switch v := raw.(type) {
	case int64:
		return v, nil
	case string:
		return strconv.ParseInt(v, 10, 64)
	}
	return 0, fmt.Errorf("got %.200v, want a whole number", raw)
}

func list[T any](raw any, read func(any) (T, error)) ([]T, error) {
	items, ok := raw.([]any)
	if !ok {
		return nil, fmt.Errorf("got %.200v, want a list", raw)
	}
	all := make([]T, len(items))
	for i, item := range items {
		var err error
		if all[i], err = read(item); err != nil {
			return nil, err
		}
	}
	return all, nil
}
