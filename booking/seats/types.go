package seats

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"usher/booking/seatmap"
	"usher/internal/fault"
)

// Types are types of prices by seat number. A seat without an entry, or with the type "",
// has its normal price. The entry everySeat is about all seats without their own.
type Types map[string]string

const everySeat = ""

// encode returns the types as the scripts read them: "" for none, else a JSON object.
func (t Types) encode() string {
	if len(t) == 0 {
		return ""
	}
	text, err := json.Marshal(t)
	if err != nil {
		panic("seats: strings always encode: " + err.Error())
	}
	return string(text)
}

// check refuses types that the seats with these indexes do not have. Errors:
// invalid_request with the seats.
func (t Types) check(plan *seatmap.Plan, indexes []int) error {
	if len(t) == 0 {
		return nil
	}
	for _, index := range indexes {
		number := plan.Seats[index].Number
		if _, has := plan.PriceOf(index, t[number]); !has {
			return ErrNoPrice(plan, index, t[number])
		}
	}
	return nil
}

// ErrNoPrice says that a seat has no price of a type, and which it has.
func ErrNoPrice(plan *seatmap.Plan, index int, kind string) error {
	number := plan.Seats[index].Number
	types := slices.Sorted(maps.Keys(plan.PricesOf(index)))
	if len(types) == 0 {
		return fault.Seats(fault.InvalidRequest, []string{number}, "seat %s has no price of the type %q; it has the normal price only", number, kind)
	}
	return fault.Seats(fault.InvalidRequest, []string{number}, "seat %s has no price of the type %q; it has the normal price, and the types %s", number, kind, strings.Join(types, ", "))
}
