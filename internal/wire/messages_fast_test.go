package wire

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

// sampled fills what a crowd is sent from fuzzed values: some of the bits say what
// is null.
func sampled(text, other string, n int64, nulls uint16, at int64) (StatusMessage, Welcome) {
	null := func(bit int) bool { return nulls>>bit&1 == 1 }
	when := Time(time.UnixMilli(at % (1 << 50)))
	position := int(n)
	s := Status{Season: text, State: other, Waiting: position, Active: int(at), Limit: -position, Paused: null(0), ServerTime: when}
	if !null(1) {
		s.Number, s.Position, s.Place = &n, &position, &other
		s.Wish = &Wish{Seats: position, Categories: []string{}, PassedOver: null(0)}
	}
	if !null(1) && !null(3) {
		s.Wish.Categories, s.Wish.UpTo = []string{text, other}, &at
	}
	if !null(2) {
		s.OpensAt, s.ETASeconds = &when, &ETA{P50: position, P90: int(at)}
	}
	if !null(3) {
		s.Deadline, s.SessionEndsAt = &when, &when
	}
	w := Welcome{Status: s, User: User{ID: text, Email: other, Name: text + other}, Season: other, Protocol: text, HeartbeatSeconds: int(nulls)}
	if !null(4) {
		w.User.Roles = []string{}
	}
	if !null(5) {
		w.User.Roles = append(w.User.Roles, text, other)
	}
	if !null(6) {
		w.Cart = Cart{Seats: []CartSeat{}, Total: n, Currency: text, ExpiresAt: &when}
	}
	if !null(7) {
		w.Cart.Seats = append(w.Cart.Seats, CartSeat{text, other, n, &other}, CartSeat{other, text, at, nil})
	}
	if !null(10) {
		w.Sale = &Sale{Paused: null(0), OpensAt: &when, Notice: &text, Stock: other, Available: position, Held: int(at), Total: -position, Currency: text, Version: n}
	}
	if !null(10) && !null(11) {
		w.Sale.PauseReason, w.Sale.ClosesAt = &other, &when
		w.Sale.Categories = []SaleCategory{{text, position, int(at), -position, n, at, []SaleType{{other, n, at}, {text, 0, 1}}}, {other, 0, 1, 2, 3, 4, nil}, {text, 0, 1, 2, 3, 4, []SaleType{}}}
	}
	m := StatusMessage{Status: s}
	if !null(8) {
		m.Re, _ = json.Marshal(text)
	} else if !null(9) {
		m.Re, _ = json.Marshal(n)
	}
	return m, w
}

func FuzzEncodeOfACrowd(f *testing.F) {
	for nulls := range uint16(1 << 12) {
		f.Add("demo", "waiting", int64(nulls), nulls, int64(1_800_000_000_000))
	}
	for _, text := range []string{"", `"`, `\`, "<&>", "é\u2028", "\xff", "\x7f", "a\nb"} {
		f.Add(text, text+"x", int64(-1), uint16(0), int64(-1))
	}
	f.Fuzz(func(t *testing.T, text, other string, n int64, nulls uint16, at int64) {
		m, w := sampled(text, other, n, nulls, at)
		for _, message := range []Message{m, w} {
			if got, want := Encode(message), encodeTyped(message.Type(), message); !bytes.Equal(got, want) {
				t.Fatalf("written as\n%s, want\n%s", got, want)
			}
		}
	})
}

func FuzzDecodeOfShortRequests(f *testing.F) {
	for _, text := range []string{
		`{"type":"join"}`, `{"type":"join","id":1}`, `{"type":"join","id":0}`, `{"type":"leave","id":"a b"}`, `{"type":"ping","id":00}`, `{"type":"ping","id":-1}`,
		`{"type":"ping","id":"\u00e9"}`, `{"type":"enter","id":}`, `{"type":"enter","id":"}`, `{"type":"status","id":""}`, `{"type":"status"} `, `{"type":"hold"}`,
		`{"type":"join","id":1,"id":2}`, `{"type":"join","id":"a","place":""}`, `{"type":"join","id":123456789012345}`, `{"type":"join","id":1234567890123456}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		short, ok := decodeShort(frame)
		if !ok {
			return
		}
		if whole, err := decodeAny(frame); err != nil || !reflect.DeepEqual(short, whole) {
			t.Fatalf("%q: %+v, want %+v, %v", frame, short, whole, err)
		}
	})
}

func TestTheRequestsOfACrowdAreReadTheShortWay(t *testing.T) {
	for _, frame := range []string{`{"type":"join","id":1}`, `{"type":"ping"}`, `{"type":"status","id":"a"}`} {
		if _, ok := decodeShort([]byte(frame)); !ok {
			t.Errorf("%s is not", frame)
		}
	}
}
