package text

// Fold lower-cases the letters A to Z and nothing else. Unicode's own lower case
// maps letters of other alphabets onto ASCII ones (the Kelvin sign onto k, İ onto
// i and a dot), so that two different identifiers would become one.
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

// EqualFold reports whether two identifiers differ by nothing but the case of the
// letters A to Z.
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
