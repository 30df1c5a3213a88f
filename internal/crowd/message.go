package crowd

import (
	"bytes"
	"encoding/json"
	"strconv"

	"usher/internal/wire"
)

// Message is the part of a server's message that a fan uses. Other fields are skipped,
// so that a newer server may send more.
type Message struct {
	Type             string            `json:"type"`
	Re               json.RawMessage   `json:"re"`
	Status           *wire.Status      `json:"status"`
	Cart             *wire.Cart        `json:"cart"`
	Transaction      *wire.Transaction `json:"transaction"`
	Code             string            `json:"code"`
	Detail           string            `json:"detail"`
	Reason           string            `json:"reason"`
	ReconnectAfterMs int64             `json:"reconnectAfterMs"`
	Position         int               `json:"position"`
	Waiting          int               `json:"waiting"`
	Sale             struct {
		Stock string `json:"stock"` // available, held, gone, none; "": not told
	} `json:"sale"`
}

// ParseMessage parses a message. Frequent messages that a fan does not use are not
// decoded. A position and the state of the sale are parsed without the JSON decoder.
func ParseMessage(text []byte) (m Message, err error) {
	switch m.Type = peekType(text); m.Type {
	case "changes", "seats", "pong", "help":
		return m, nil
	case "sale":
		if m.Sale.Stock = peekStock(text); m.Sale.Stock != "" {
			return m, nil
		}
	case "position":
		if position, waiting, ok := peekPosition(text); ok {
			m.Position, m.Waiting = position, waiting
			return m, nil
		}
	}
	err = json.Unmarshal(text, &m)
	return m, err
}

var typePrefix = []byte(`{"type":"`)

// peekType returns the type of a message if the message begins with its type, as the
// server's messages do; else "".
func peekType(text []byte) string {
	rest, found := bytes.CutPrefix(text, typePrefix)
	if !found {
		return ""
	}
	name, _, found := bytes.Cut(rest[:min(len(rest), 20)], []byte{'"'})
	if !found {
		return ""
	}
	if string(name) == "position" {
		return "position" // without an allocation
	}
	return string(name)
}

var (
	positionPrefix = []byte(`{"type":"position","position":`)
	waitingPrefix  = []byte(`,"waiting":`)
)

// peekPosition reads a position as the server writes it.
func peekPosition(text []byte) (position, waiting int, ok bool) {
	rest, found := bytes.CutPrefix(text, positionPrefix)
	if !found {
		return 0, 0, false
	}
	position, rest = digits(rest)
	if rest, found = bytes.CutPrefix(rest, waitingPrefix); !found {
		return 0, 0, false
	}
	waiting, rest = digits(rest)
	return position, waiting, len(rest) > 0 && (rest[0] == ',' || rest[0] == '}')
}

var stockPrefix = []byte(`"stock":"`)

// peekStock returns the stock of a sale, "" if it is not found. The organizer's texts
// cannot contain the prefix: in a JSON string a quote has a backslash before it.
func peekStock(text []byte) string {
	_, rest, _ := bytes.Cut(text, stockPrefix)
	word, _, found := bytes.Cut(rest, []byte{'"'})
	if !found {
		return ""
	}
	for _, known := range [...]string{stockAvailable, stockHeld, stockGone, stockNone} {
		if string(word) == known {
			return known // without an allocation
		}
	}
	return ""
}

// digits reads a whole number of at most nine digits.
func digits(b []byte) (n int, rest []byte) {
	i := 0
	for i < len(b) && i < 9 && b[i] >= '0' && b[i] <= '9' {
		n = n*10 + int(b[i]-'0')
		i++
	}
	return n, b[i:]
}

// answers reports whether a message answers the request of that id.
func (m *Message) answers(id uint32) bool {
	return len(m.Re) > 0 && string(m.Re) == strconv.FormatUint(uint64(id), 10)
}
