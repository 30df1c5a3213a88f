package ticket

import (
	"bytes"
	"strings"
	"testing"
)

// TestBase45AgreesWithTheRFC: the examples of RFC 9285, sections 4.3 and 4.4.
func TestBase45AgreesWithTheRFC(t *testing.T) {
	t.Parallel()
	for data, text := range map[string]string{
		"AB": "BB8", "Hello!!": "%69 VD92EX0", "base-45": "UJCLQE7W581", "ietf!": "QED8WEX0",
		"": "", "\x00": "00", "\xff": "U5", "\x00\x00": "000", "\xff\xff": "FGW",
	} {
		if got := encodeBase45([]byte(data)); got != text {
			t.Errorf("%q is written %q, want %q", data, got, text)
		}
		if got, err := decodeBase45(text); err != nil || string(got) != data {
			t.Errorf("%q is read %q, %v, want %q", text, got, err, data)
		}
	}
	for _, text := range []string{
		"A", "BB8A", // a length that no bytes have
		"GGW", ":::", // more than two bytes
		"V5", "::", // more than one byte
		"bb8", "BB_", "BB\n", "BBÄ", "B\u00a08", "BB8=",
	} {
		if got, err := decodeBase45(text); err == nil {
			t.Errorf("%q is read %q", text, got)
		}
	}
}

// TestEveryPairOfBytesHasItsText: and the other texts of three characters are refused, so
// no bytes have two texts.
func TestEveryPairOfBytesHasItsText(t *testing.T) {
	t.Parallel()
	read := 0
	for _, a := range base45Characters {
		for _, b := range base45Characters {
			for _, c := range base45Characters {
				text := string([]rune{a, b, c})
				data, err := decodeBase45(text)
				if err != nil {
					continue
				}
				if read++; encodeBase45(data) != text {
					t.Fatalf("%q is read %x, which is written %q", text, data, encodeBase45(data))
				}
			}
		}
	}
	if read != 1<<16 {
		t.Errorf("%d texts are read, want %d", read, 1<<16)
	}
}

// FuzzBase45: bytes survive both ways, and a text that is read is the text of its bytes.
func FuzzBase45(f *testing.F) {
	for _, seed := range []string{"", "BB8", "%69 VD92EX0", "\xff\x00\x80", "FGW:"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		written := encodeBase45([]byte(text))
		if back, err := decodeBase45(written); err != nil || !bytes.Equal(back, []byte(text)) {
			t.Errorf("%q is written %q and read %q, %v", text, written, back, err)
		}
		if strings.HasSuffix(written, " ") {
			t.Errorf("%q ends with a space, which programs remove", written)
		}
		if data, err := decodeBase45(text); err == nil && encodeBase45(data) != text {
			t.Errorf("%q is read %q, which is written %q", text, data, encodeBase45(data))
		}
	})
}
