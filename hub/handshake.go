package hub

import (
	"crypto/sha1" //nolint:gosec // RFC 6455 asks for it, to tell a WebSocket server from others
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
)

// handshakeKey returns the key of a handshake (RFC 6455, section 4.2.1), or the
// status and the reason with which it is refused.
func handshakeKey(r *http.Request) (key string, status int, reason string) {
	keys := r.Header.Values("Sec-WebSocket-Key")
	switch {
	case !hasToken(r.Header, "Connection", "upgrade"), !hasToken(r.Header, "Upgrade", "websocket"):
		return "", http.StatusUpgradeRequired, "This is a WebSocket: send an upgrade."
	case r.Method != http.MethodGet:
		return "", http.StatusMethodNotAllowed, "An upgrade must be a GET request."
	case r.ProtoMajor != 1 || !r.ProtoAtLeast(1, 1):
		return "", http.StatusBadRequest, "An upgrade must be a request of HTTP/1.1."
	case r.Header.Get("Sec-WebSocket-Version") != "13":
		return "", http.StatusBadRequest, "An upgrade needs the header Sec-WebSocket-Version: 13."
	case len(keys) == 1:
		key = strings.TrimSpace(keys[0])
		if nonce, err := base64.StdEncoding.DecodeString(key); err == nil && len(nonce) == 16 {
			return key, 0, ""
		}
	}
	return "", http.StatusBadRequest, "An upgrade needs one header Sec-WebSocket-Key of 16 bytes in base64."
}

// hasToken reports whether a header's list of tokens contains a token, in any case.
func hasToken(h http.Header, header, token string) bool {
	for _, value := range h[header] {
		for part := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}

// offersOurs reports whether the client offers the subprotocol.
func offersOurs(h http.Header) bool {
	for _, value := range h.Values("Sec-WebSocket-Protocol") {
		for part := range strings.SplitSeq(value, ",") {
			if strings.TrimSpace(part) == Subprotocol {
				return true
			}
		}
	}
	return false
}

// handshakeAnswer is the answer to a good handshake, with the headers that
// middleware has set. No extension is agreed on.
func handshakeAnswer(key string, ours bool, headers http.Header) []byte {
	const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" // of RFC 6455
	sum := sha1.Sum([]byte(key + guid))                 //nolint:gosec // as above
	b := append(make([]byte, 0, 1024), "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "...)
	b = append(base64.StdEncoding.AppendEncode(b, sum[:]), "\r\n"...)
	if ours {
		b = append(b, "Sec-WebSocket-Protocol: "+Subprotocol+"\r\n"...)
	}
	for name, values := range headers {
		for _, value := range values {
			if strings.ContainsAny(value, "\r\n") || strings.HasPrefix(name, http.TrailerPrefix) {
				continue // net/http would not send it as it is either
			}
			b = append(append(append(append(b, name...), ": "...), value...), "\r\n"...)
		}
	}
	return append(b, "\r\n"...)
}

// refuse answers a request that becomes no socket.
func refuse(w http.ResponseWriter, status int, code, reason string) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	switch status {
	case http.StatusUpgradeRequired:
		h.Set("Connection", "Upgrade")
		h.Set("Upgrade", "websocket")
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "1")
	case http.StatusBadRequest:
		h.Set("Sec-WebSocket-Version", "13")
	case http.StatusMethodNotAllowed:
		h.Set("Allow", http.MethodGet)
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"type":"about:blank","title":"` + http.StatusText(status) + `","status":` + strconv.Itoa(status) +
		`,"detail":"` + reason + `","code":"` + code + `"}`))
}
