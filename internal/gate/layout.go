package gate

import (
	"strings"
	"sync"
	"unicode"
)

// A hand scanner is a keyboard: it presses the keys that make its text in its own
// layout, and the computer reads the keys in the computer's layout. If the two differ,
// or Caps Lock is on, other characters arrive. This file undoes that. The signature
// tells whether the result is right.

// layout has the characters of a keyboard, key by key in the order of us.
type layout struct{ plain, shifted []rune }

func keysOf(plain, shifted string) layout { return layout{[]rune(plain), []rune(shifted)} }

// us is the layout of new scanners. The other layouts list their keys in the same
// order; a space is a key without a character.
func us() layout {
	return keysOf("`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./", "~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:\"ZXCVBNM<>?")
}

// layouts are the layouts that are undone.
func layouts() []layout {
	return []layout{
		keysOf("^1234567890ß´qwertzuiopü+#asdfghjklöäyxcvbnm,.-", "°!\"§$%&/()=?`QWERTZUIOPÜ*'ASDFGHJKLÖÄYXCVBNM;:_"),  // German
		keysOf("²&é\"'(-è_çà)=azertyuiop^$*qsdfghjklmùwxcvbn,;:!", " 1234567890°+AZERTYUIOP¨£µQSDFGHJKLM%WXCVBN?./§"),  // French
		keysOf("§1234567890'^qwertzuiopü¨$asdfghjklöäyxcvbnm,.-", "°+\"*ç%&/()=?`QWERTZUIOPè!£ASDFGHJKLéàYXCVBNM;:_"),  // Swiss
		keysOf("²&é\"'(§è!çà)-azertyuiop^$µqsdfghjklmùwxcvbn,;:=", "³1234567890°_AZERTYUIOP¨*£QSDFGHJKLM%WXCVBN?./+"),  // Belgian
		keysOf("º1234567890'¡qwertyuiop`+çasdfghjklñ´zxcvbnm,.-", "ª!\"·$%&/()=?¿QWERTYUIOP^*ÇASDFGHJKLÑ¨ZXCVBNM;:_"),  // Spanish
		keysOf("\\1234567890'ìqwertyuiopè+ùasdfghjklòàzxcvbnm,.-", "|!\"£$%&/()=?^QWERTYUIOPé*§ASDFGHJKLç°ZXCVBNM;:_"), // Italian
		keysOf("§1234567890+´qwertyuiopå¨'asdfghjklöäzxcvbnm,.-", "½!\"#¤%&/()=?`QWERTYUIOPÅ^*ASDFGHJKLÖÄZXCVBNM;:_"),  // Swedish
		keysOf(";+ěščřžýáíé=´qwertzuiopú)¨asdfghjklů§yxcvbnm,.-", "°1234567890%ˇQWERTZUIOP/('ASDFGHJKL\"!YXCVBNM?:_"),  // Czech
		keysOf("\"1234567890*-qwertyuıopğü,asdfghjklşizxcvbnmöç.", "é!'^+%&/()=?_QWERTYUIOPĞÜ;ASDFGHJKLŞİZXCVBNMÖÇ:"),  // Turkish
		keysOf("ё1234567890-=йцукенгшщзхъ\\фывапролджэячсмитьбю.", "Ё!\"№;%:?*()_+ЙЦУКЕНГШЩЗХЪ/ФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,"), // Russian
	}
}

// lock is the effect of Caps Lock: on letters only, or on every key, as on Windows
// with a German or French layout.
type lock int

const (
	lockOff lock = iota
	lockLetters
	lockAll
)

// undoing maps each character that arrived to the character that was scanned, for a
// scanner and a computer with the given layouts.
func undoing(scanner, computer layout, caps lock) map[rune]rune {
	was := map[rune]rune{}
	for key := range scanner.plain {
		plain, shifted := computer.plain[key], computer.shifted[key]
		if caps == lockAll || caps == lockLetters && isLetterKey(plain, shifted) {
			plain, shifted = shifted, plain
		} else if caps == lockLetters && unicode.IsLower(plain) {
			plain = unicode.ToUpper(plain) // some systems make É of é, though a digit is above it
		}
		was[plain], was[shifted] = scanner.plain[key], scanner.shifted[key]
	}
	was[' '] = ' ' // the space bar is the same in every layout
	return was
}

// isLetterKey reports whether a key's two characters are one letter, small and
// capital, in Turkish too, where İ is the capital of i.
func isLetterKey(plain, shifted rune) bool {
	return unicode.ToUpper(plain) == shifted || unicode.TurkishCase.ToUpper(plain) == shifted
}

// undoings are the tables of every layout, in both directions, with every lock,
// most likely first. They are made once and never change.
var undoings = sync.OnceValue(func() []map[rune]rune {
	tables := []map[rune]rune{undoing(us(), us(), lockLetters), undoing(us(), us(), lockAll)}
	for _, caps := range []lock{lockOff, lockLetters, lockAll} {
		for _, other := range layouts() {
			tables = append(tables, undoing(us(), other, caps), undoing(other, us(), caps))
		}
	}
	return tables
})

// readings returns the texts that a scanner may have read when text arrived, each
// once and the most likely first, without text itself. likely checks the first
// characters of a reading, so that a wrong one costs little; nil accepts all.
func readings(text string, likely func(start string) bool) []string {
	known := map[string]bool{text: true}
	var found []string
	start := startOf(text)
	for _, was := range undoings() {
		if read, ok := undo(start, was); !ok || likely != nil && !likely(read) {
			continue
		}
		if read, ok := undo(text, was); ok && !known[read] {
			known[read] = true
			found = append(found, read)
		}
	}
	return found
}

// startOf returns the first characters of a text: enough for a quote, an AIM prefix
// and the first letters of a code.
func startOf(text string) string {
	signs := 0
	for at := range text {
		if signs == 8 {
			return text[:at]
		}
		signs++
	}
	return text
}

func undo(text string, was map[rune]rune) (string, bool) {
	var read strings.Builder
	for _, sign := range text {
		before, ok := was[sign]
		if !ok {
			return "", false
		}
		read.WriteRune(before)
	}
	return read.String(), true
}

// quotes are characters that some scanners and programs put around a text.
const quotes = "\"'`´“”„‟‘’‚‛«»‹›"

// visible removes invisible characters: byte order marks, line ends and other control
// characters everywhere, and spaces of every kind at both ends.
func visible(text string) string {
	return strings.TrimSpace(strings.Map(func(sign rune) rune {
		if unicode.IsControl(sign) || unicode.Is(unicode.Cf, sign) {
			return -1
		}
		return sign
	}, text))
}

// clean removes what scanners and programs put around a code: invisible characters,
// quotes, an AIM symbology prefix (] and a letter and a digit).
func clean(text string) string {
	text = visible(text)
	around := func(sign rune) bool { return unicode.IsSpace(sign) || strings.ContainsRune(quotes, sign) }
	text = strings.TrimFunc(text, around)
	if len(text) > 3 && text[0] == ']' && isASCIILetter(text[1]) && text[2] >= '0' && text[2] <= '9' {
		text = strings.TrimFunc(text[3:], around)
	}
	return text
}

func isASCIILetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }
