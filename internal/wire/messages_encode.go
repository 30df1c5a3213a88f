package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// Encode returns a message as one line of JSON, type first, without a newline.
func Encode(m Message) []byte {
	switch m := m.(type) {
	case Position:
		return m.encode()
	case StatusMessage:
		if plainID(m.Re) {
			return m.encode()
		}
	case Welcome:
		return m.encode()
	}
	return encodeTyped(m.Type(), m)
}

// encodeTyped writes body's JSON object with "type" as the first field.
func encodeTyped(kind string, body any) []byte {
	var b bytes.Buffer
	b.WriteString(`{"type":"`)
	b.WriteString(kind)
	b.WriteByte('"')
	joint := b.Len()
	encoder := json.NewEncoder(&b)
	// Escaping HTML would change a request's id, which must return unchanged.
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		panic(fmt.Sprintf("wire: a %s always encodes: %v", kind, err))
	}
	frame := b.Bytes()[:b.Len()-1] // without the newline
	if frame[joint+1] == '}' {
		return append(frame[:joint], '}')
	}
	frame[joint] = ','
	return frame
}

// encode is written by hand, because each waiting user gets a position of their own
// every second.
func (p Position) encode() []byte {
	b := make([]byte, 0, 96)
	b = append(b, `{"type":"position","position":`...)
	b = strconv.AppendInt(b, int64(p.Position), 10)
	b = append(b, `,"waiting":`...)
	b = strconv.AppendInt(b, int64(p.Waiting), 10)
	b = append(b, `,"etaSeconds":`...)
	if p.ETASeconds == nil {
		return append(b, `null}`...)
	}
	b = append(b, `{"p50":`...)
	b = strconv.AppendInt(b, int64(p.ETASeconds.P50), 10)
	b = append(b, `,"p90":`...)
	b = strconv.AppendInt(b, int64(p.ETASeconds.P90), 10)
	return append(b, `}}`...)
}

// Parse reads a frame of the server, for clients written in Go. It ignores unknown
// fields, as every client should.
func Parse(frame []byte) (Message, error) {
	var head struct {
		Type  string `json:"type"`
		Count *int   `json:"count"`
	}
	if err := json.Unmarshal(frame, &head); err != nil {
		return nil, fmt.Errorf("wire: not a message: %w", err)
	}
	switch head.Type {
	case "welcome":
		return parseAs[Welcome](frame)
	case "sale":
		return parseAs[SaleMessage](frame)
	case "waiting":
		return parseAs[Waiting](frame)
	case "status":
		return parseAs[StatusMessage](frame)
	case "position":
		return parseAs[Position](frame)
	case "turn":
		return parseAs[Turn](frame)
	case "lapsed":
		return parseAs[Lapsed](frame)
	case "cart":
		return parseAs[CartMessage](frame)
	case "seats":
		if head.Count != nil {
			return parseAs[SeatBitmaps](frame)
		}
		return parseAs[SeatNames](frame)
	case "changes":
		return parseAs[Changes](frame)
	case "transaction":
		return parseAs[TransactionMessage](frame)
	case "error":
		return parseAs[Error](frame)
	case "bye":
		return parseAs[Bye](frame)
	case "pong":
		return parseAs[Pong](frame)
	case "help":
		return parseAs[Help](frame)
	}
	return nil, fmt.Errorf("wire: unknown message type %q", head.Type)
}

func parseAs[M Message](frame []byte) (Message, error) {
	var m M
	if err := json.Unmarshal(frame, &m); err != nil {
		return nil, fmt.Errorf("wire: not a %s message: %w", m.Type(), err)
	}
	return m, nil
}
