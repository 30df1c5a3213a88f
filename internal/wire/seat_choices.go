package wire

import (
	"encoding/json"
	"errors"
	"fmt"
)

// SeatChoices are the seats of a hold or a purchase. In JSON a seat is its number, or an
// object with its number and the type of its price: ["A-1",{"seatNumber":"A-2","type":"child"}].
type SeatChoices struct {
	Seats []string          // in the order of the request
	Types map[string]string // seat number → type, "" for null: the normal price; only of seats with a type
}

// UnmarshalJSON reads the array, strictly.
func (c *SeatChoices) UnmarshalJSON(text []byte) (err error) {
	*c, err = readSeatChoices("seats", text)
	return err
}

// MarshalJSON writes the array.
func (c SeatChoices) MarshalJSON() ([]byte, error) {
	choices := make([]any, len(c.Seats))
	for i, seat := range c.Seats {
		choices[i] = seat
		if kind, typed := c.Types[seat]; typed {
			choices[i] = struct {
				SeatNumber string  `json:"seatNumber"`
				Type       *string `json:"type"`
			}{seat, TextOrNull(kind)}
		}
	}
	return json.Marshal(choices)
}

// readSeatChoices reads the seats of the named field.
func readSeatChoices(name string, raw json.RawMessage) (SeatChoices, error) {
	var c SeatChoices
	wrong := fmt.Errorf(`%s must be an array of strings, or of objects with seatNumber and type`, name)
	var elements []json.RawMessage
	if len(raw) == 0 || raw[0] != '[' || json.Unmarshal(raw, &elements) != nil {
		return c, wrong
	}
	// At most one more than the limit, which CheckSeats then refuses.
	c.Seats = make([]string, min(len(elements), MaxSeats+1))
	typed := make(map[string]string, len(c.Seats)) // every seat → "\x00" without a type, else the type
	for i := range c.Seats {
		element, kind := elements[i], "\x00"
		switch element[0] {
		case '"':
			if readString(name, element, &c.Seats[i]) != nil {
				return c, wrong
			}
		case '{':
			var err error
			if kind, err = readSeatChoice(name, element, &c.Seats[i]); err != nil {
				return c, err
			}
		default:
			return c, wrong
		}
		if before, twice := typed[c.Seats[i]]; twice && before != kind {
			return c, fmt.Errorf("%s has %s twice, with different types", name, quoted(c.Seats[i]))
		}
		typed[c.Seats[i]] = kind
		if kind == "\x00" {
			continue
		}
		if c.Types == nil {
			c.Types = map[string]string{}
		}
		c.Types[c.Seats[i]] = kind
	}
	return c, nil
}

// readSeatChoice reads one object. The result is its type, "" for null, "\x00" for none.
func readSeatChoice(name string, raw json.RawMessage, seat *string) (string, error) {
	fields, err := readOwnObject(name, raw, "seatNumber", "type")
	if err != nil {
		return "", err
	}
	number, given := fields.value["seatNumber"]
	if !given {
		return "", fmt.Errorf("%s has an object without seatNumber", name)
	}
	if err := readString(name+".seatNumber", number, seat); err != nil {
		return "", err
	}
	kind := "\x00"
	switch written, given := fields.value["type"]; {
	case !given:
	case string(written) == "null":
		kind = ""
	default:
		if err := readString(name+".type", written, &kind); err != nil {
			return "", err
		}
		if kind == "" || kind == "\x00" {
			return "", errors.New(name + ".type is empty; null is the normal price")
		}
	}
	return kind, nil
}
