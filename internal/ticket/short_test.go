package ticket

import (
	"strings"
	"testing"
)

func TestAShortCodeIsReadAsPeopleTypeIt(t *testing.T) {
	t.Parallel()
	const id = "66f0c0ffee00000000000001"
	code := ShortCode(id)
	if len(code) != 13 || !strings.HasPrefix(code, "66F0-C0FF-EE") {
		t.Fatalf("the short code of %s is %q", id, code)
	}
	plain := strings.ReplaceAll(code, "-", "")
	for _, typed := range []string{
		code, plain, strings.ToLower(code), " " + plain + "\r\n", strings.ReplaceAll(code, "-", " "),
		strings.ReplaceAll(code, "0", "O"), strings.ReplaceAll(plain, "0", "o"), strings.ReplaceAll(code, "-", "\u2013"),
	} {
		if digits, short := ReadShort(typed); short != GoodShort || digits != "66f0c0ffee" {
			t.Errorf("%q is read as %q, %d", typed, digits, short)
		}
	}
	for _, other := range []string{"", "A-14", id, plain[:10], plain + "0", "66F0C0FFGEK", "hello world", "https://example.com", "66F0-C0FF-EEÄ", strings.Repeat(" ", 70) + plain} {
		if _, short := ReadShort(other); short != NotShort {
			t.Errorf("%q is taken for a short code: %d", other, short)
		}
	}
	for _, id := range []string{"", "66f0c0ffe", "not a ticket's id"} {
		if code := ShortCode(id); code != "" {
			t.Errorf("%q has the short code %q", id, code)
		}
	}
}

// TestACheckSignFindsTypingErrors: one wrong sign, and any two swapped digits.
func TestACheckSignFindsTypingErrors(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"66f0c0ffee", "0123456789", "fedcba9876", "0000000000", "a1b2c3d4e5"} {
		right := strings.ReplaceAll(ShortCode(id), "-", "")
		wrong := map[string]bool{}
		for i := range right {
			for _, other := range checkSigns {
				wrong[right[:i]+string(other)+right[i+1:]] = true
			}
			for j := i + 1; j < shortDigits; j++ {
				swapped := []byte(right)
				swapped[i], swapped[j] = swapped[j], swapped[i]
				wrong[string(swapped)] = true
			}
		}
		delete(wrong, right)
		for typed := range wrong {
			if _, short := ReadShort(typed); short == GoodShort {
				t.Errorf("%s passes for %s", typed, right)
			}
		}
	}
}
