package web

import (
	"encoding/base64"
	"net/http"
	"strings"

	"usher/internal/fault"
	"usher/internal/text"
	"usher/internal/wire"
)

const webSocketVersion = "13" // RFC 6455

// isUpgrade reports whether a request asks for an upgrade to a WebSocket.
func isUpgrade(r *http.Request) bool { return names(r.Header, "Upgrade", "websocket") }

// checkHandshake returns what is wrong with an upgrade (RFC 6455, section 4.2.1).
// It runs before the user's older socket is replaced, because an invalid request
// must not close that socket.
func checkHandshake(r *http.Request) error {
	keys := r.Header.Values("Sec-WebSocket-Key")
	switch {
	case r.Header.Get("Sec-WebSocket-Protocol") != "" && !offers(r.Header, wire.Protocol):
		return fault.New(fault.InvalidRequest, "none of the offered subprotocols is supported: offer %s, or none", wire.Protocol)
	case r.Method != http.MethodGet || r.ProtoMajor != 1 || !r.ProtoAtLeast(1, 1):
		return fault.New(fault.InvalidRequest, "an upgrade must be a GET request of HTTP/1.1")
	case !names(r.Header, "Connection", "Upgrade"):
		return fault.New(fault.InvalidRequest, "an upgrade needs the header Connection: Upgrade")
	case r.Header.Get("Sec-WebSocket-Version") != webSocketVersion:
		return fault.New(fault.InvalidRequest, "an upgrade needs the header Sec-WebSocket-Version: %s", webSocketVersion)
	case len(keys) == 1:
		nonce, err := base64.StdEncoding.DecodeString(strings.TrimSpace(keys[0]))
		if err == nil && len(nonce) == 16 {
			return nil
		}
	}
	return fault.New(fault.InvalidRequest, "an upgrade needs one header Sec-WebSocket-Key of 16 bytes in base64")
}

// offers reports whether the client offers a subprotocol. Names of subprotocols are
// case-sensitive.
func offers(h http.Header, protocol string) bool {
	for _, value := range h.Values("Sec-WebSocket-Protocol") {
		for part := range strings.SplitSeq(value, ",") {
			if strings.TrimSpace(part) == protocol {
				return true
			}
		}
	}
	return false
}

// missesUpgrade warns when a browser asked for a WebSocket but the Upgrade header
// is missing. Usually a proxy in front of this node is not configured to pass the
// header on. The page then falls back to polling.
func (s *Server) missesUpgrade(r *http.Request) {
	asked := r.Header.Get("Sec-WebSocket-Key") != "" || r.Header.Get("Sec-Fetch-Mode") == "websocket"
	if !asked || isUpgrade(r) {
		return
	}
	s.upgradeWarned.Do(func() {
		s.o.Warn.Set("upgrades", "upgrades to WebSocket arrive at /ws without their Upgrade header: a proxy in front of this node, or in some users' networks, does not pass it on "+
			"(in nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade)")
	})
}

// names reports whether a header's list of tokens contains a token, in any case.
func names(h http.Header, header, token string) bool {
	for _, value := range h.Values(header) {
		for part := range strings.SplitSeq(value, ",") {
			if text.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}
