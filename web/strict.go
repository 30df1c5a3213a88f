package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// checkNames refuses a field that its object's struct does not have, in its
// exact case, one that is there twice, and null for one that is no pointer.
// encoding/json by itself takes a name in any case, the last of several, and
// null for a field left out, so that a slip of the pen would change what is meant
// instead of being told.
func checkNames(text []byte, shape reflect.Type) error {
	for shape.Kind() == reflect.Pointer {
		shape = shape.Elem()
	}
	text = bytes.TrimSpace(text)
	if shape.Kind() != reflect.Struct || len(text) == 0 || text[0] != '{' {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if _, err := decoder.Token(); err != nil {
		return err
	}
	fields := fieldsOf(shape)
	var seen []string
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		field, known := fields[name]
		if !known {
			return fmt.Errorf("there is no field %.40q", name)
		}
		if slices.Contains(seen, name) {
			return fmt.Errorf("the field %q is there twice", name)
		}
		seen = append(seen, name)
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return err
		}
		if string(value) == "null" && field.Kind() != reflect.Pointer {
			return fmt.Errorf("%q is null and should not be", name)
		}
		if err := checkNames(value, field); err != nil {
			return err
		}
	}
	return nil
}

// fieldsOf maps a struct's JSON names to their fields' types.
func fieldsOf(shape reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for i := range shape.NumField() {
		field := shape.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		fields[name] = field.Type
	}
	return fields
}
