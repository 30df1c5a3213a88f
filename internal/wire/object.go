package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// readString reads the string of the named field.
func readString(name string, raw json.RawMessage, into *string) error {
	if raw[0] != '"' || json.Unmarshal(raw, into) != nil {
		return fmt.Errorf("%s must be a string", name)
	}
	return nil
}

func readStrings(name string, raw json.RawMessage) ([]string, error) {
	var elements []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &elements) != nil {
		return nil, fmt.Errorf("%s must be an array of strings", name)
	}
	// At most one more than the higher limit, which the check of the field then refuses.
	texts := make([]string, min(len(elements), max(MaxSeats, MaxCategories)+1))
	for i := range texts {
		if readString(name, elements[i], &texts[i]) != nil {
			return nil, fmt.Errorf("%s must be an array of strings", name)
		}
	}
	return texts, nil
}

// object is a JSON object's fields, in their written order.
type object struct {
	names []string
	value map[string]json.RawMessage // never of length 0
}

// readObject reads one JSON object without its values. encoding/json by itself
// would accept a field in any case, and the last of several.
func readObject(text []byte) (object, error) {
	o := object{value: map[string]json.RawMessage{}}
	if !utf8.Valid(text) {
		return o, errors.New("not valid UTF-8")
	}
	var whole json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil {
		return o, fmt.Errorf("not one JSON object: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(whole))
	if first, err := decoder.Token(); err != nil || first != json.Delim('{') {
		return o, errors.New("not a JSON object")
	}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return o, fmt.Errorf("not one JSON object: %w", err)
		}
		name, _ := token.(string)
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return o, fmt.Errorf("not one JSON object: %w", err)
		}
		if _, twice := o.value[name]; twice {
			return o, fmt.Errorf("the field %s occurs twice", quoted(name))
		}
		o.names = append(o.names, name)
		o.value[name] = value
	}
	return o, nil
}

// readOwnObject reads the object in the named field, which may have only the
// allowed fields.
func readOwnObject(name string, raw json.RawMessage, allowed ...string) (object, error) {
	fields, err := readObject(raw)
	if err != nil {
		return fields, fmt.Errorf("%s: %w", name, err)
	}
	for _, field := range fields.names {
		if !slices.Contains(allowed, field) {
			return fields, fmt.Errorf("%s has no field %s; it takes %s", name, quoted(field), listed(allowed))
		}
	}
	return fields, nil
}

// quoted quotes a client's text for a detail, at most 40 characters of it.
func quoted(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		text = string(runes[:40]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

func listed(names []string) string { return strings.Join(names, ", ") }
