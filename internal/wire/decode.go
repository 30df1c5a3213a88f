package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"usher/internal/fault"
)

// Decode reads a client's frame strictly: one JSON object of valid UTF-8 and
// nothing after it, a known type, only fields of that type, no field twice, names
// in their exact case. Every error is an invalid_request whose detail says what is
// wrong. The request's id is set even then, if it could be read, so that the answer
// can carry it.
func Decode(frame []byte) (Request, error) {
	if r, ok := decodeShort(frame); ok {
		return r, nil
	}
	return decodeAny(frame)
}

func decodeAny(frame []byte) (Request, error) {
	var r Request
	fields, err := readObject(frame)
	if err != nil {
		return r, refuse("%v", err)
	}
	if id, given := fields.value["id"]; given {
		if id[0] != '"' && id[0] != '-' && !('0' <= id[0] && id[0] <= '9') {
			return r, refuse("id must be a string or a number")
		}
		r.ID = id
	}
	written, given := fields.value["type"]
	if !given {
		return r, refuse(`type is missing; {"type":"help"} lists the types`)
	}
	if err := readString("type", written, &r.Type); err != nil {
		return r, refuse("%v", err)
	}
	at := slices.IndexFunc(requestKinds, func(k requestKind) bool { return k.name == r.Type })
	if at < 0 {
		detail := fmt.Sprintf("unknown type %s; the nearest is %q", quoted(r.Type), nearest(r.Type, RequestTypes()))
		r.Type = ""
		return r, refuse("%s", detail)
	}
	for _, name := range fields.names {
		if name != "type" && name != "id" && !slices.Contains(requestKinds[at].fields, name) {
			return r, refuse("%s has no field %s; it takes %s", r.Type, quoted(name), listed(append([]string{"id"}, requestKinds[at].fields...)))
		}
	}
	if err := r.read(fields); err != nil {
		return r, refuse("%v", err)
	}
	return r, nil
}

func refuse(format string, args ...any) error {
	return fault.New(fault.InvalidRequest, format, args...)
}

// read reads the fields of r's type and checks them.
func (r *Request) read(fields object) error {
	for _, name := range fields.names {
		raw := fields.value[name]
		var err error
		switch name {
		case "place":
			// A status shows a missing place as null, so null means none here too.
			if string(raw) != "null" {
				err = readString(name, raw, &r.Place)
			}
		case "code":
			if string(raw) != "null" {
				err = readString(name, raw, &r.Code)
			}
		case "challenge":
			if string(raw) != "null" {
				err = readString(name, raw, &r.Challenge)
			}
		case "format":
			err = readString(name, raw, &r.Format)
		case "seats":
			if r.Type == RequestWish {
				break
			}
			if r.Type == RequestRelease {
				r.Seats, err = readStrings(name, raw)
				break
			}
			var choices SeatChoices
			choices, err = readSeatChoices(name, raw)
			r.Seats, r.Types = choices.Seats, choices.Types
		case "areas":
			r.Areas, err = readAreas(raw)
		case "best":
			r.Best, err = readBest(raw)
		case "key":
			err = readString(name, raw, &r.Key)
		case "payment":
			r.Payment, err = readPayment(raw)
		}
		if err != nil {
			return err
		}
	}
	if r.Type == RequestWish {
		wish, err := readWish(fields)
		r.Wish = wish
		return err
	}
	return r.check(fields)
}

// readWish reads the fields of a wish, of which null stands for one left out.
func readWish(fields object) (*WishedSeats, error) {
	var w WishedSeats
	for _, name := range fields.names {
		raw, err := fields.value[name], error(nil)
		switch {
		case name == "seats" && (raw[0] == 'n' || json.Unmarshal(raw, &w.Seats) != nil):
			err = errors.New("seats must be a whole number")
		case name == "categories" && raw[0] != 'n':
			w.Categories, err = readStrings(name, raw)
		case name == "upTo" && json.Unmarshal(raw, &w.UpTo) != nil:
			err = errors.New("upTo must be a price in minor units")
		}
		if err != nil {
			return nil, err
		}
	}
	if fields.value["seats"] == nil {
		return nil, errors.New("seats is missing: how many the wish is for")
	}
	return &w, CheckWish(w)
}

// check checks the combination of fields of r's type.
func (r *Request) check(fields object) error {
	switch r.Type {
	case RequestJoin:
		if err := CheckCode(r.Code); err != nil {
			return err
		}
		if err := CheckChallenge(r.Challenge); err != nil {
			return err
		}
		return CheckPlace(r.Place)
	case RequestSeats:
		if r.Format == "" {
			r.Format = FormatNames
		}
		if r.Format != FormatNames && r.Format != FormatBitmap {
			return fmt.Errorf("format must be %q or %q", FormatNames, FormatBitmap)
		}
	case RequestHold:
		named := fields.value["seats"] != nil
		if (fields.value["best"] == nil) == (!named && fields.value["areas"] == nil) {
			return errors.New("hold takes either seats or best; areas come with seats or alone")
		}
		if r.Best == nil {
			var seats *SeatChoices
			if named {
				seats = &SeatChoices{r.Seats, r.Types}
			}
			return CheckHold(seats, r.Areas)
		}
		return CheckBest(*r.Best)
	case RequestRelease:
		if len(r.Seats) == 0 {
			r.Seats = nil
			return nil
		}
		return CheckSeats(r.Seats)
	case RequestPurchase:
		if err := CheckKey(r.Key); err != nil {
			return err
		}
		if err := CheckSeatChoices(SeatChoices{r.Seats, r.Types}); err != nil {
			return err
		}
		return CheckPayment(r.Payment)
	}
	return nil
}

func readBest(raw json.RawMessage) (*Best, error) {
	fields, err := readOwnObject("best", raw, "count", "category", "categories", "type", "upTo", "adjacent", "swap")
	if err != nil {
		return nil, err
	}
	var b Best
	for _, name := range fields.names {
		raw := fields.value[name]
		switch name {
		case "count":
			if raw[0] == 'n' || json.Unmarshal(raw, &b.Count) != nil {
				return nil, errors.New("best.count must be a whole number")
			}
		case "category":
			if err := readString("best.category", raw, &b.Category); err != nil {
				return nil, err
			}
		case "categories":
			if b.Categories, err = readStrings("best.categories", raw); err != nil {
				return nil, err
			}
		case "type":
			if string(raw) == "null" {
				break
			}
			if err := readString("best.type", raw, &b.Type); err != nil {
				return nil, err
			}
		case "upTo":
			if json.Unmarshal(raw, &b.UpTo) != nil {
				return nil, errors.New("best.upTo must be a price in minor units")
			}
		case "adjacent":
			if raw[0] == 'n' || json.Unmarshal(raw, &b.Adjacent) != nil {
				return nil, errors.New("best.adjacent must be true or false")
			}
		case "swap":
			if raw[0] == 'n' || json.Unmarshal(raw, &b.Swap) != nil {
				return nil, errors.New("best.swap must be true or false")
			}
		}
	}
	return &b, nil
}

func readPayment(raw json.RawMessage) (Payment, error) {
	var p Payment
	fields, err := readOwnObject("payment", raw, "method", "token")
	if err != nil {
		return p, err
	}
	for _, name := range fields.names {
		field := &p.Method
		if name == "token" {
			field = &p.Token
		}
		if err := readString("payment."+name, fields.value[name], field); err != nil {
			return p, err
		}
	}
	return p, nil
}
