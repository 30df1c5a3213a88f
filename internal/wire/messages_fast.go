package wire

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// The messages and requests of a crowd, written and read without reflection: each
// fan who comes gets a welcome, and each who joins sends a request and gets a
// status. Tests hold them against encoding/json, byte for byte.

func (m StatusMessage) encode() []byte {
	b := append(make([]byte, 0, 1024), `{"type":"status"`...)
	if len(m.Re) > 0 {
		b = append(append(b, `,"re":`...), m.Re...)
	}
	b = append(b, `,"status":`...)
	return append(m.Status.append(b), '}')
}

func (m Welcome) encode() []byte {
	b := append(make([]byte, 0, 1024), `{"type":"welcome","status":`...)
	b = m.Status.append(b)
	b = m.Cart.append(append(b, `,"cart":`...))
	b = m.User.append(append(b, `,"user":`...))
	b = appendString(append(b, `,"season":`...), m.Season)
	b = appendString(append(b, `,"protocol":`...), m.Protocol)
	b = strconv.AppendInt(append(b, `,"heartbeatSeconds":`...), int64(m.HeartbeatSeconds), 10)
	return append(m.Sale.append(append(b, `,"sale":`...)), '}')
}

func (s Status) append(b []byte) []byte {
	b = appendString(append(b, `{"season":`...), s.Season)
	b = appendString(append(b, `,"state":`...), s.State)
	b = appendIntOrNull(append(b, `,"number":`...), s.Number)
	b = appendIntOrNull(append(b, `,"position":`...), s.Position)
	b = strconv.AppendInt(append(b, `,"waiting":`...), int64(s.Waiting), 10)
	b = strconv.AppendInt(append(b, `,"active":`...), int64(s.Active), 10)
	b = strconv.AppendInt(append(b, `,"limit":`...), int64(s.Limit), 10)
	b = strconv.AppendBool(append(b, `,"paused":`...), s.Paused)
	b = appendTimeOrNull(append(b, `,"opensAt":`...), s.OpensAt)
	b = appendETA(append(b, `,"etaSeconds":`...), s.ETASeconds)
	b = append(b, `,"place":`...)
	b = appendStringOrNull(b, s.Place)
	b = appendTimeOrNull(append(b, `,"deadline":`...), s.Deadline)
	b = appendTimeOrNull(append(b, `,"sessionEndsAt":`...), s.SessionEndsAt)
	b = s.Wish.append(append(b, `,"wish":`...))
	b = appendTime(append(b, `,"serverTime":`...), s.ServerTime)
	return append(b, '}')
}

func (w *Wish) append(b []byte) []byte {
	if w == nil {
		return append(b, "null"...)
	}
	b = strconv.AppendInt(append(b, `{"seats":`...), int64(w.Seats), 10)
	b = append(b, `,"categories":[`...)
	for i, category := range w.Categories {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, category)
	}
	b = appendIntOrNull(append(b, `],"upTo":`...), w.UpTo)
	b = strconv.AppendBool(append(b, `,"passedOver":`...), w.PassedOver)
	return append(b, '}')
}

func (c Cart) append(b []byte) []byte {
	if c.Seats == nil {
		b = append(b, `{"seats":null`...)
	} else {
		b = append(b, `{"seats":[`...)
		for i, seat := range c.Seats {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(append(b, `{"seatNumber":`...), seat.SeatNumber)
			b = appendString(append(b, `,"category":`...), seat.Category)
			b = strconv.AppendInt(append(b, `,"price":`...), seat.Price, 10)
			b = append(appendStringOrNull(append(b, `,"type":`...), seat.Type), '}')
		}
		b = append(b, ']')
	}
	b = strconv.AppendInt(append(b, `,"total":`...), c.Total, 10)
	b = appendString(append(b, `,"currency":`...), c.Currency)
	b = appendTimeOrNull(append(b, `,"expiresAt":`...), c.ExpiresAt)
	return append(strconv.AppendBool(append(b, `,"canExtend":`...), c.CanExtend), '}')
}

func (u User) append(b []byte) []byte {
	b = appendString(append(b, `{"id":`...), u.ID)
	b = appendString(append(b, `,"email":`...), u.Email)
	b = appendString(append(b, `,"name":`...), u.Name)
	if u.Roles == nil {
		return append(b, `,"roles":null}`...)
	}
	b = append(b, `,"roles":[`...)
	for i, role := range u.Roles {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, role)
	}
	return append(b, `]}`...)
}

func (s *Sale) append(b []byte) []byte {
	if s == nil {
		return append(b, `null`...)
	}
	b = strconv.AppendBool(append(b, `{"paused":`...), s.Paused)
	b = appendStringOrNull(append(b, `,"pauseReason":`...), s.PauseReason)
	if s.Cancelled {
		b = append(b, `,"cancelled":true`...)
	}
	b = appendTimeOrNull(append(b, `,"opensAt":`...), s.OpensAt)
	b = appendTimeOrNull(append(b, `,"closesAt":`...), s.ClosesAt)
	b = appendStringOrNull(append(b, `,"notice":`...), s.Notice)
	b = appendString(append(b, `,"stock":`...), s.Stock)
	b = strconv.AppendInt(append(b, `,"available":`...), int64(s.Available), 10)
	b = strconv.AppendInt(append(b, `,"held":`...), int64(s.Held), 10)
	b = strconv.AppendInt(append(b, `,"total":`...), int64(s.Total), 10)
	b = appendString(append(b, `,"currency":`...), s.Currency)
	if s.Categories == nil {
		b = append(b, `,"categories":null`...)
	} else {
		b = append(b, `,"categories":[`...)
		for i, c := range s.Categories {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(append(b, `{"category":`...), c.Category)
			b = strconv.AppendInt(append(b, `,"available":`...), int64(c.Available), 10)
			b = strconv.AppendInt(append(b, `,"held":`...), int64(c.Held), 10)
			b = strconv.AppendInt(append(b, `,"total":`...), int64(c.Total), 10)
			b = strconv.AppendInt(append(b, `,"from":`...), c.From, 10)
			b = strconv.AppendInt(append(b, `,"to":`...), c.To, 10)
			b = append(appendTypes(append(b, `,"types":`...), c.Types), '}')
		}
		b = append(b, ']')
	}
	return append(strconv.AppendInt(append(b, `,"version":`...), s.Version, 10), '}')
}

func appendTypes(b []byte, types []SaleType) []byte {
	if types == nil {
		return append(b, `null`...)
	}
	b = append(b, '[')
	for i, t := range types {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, `{"type":`...), t.Type)
		b = strconv.AppendInt(append(b, `,"from":`...), t.From, 10)
		b = append(strconv.AppendInt(append(b, `,"to":`...), t.To, 10), '}')
	}
	return append(b, ']')
}

func appendStringOrNull(b []byte, text *string) []byte {
	if text == nil {
		return append(b, `null`...)
	}
	return appendString(b, *text)
}

func appendETA(b []byte, eta *ETA) []byte {
	if eta == nil {
		return append(b, `null`...)
	}
	b = strconv.AppendInt(append(b, `{"p50":`...), int64(eta.P50), 10)
	return append(strconv.AppendInt(append(b, `,"p90":`...), int64(eta.P90), 10), '}')
}

func appendIntOrNull[N int | int64](b []byte, n *N) []byte {
	if n == nil {
		return append(b, `null`...)
	}
	return strconv.AppendInt(b, int64(*n), 10)
}

func appendTimeOrNull(b []byte, t *Time) []byte {
	if t == nil {
		return append(b, `null`...)
	}
	return appendTime(b, *t)
}

func appendTime(b []byte, t Time) []byte {
	return append(time.Time(t).UTC().AppendFormat(append(b, '"'), timeLayout), '"')
}

// appendString writes a JSON string.
func appendString(b []byte, text string) []byte {
	for _, c := range []byte(text) {
		if !plainByte(c) {
			var escaped bytes.Buffer
			encoder := json.NewEncoder(&escaped)
			encoder.SetEscapeHTML(false)
			_ = encoder.Encode(text) // a string always encodes
			return append(b, bytes.TrimSuffix(escaped.Bytes(), []byte("\n"))...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}

// plainByte reports whether a character stands in a JSON string as it is.
func plainByte(c byte) bool { return c >= ' ' && c <= '~' && c != '"' && c != '\\' }

// plainID reports whether a request's id is missing, a whole number or a string
// without escapes, which can be copied as it is.
func plainID(id json.RawMessage) bool {
	if len(id) == 0 {
		return true
	}
	if id[0] != '"' {
		return plainNumber(id)
	}
	if len(id) < 2 || id[len(id)-1] != '"' {
		return false
	}
	for _, c := range id[1 : len(id)-1] {
		if !plainByte(c) {
			return false
		}
	}
	return true
}

func plainNumber(text []byte) bool {
	if len(text) == 0 || len(text) > 15 || len(text) > 1 && text[0] == '0' {
		return false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// decodeShort reads a request that has no fields but its type and perhaps its id
// behind it, written without spaces and escapes. It reports false for any other.
func decodeShort(frame []byte) (r Request, ok bool) {
	rest, ok := bytes.CutPrefix(frame, []byte(`{"type":"`))
	if !ok {
		return r, false
	}
	kind, rest, _ := bytes.Cut(rest, []byte{'"'})
	for _, known := range [...]string{RequestJoin, RequestStatus, RequestEnter, RequestLeave, RequestPing} {
		if string(kind) == known {
			r.Type = known
		}
	}
	if r.Type == "" {
		return r, false
	}
	if string(rest) == "}" {
		return r, true
	}
	id, ok := bytes.CutPrefix(rest, []byte(`,"id":`))
	if !ok || len(id) < 2 || id[len(id)-1] != '}' || !plainID(id[:len(id)-1]) {
		return Request{}, false
	}
	r.ID = bytes.Clone(id[:len(id)-1])
	return r, true
}
