package main

import (
	"crypto/ed25519"
	"encoding/hex"
	"strings"
)

// verify returns season, seat and id of a genuine ticket. A gate also admits each id once.
func verify(code string, keys map[[4]byte]ed25519.PublicKey) (season, seat, id string, ok bool) {
	text, isTicket := strings.CutPrefix(code, "UT1")
	var data []byte
	for ; len(text) > 0; text = text[min(3, len(text)):] {
		value, size := 0, min(3, len(text))
		for i := size - 1; i >= 0; i-- {
			digit := strings.IndexByte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", text[i])
			value, isTicket = value*45+digit, isTicket && digit >= 0
		}
		isTicket = isTicket && size > 1 && value < 1<<(8*(size-1))
		data = append(data, []byte{byte(value >> 8), byte(value)}[3-size:]...)
	}
	if !isTicket || len(data) < 86 {
		return "", "", "", false
	}
	body, signature := data[:len(data)-64], data[len(data)-64:]
	key := keys[[4]byte(body)]
	if key == nil || !ed25519.Verify(key, append([]byte("usher-ticket/v1 "), body...), signature) {
		return "", "", "", false
	}
	rest := body[21+int(body[20]):] // the seat, after 20 bytes and the season
	return string(body[21 : 21+int(body[20])]), string(rest[1:]), hex.EncodeToString(body[8:20]), true
}
