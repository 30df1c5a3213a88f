package text

// Fold lower-cases A to Z only. Unicode's lower case maps letters of other
// alphabets to ASCII letters (the Kelvin sign to k, İ to i and a dot), which would
// make two different identifiers equal.
func Fold(identifier string) string {
	for i := range len(identifier) {
		if c := identifier[i]; c >= 'A' && c <= 'Z' {
			folded := []byte(identifier)
			for ; i < len(folded); i++ {
				if c := folded[i]; c >= 'A' && c <= 'Z' {
					folded[i] = c + ('a' - 'A')
				}
			}
			return string(folded)
		}
	}
	return identifier
}

// EqualFold reports whether two identifiers are equal except for the case of A to
// Z.
func EqualFold(a, b string) bool { return len(a) == len(b) && Fold(a) == Fold(b) }

// IsASCII reports whether text has no character beyond ASCII.
func IsASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}
