package fault

import (
	"fmt"
	"strings"
)

// FieldCode is a stable code for what is wrong with a field. Pages choose their words by
// it.
type FieldCode string

// The codes of fields.
const (
	FieldUnknown FieldCode = "unknown" // there is no such field
	FieldTwice   FieldCode = "twice"   // the field is given twice
	FieldMissing FieldCode = "missing" // the field needs a value
	FieldType    FieldCode = "type"    // the value has another JSON type
	FieldFormat  FieldCode = "format"  // the value is not written as it must be
	FieldRange   FieldCode = "range"   // the number or duration is too small or too large
	FieldText    FieldCode = "text"    // the text is too long, empty, or has characters that cannot be shown
	FieldOrder   FieldCode = "order"   // the time stands on the wrong side of another one
	FieldFixed   FieldCode = "fixed"   // the value cannot be changed any more
)

// Field is one wrong field of a form. Field is its name in JSON, with a dot before the
// name of a part: "venue.name".
type Field struct {
	Field   string    `json:"field"`
	Code    FieldCode `json:"code"`
	Problem string    `json:"problem"` // one sentence for people
}

// OfField makes a Field. Format and args make the problem, as in fmt.Sprintf.
func OfField(field string, code FieldCode, format string, args ...any) Field {
	return Field{Field: field, Code: code, Problem: fmt.Sprintf(format, args...)}
}

// Fields makes an invalid_request from all wrong fields of a form. Its detail names each.
func Fields(fields []Field) *Error {
	problems := make([]string, len(fields))
	for i, f := range fields {
		problems[i] = f.Problem
	}
	e := New(InvalidRequest, "%s", strings.Join(problems, "; "))
	e.Fields = fields
	return e
}
