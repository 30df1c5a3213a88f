package seats

import (
	"reflect"
	"testing"
	"time"
)

func TestAReplyIsDecoded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		raw     []any
		into    reply
		outcome outcome
		want    reply
	}{
		{
			"a cart",
			[]any{"ok", "4294967297", int64(5), []any{"A-1", "A-2"}, int64(1), []any{"A-2", "child"}},
			&holdReply{}, outcomeOK, &holdReply{cart: cartReply{version: 4294967297, deadline: 5, seats: []string{"A-1", "A-2"}, extend: 1, types: []string{"A-2", "child"}}},
		},
		{
			"a refusal",
			[]any{"resting", "1500", []any{"A-1"}},
			&holdReply{}, outcomeResting, &holdReply{refusal: refusal{outcome: outcomeResting, wait: 1500 * time.Millisecond, seats: []string{"A-1"}}},
		},
		{"indexes", []any{"seat_taken", []any{"3", int64(1)}}, &freezeReply{}, outcomeSeatTaken, &freezeReply{taken: []int{3, 1}}},
		{"values that the caller does not need", []any{"plan", "7"}, &pinReply{}, outcomePlan, &pinReply{}},
		{"an outcome alone", []any{"ok"}, noReply{}, outcomeOK, noReply{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := decode(c.raw, c.into)
			if err != nil || got != c.outcome || !reflect.DeepEqual(c.into, c.want) {
				t.Errorf("got %q, %+v, %v; want %q, %+v", got, c.into, err, c.outcome, c.want)
			}
		})
	}
}

func TestAReplyOfAnotherShapeIsRefused(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string][]any{
		"empty":                {},
		"no outcome":           {int64(1)},
		"too few values":       {"ok", "1", "2"},
		"a fraction":           {"ok", "1.5", "2", []any{}},
		"text, no list":        {"ok", "1", "2", "A-1"},
		"a list of no text":    {"ok", "1", "2", []any{nil}},
		"a missing number":     {"ok", nil, "2", []any{}},
		"a number of no digit": {"ok", "1", "", []any{}},
	} {
		if _, err := decode(raw, &cartReply{}); err == nil {
			t.Errorf("%s: %v was decoded", name, raw)
		}
	}
}
