package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// maxArea is the most characters of an area's name.
const maxArea = 24

// AreaChoice asks for places of an area, which the server chooses.
type AreaChoice struct {
	Area  string  `json:"area"`
	Count int     `json:"count"`
	Type  *string `json:"type,omitempty"` // of the price; null: the normal price
}

// CheckHold checks the seats and areas of a hold: one of the two at least, and no more
// places than a request may have.
func CheckHold(seats *SeatChoices, areas []AreaChoice) error {
	all := 0
	if seats != nil {
		if err := CheckSeatChoices(*seats); err != nil {
			return err
		}
		all = len(seats.Seats)
	} else if len(areas) == 0 {
		return errors.New("areas must name at least one area")
	}
	if len(areas) > MaxSeats {
		return fmt.Errorf("areas must name at most %d areas", MaxSeats)
	}
	for _, a := range areas {
		if n := utf8.RuneCountInString(a.Area); n == 0 || n > maxArea {
			return fmt.Errorf("areas has %s, but the name of an area has 1 to %d characters", quoted(a.Area), maxArea)
		}
		if a.Count < 1 || a.Count > MaxSeats {
			return fmt.Errorf("the count of an area must be 1 to %d", MaxSeats)
		}
		if all += a.Count; all > MaxSeats {
			return fmt.Errorf("a hold has at most %d seats and places", MaxSeats)
		}
	}
	return nil
}

// readAreas reads the areas of a hold.
func readAreas(raw json.RawMessage) ([]AreaChoice, error) {
	var elements []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &elements) != nil {
		return nil, errors.New("areas must be an array of objects")
	}
	areas := make([]AreaChoice, min(len(elements), MaxSeats+1))
	for i := range areas {
		fields, err := readOwnObject("areas", elements[i], "area", "count", "type")
		if err != nil {
			return nil, err
		}
		for _, name := range fields.names {
			value, a := fields.value[name], &areas[i]
			switch {
			case name == "area":
				err = readString("area", value, &a.Area)
			case name == "count":
				if value[0] == 'n' || json.Unmarshal(value, &a.Count) != nil {
					err = errors.New("the count of an area must be a whole number")
				}
			case string(value) != "null":
				a.Type = new(string)
				err = readString("type", value, a.Type)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return areas, nil
}
