package ticket

import "strings"

// A short code stands under the QR code, for staff to type when the QR code cannot be
// read. It is the first ten digits of the ticket's id and a check sign, for example
// 66F0-C0FF-EET. It has no signature: only the server can say whether there is such a
// ticket.

const (
	// shortDigits is how many hexadecimal digits of the ticket's id a short code has.
	shortDigits = 10
	// checkSigns are the 31 values of the check sign. Letters that look like a digit are
	// left out. 31 is prime, so one wrong digit and two swapped digits are always noticed.
	checkSigns = "0123456789ABCDEFGHJKMNPQRTUVWXY"
)

// ShortCode returns the short code of a ticket's id, which has at least ten hexadecimal
// digits.
func ShortCode(id string) string {
	if len(id) < shortDigits {
		return ""
	}
	digits := strings.ToUpper(id[:shortDigits])
	sign, ok := checkSign(digits)
	if !ok {
		return ""
	}
	return digits[:4] + "-" + digits[4:8] + "-" + digits[8:] + string(sign)
}

// Short is what ReadShort says of a text.
type Short int

// NotShort texts do not have the form of a short code. MistypedShort texts do, but their
// check sign is wrong.
const (
	NotShort Short = iota
	MistypedShort
	GoodShort
)

// ReadShort reads a typed short code and returns the ten digits with which the ticket's id
// begins, in lower case. Spaces, dashes and the case do not matter, and letters that look
// like a digit count as the digit.
func ReadShort(text string) (digits string, short Short) {
	if len(text) > 64 {
		return "", NotShort
	}
	typed := strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '\u2010', '\u2011', '\u2013', '\u00a0', '\t', '\r', '\n':
			return -1
		case 'o', 'O':
			return '0'
		case 'i', 'I', 'l', 'L':
			return '1'
		case 'z', 'Z':
			return '2'
		case 's', 'S':
			return '5'
		}
		return r
	}, text)
	typed = strings.ToUpper(typed)
	if len(typed) != shortDigits+1 || !strings.Contains(checkSigns, typed[shortDigits:]) {
		return "", NotShort
	}
	sign, ok := checkSign(typed[:shortDigits])
	switch {
	case !ok:
		return "", NotShort
	case typed[shortDigits] != sign:
		return "", MistypedShort
	}
	return strings.ToLower(typed[:shortDigits]), GoodShort
}

// checkSign returns the check sign of ten hexadecimal digits in upper case: the sum of the
// digits, each times its place from 1, modulo 31.
func checkSign(digits string) (byte, bool) {
	sum := 0
	for i := range len(digits) {
		value := strings.IndexByte("0123456789ABCDEF", digits[i])
		if value < 0 {
			return 0, false
		}
		sum += (i + 1) * value
	}
	return checkSigns[sum%len(checkSigns)], true
}
