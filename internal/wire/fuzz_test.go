package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"usher/internal/fault"
	"usher/internal/wire"
)

// FuzzDecode feeds arbitrary bytes to the decoder: it never panics, refuses with
// an invalid_request, and what it accepts survives being encoded and decoded.
func FuzzDecode(f *testing.F) {
	for _, text := range fixtures(f, "client") {
		f.Add(text)
	}
	for _, text := range []string{``, `{}`, `{"type":"x"}`, `{"type":"hold","best":{"count":-0}}`, "{\"type\":\"ping\",\"id\":\"\xff\"}", `{"type":"release","seats":[]}`, `{"type":"join","place":"\ud800"}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		request, err := wire.Decode(frame)
		if request.ID != nil {
			var id any
			if err := json.Unmarshal(request.ID, &id); err != nil {
				// A number too large for Go is still a number.
				if tooLarge := (*json.UnmarshalTypeError)(nil); !errors.As(err, &tooLarge) {
					t.Fatalf("the id %s is not JSON", request.ID)
				}
			}
		}
		if err != nil {
			if fault.CodeOf(err) != fault.InvalidRequest {
				t.Fatalf("refused with %v", err)
			}
			answer := wire.Encode(wire.Error{Re: request.ID, Code: "invalid_request", Detail: err.Error()})
			if !json.Valid(answer) || bytes.ContainsAny(answer, "\r\n") {
				t.Fatalf("answered with %s", answer)
			}
			return
		}
		again, err := wire.Decode(wire.EncodeRequest(request))
		if err != nil || !reflect.DeepEqual(again, request) {
			t.Fatalf("%s became %+v, then %+v, %v", frame, request, again, err)
		}
	})
}

// FuzzParse feeds arbitrary bytes to the client's side: it never panics, and what
// it accepts is encoded to one line that means the same.
func FuzzParse(f *testing.F) {
	for _, text := range fixtures(f, "server") {
		f.Add(text)
	}
	f.Add([]byte(`{"type":"seats"}`))
	f.Add([]byte(`{"type":"welcome","status":{"serverTime":"9999-12-31T23:59:59-23:59"}}`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		message, err := wire.Parse(frame)
		if err != nil {
			return
		}
		once := wire.Encode(message)
		if bytes.ContainsAny(once, "\r\n") {
			t.Fatalf("%q is not one line", once)
		}
		again, err := wire.Parse(once)
		if err != nil {
			t.Fatalf("%s became %s: %v", frame, once, err)
		}
		if twice := wire.Encode(again); !bytes.Equal(once, twice) {
			t.Fatalf("%s became %s, then %s", frame, once, twice)
		}
	})
}
