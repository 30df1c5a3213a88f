package ticket

import (
	"errors"
	"strings"
)

// Base45 (RFC 9285) writes bytes with the 45 characters of a QR code's alphanumeric mode:
// two bytes as three characters, a last single byte as two. Each text stands for one
// sequence of bytes and each sequence has one text.

// base45Characters are the characters by their value.
const base45Characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

var errBase45 = errors.New("the text is not base45")

// encodeBase45 returns the text of some bytes.
func encodeBase45(data []byte) string {
	text := make([]byte, 0, (len(data)+1)/2*3)
	for ; len(data) >= 2; data = data[2:] {
		n := (int(data[0]) << 8) | int(data[1])
		text = append(text, base45Characters[n%45], base45Characters[n/45%45], base45Characters[n/45/45])
	}
	if len(data) == 1 {
		text = append(text, base45Characters[data[0]%45], base45Characters[data[0]/45])
	}
	return string(text)
}

// decodeBase45 returns the bytes of a text. Other characters, lower-case letters too, and
// numbers that no bytes have are errors.
func decodeBase45(text string) ([]byte, error) {
	if len(text)%3 == 1 {
		return nil, errBase45
	}
	data := make([]byte, 0, len(text)/3*2+1)
	for ; text != ""; text = text[min(3, len(text)):] {
		n, factor := 0, 1
		for i := range min(3, len(text)) {
			value := strings.IndexByte(base45Characters, text[i])
			if value < 0 {
				return nil, errBase45
			}
			n += value * factor
			factor *= 45
		}
		switch {
		case len(text) >= 3 && n <= 0xffff:
			data = append(data, byte(n>>8), byte(n))
		case len(text) == 2 && n <= 0xff:
			data = append(data, byte(n))
		default:
			return nil, errBase45
		}
	}
	return data, nil
}
