package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/fault"
)

// maxBody is the largest JSON body, in bytes, and maxLongBody that of a body which may name
// thousands of seats.
const (
	maxBody     = 64 << 10
	maxLongBody = 1 << 20
)

// seasonOf returns the season of a request: ?season=, or the default season.
func (s *Server) seasonOf(r *http.Request) (booking.Season, error) {
	return s.seasonNamed(r.Context(), r.URL.Query().Get("season"))
}

// seasonNamed returns the season with an id, the default season for "".
func (s *Server) seasonNamed(ctx context.Context, id string) (booking.Season, error) {
	if id == "" {
		id = s.o.Season
	}
	if id == "" {
		return booking.Season{}, fault.New(fault.NotFound, "add ?season=ID; this server has no default season")
	}
	return s.o.Booking.Season(ctx, id)
}

// pathValue returns a parameter of the path, unescaped. When the path has escapes,
// chi matches the escaped path.
func pathValue(r *http.Request, name string) string {
	value := chi.URLParam(r, name)
	if r.URL.RawPath == "" {
		return value
	}
	if plain, err := url.PathUnescape(value); err == nil {
		return plain
	}
	return value
}

// page reads ?limit and ?cursor.
func page(r *http.Request, usual, most int) (limit int, cursor string, err error) {
	query := r.URL.Query()
	limit = usual
	if text := query.Get("limit"); text != "" {
		limit, err = strconv.Atoi(text)
		if err != nil || limit < 1 || limit > most {
			return 0, "", fault.New(fault.InvalidRequest, "limit must be a number from 1 to %d", most)
		}
	}
	return limit, query.Get("cursor"), nil
}

// decode reads the JSON object that is the body of a request. Unknown fields, and
// anything after the object, are errors.
func decode(w http.ResponseWriter, r *http.Request, v any) error {
	return decodeUpTo(w, r, v, maxBody)
}

// decodeLong is decode for a body of up to maxLongBody.
func decodeLong(w http.ResponseWriter, r *http.Request, v any) error {
	return decodeUpTo(w, r, v, maxLongBody)
}

func decodeUpTo(w http.ResponseWriter, r *http.Request, v any, limit int64) error {
	text, err := body(w, r, "application/json", limit)
	if err != nil {
		return err
	}
	return decodeStrictly(text, v)
}

// decodeOptional is decode for a body that may be missing.
func decodeOptional(w http.ResponseWriter, r *http.Request, v any) error {
	if r.ContentLength == 0 {
		return nil
	}
	text, err := readBody(w, r, maxBody)
	if err != nil || len(bytes.TrimSpace(text)) == 0 {
		return err
	}
	if err := checkMedia(r, "application/json"); err != nil {
		return err
	}
	return decodeStrictly(text, v)
}

// bodiless refuses a body on a route that reads none. A client that sends seats to
// release must not have all its seats released.
func bodiless(next sessionHandler) sessionHandler {
	return func(w http.ResponseWriter, r *http.Request, session auth.Session) error {
		if err := decodeOptional(w, r, &struct{}{}); err != nil {
			return err
		}
		return next(w, r, session)
	}
}

// body reads a whole body of the given media type.
func body(w http.ResponseWriter, r *http.Request, media string, limit int64) ([]byte, error) {
	if err := checkMedia(r, media); err != nil {
		return nil, err
	}
	return readBody(w, r, limit)
}

func checkMedia(r *http.Request, want string) error {
	if got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && got == want {
		return nil
	}
	return fault.New(fault.UnsupportedMedia, "send the body as %s", want)
}

// bodyOf reads a whole body of one of some media types.
func bodyOf(w http.ResponseWriter, r *http.Request, limit int64, media ...string) ([]byte, error) {
	got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(media, got) {
		return nil, fault.New(fault.UnsupportedMedia, "send the body as %s", strings.Join(media, " or "))
	}
	return readBody(w, r, limit)
}

func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return nil, bodyFault(err)
	}
	return text, nil
}

// bodyFault returns why a body could not be read.
func bodyFault(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fault.New(fault.TooLarge, "the body may have at most %d bytes", tooLarge.Limit)
	}
	return fault.Wrap(fault.InvalidRequest, err, "the body could not be read")
}

func decodeStrictly(text []byte, v any) error {
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff"))) // some editors begin files with a byte order mark
	if len(text) == 0 || text[0] != '{' {
		return fault.New(fault.InvalidRequest, "the body must be a JSON object")
	}
	if !utf8.Valid(text) {
		return fault.New(fault.InvalidRequest, "the body must be UTF-8")
	}
	// Unmarshal refuses anything after the object, and checks the whole text before
	// it writes to v.
	err := json.Unmarshal(text, v)
	if err == nil {
		err = checkNames(text, reflect.TypeOf(v))
	}
	if err != nil {
		return fault.New(fault.InvalidRequest, "invalid body: %s", jsonProblem(err))
	}
	return nil
}

// jsonProblem describes a decoding error for readers who do not write Go.
func jsonProblem(err error) string {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return wrongType.Field + " must not be a " + wrongType.Value
	case errors.As(err, &syntax):
		return syntax.Error() + ", at byte " + strconv.FormatInt(syntax.Offset, 10)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// checkNames refuses an unknown field (names are case-sensitive), a repeated field,
// and null for a field that is no pointer. encoding/json by itself accepts a name
// in any case, the last of several, and null as if the field were missing, so that
// a typing error would silently change the meaning.
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
			return fmt.Errorf("unknown field %.40q", name)
		}
		if slices.Contains(seen, name) {
			return fmt.Errorf("the field %q occurs twice", name)
		}
		seen = append(seen, name)
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return err
		}
		if string(value) == "null" && field.Kind() != reflect.Pointer {
			return fmt.Errorf("%q must not be null", name)
		}
		if err := checkNames(value, field); err != nil {
			return err
		}
	}
	return nil
}

// fieldsOf maps a struct's JSON names to the types of the fields.
func fieldsOf(shape reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for i := range shape.NumField() {
		field := shape.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		fields[name] = field.Type
	}
	return fields
}
