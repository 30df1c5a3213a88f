package wire

import (
	"encoding/json"
	"slices"
	"strings"
)

// The types of requests.
const (
	RequestStatus   = "status"
	RequestJoin     = "join"
	RequestEnter    = "enter"
	RequestLeave    = "leave"
	RequestWish     = "wish"
	RequestUnwish   = "unwish"
	RequestSeats    = "seats"
	RequestHold     = "hold"
	RequestRelease  = "release"
	RequestExtend   = "extend"
	RequestPurchase = "purchase"
	RequestPing     = "ping"
	RequestHelp     = "help"
)

// The formats of a seats request.
const (
	FormatNames  = "names"
	FormatBitmap = "bitmap"
)

// Request is a frame that a client sends. Its type decides which fields it has;
// [Decode] refuses the others.
type Request struct {
	ID   json.RawMessage // a JSON string or number, unchanged; nil: none
	Type string

	Place     string            // join: "" or the signed place to bring back
	Code      string            // join: "" or the code for a phase that needs one
	Challenge string            // join: "" or the token of a solved challenge
	Format    string            // seats: FormatNames or FormatBitmap
	Seats     []string          // hold, release (none: all), purchase
	Types     map[string]string // hold, purchase: seat number → type of its price, "": the normal price; of the seats with a type
	Areas     []AreaChoice      // hold, with Seats or alone
	Best      *Best             // hold, instead of Seats
	Key       string            // purchase: the idempotency key
	Payment   Payment           // purchase
	Wish      *WishedSeats      // wish: the fields seats, categories and upTo
}

// requestKind describes one type of request.
type requestKind struct {
	name    string
	fields  []string // besides type and id
	answer  string
	example string
	another string
}

// requestKinds lists the requests of the protocol. Clients rely on it, so entries
// never change. The example of a purchase uses the sandbox's card that always
// succeeds.
var requestKinds = []requestKind{
	{name: RequestStatus, answer: "status", example: `{"type":"status","id":1}`},
	{
		name: RequestJoin, fields: []string{"place", "code", "challenge"}, answer: "status", example: `{"type":"join","id":2}`,
		another: `{"type":"join","id":2,"place":"the place of an earlier status"}`,
	},
	{name: RequestEnter, answer: "status", example: `{"type":"enter","id":3}`},
	{name: RequestLeave, answer: "status", example: `{"type":"leave","id":4}`},
	{
		name: RequestSeats, fields: []string{"format"}, answer: "seats", example: `{"type":"seats","id":5}`,
		another: `{"type":"seats","id":5,"format":"bitmap"}`,
	},
	{
		name: RequestHold, fields: []string{"seats", "areas", "best"}, answer: "cart", example: `{"type":"hold","id":6,"seats":["A-1","A-2"]}`,
		another: `{"type":"hold","id":6,"best":{"count":2,"categories":["VIP"],"upTo":9000,"adjacent":true}}`,
	},
	{
		name: RequestRelease, fields: []string{"seats"}, answer: "cart", example: `{"type":"release","id":7}`,
		another: `{"type":"release","id":7,"seats":["A-2"]}`,
	},
	{
		name: RequestPurchase, fields: []string{"key", "seats", "payment"}, answer: "transaction",
		example: `{"type":"purchase","id":8,"key":"order-1","seats":["A-1"],"payment":{"method":"sandbox","token":"tok_ok"}}`,
	},
	{name: RequestExtend, answer: "cart", example: `{"type":"extend","id":11}`},
	{
		name: RequestWish, fields: []string{"seats", "categories", "upTo"}, answer: "status", example: `{"type":"wish","id":12,"seats":2}`,
		another: `{"type":"wish","id":12,"seats":2,"categories":["VIP"],"upTo":9000}`,
	},
	{name: RequestUnwish, answer: "status", example: `{"type":"unwish","id":13}`},
	{name: RequestPing, answer: "pong", example: `{"type":"ping","id":9}`},
	{name: RequestHelp, answer: "help", example: `{"type":"help","id":10}`},
}

// RequestTypes returns the types of all requests.
func RequestTypes() []string {
	var names []string
	for _, kind := range requestKinds {
		names = append(names, kind.name)
	}
	return names
}

// NewHelp returns the answer to help.
func NewHelp(re json.RawMessage) Help {
	h := Help{Re: re}
	for _, kind := range requestKinds {
		entry := HelpType{
			Type: kind.name, With: append([]string{}, kind.fields...), Answer: kind.answer,
			Example: json.RawMessage(kind.example),
		}
		if kind.another != "" {
			entry.Another = json.RawMessage(kind.another)
		}
		h.Types = append(h.Types, entry)
	}
	return h
}

// EncodeRequest returns a request as one line of JSON, for clients written in Go.
// Decode reads it back.
func EncodeRequest(r Request) []byte {
	body := struct {
		ID        json.RawMessage `json:"id,omitempty"`
		Place     string          `json:"place,omitempty"`
		Code      string          `json:"code,omitempty"`
		Challenge string          `json:"challenge,omitempty"`
		Format    string          `json:"format,omitempty"`
		Key       string          `json:"key,omitempty"`
		Seats     *SeatChoices    `json:"seats,omitempty"`
		Areas     []AreaChoice    `json:"areas,omitempty"`
		Best      *Best           `json:"best,omitempty"`
		Payment   *Payment        `json:"payment,omitempty"`
	}{ID: r.ID, Place: r.Place, Code: r.Code, Challenge: r.Challenge, Format: r.Format, Key: r.Key, Areas: r.Areas, Best: r.Best}
	if len(r.Seats) > 0 {
		body.Seats = &SeatChoices{r.Seats, r.Types}
	}
	if r.Type == RequestPurchase {
		body.Payment = &r.Payment
	}
	if r.Type == RequestWish && r.Wish != nil {
		return encodeTyped(r.Type, struct {
			ID json.RawMessage `json:"id,omitempty"`
			WishedSeats
		}{r.ID, *r.Wish})
	}
	return encodeTyped(r.Type, body)
}

// nearest returns the name with the smallest edit distance to the written one, the
// first of several.
func nearest(written string, names []string) string {
	// Longer text than any name needs no exact distance.
	runes := []rune(strings.ToLower(written))
	if len(runes) > 32 {
		runes = runes[:32]
	}
	return slices.MinFunc(names, func(a, b string) int {
		return editDistance(runes, []rune(a)) - editDistance(runes, []rune(b))
	})
}

// editDistance counts the insertions, deletions and replacements that turn a
// into b (Levenshtein), one row of the table at a time.
func editDistance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, ra := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, rb := range b {
			replace := diagonal
			if ra != rb {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
