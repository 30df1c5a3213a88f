package gate

import (
	"strings"
	"sync"
	"unicode"
)

// A hand scanner is a keyboard: it presses the keys that make its text on the
// layout it is set to, and the computer reads them by the layout of its own.
// Where the two differ, or Caps Lock is on, a code arrives as other signs. Here
// that is undone; the signature of what comes out tells whether it was right.

// layout is a keyboard's signs, key by key in the order of us.
type layout struct{ plain, shifted []rune }

func keysOf(plain, shifted string) layout { return layout{[]rune(plain), []rune(shifted)} }

// us is the layout that scanners are set to when they leave the factory. Keys of
// the other layouts stand in the same order; a space is a key without a sign.
func us() layout {
	return keysOf("`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./", "~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:\"ZXCVBNM<>?")
}

// layouts are those that are undone. One more is one more line.
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

// lock is what Caps Lock does: to letters alone, or to every key, as a
// typewriter's shift lock does on Windows with a German or French layout.
type lock int

const (
	lockOff lock = iota
	lockLetters
	lockAll
)

// undoing returns what each sign was, that a scanner set to scanner typed on a
// computer set to computer.
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
	was[' '] = ' ' // the bar is where it is
	return was
}

// isLetterKey reports whether a key's two signs are one letter, small and capital,
// in Turkish too, where İ is the capital of i.
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

// readings returns what a scanner may have read, that typed text, most likely
// first: without text itself, each once. likely is asked of the first signs of
// each reading, so that one that is wrong costs little; nil takes all.
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

// startOf returns the first signs of a text: a quote, an AIM prefix and the first
// letters of a code fit into it.
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

// quotes are signs that some scanners and programs put around what they read.
const quotes = "\"'`´“”„‟‘’‚‛«»‹›"

// visible drops what cannot be seen: byte order marks, line ends and other control
// characters wherever they are, spaces of every kind at both ends.
func visible(text string) string {
	return strings.TrimSpace(strings.Map(func(sign rune) rune {
		if unicode.IsControl(sign) || unicode.Is(unicode.Cf, sign) {
			return -1
		}
		return sign
	}, text))
}

// clean takes off what scanners and programs put around a code: what cannot be
// seen, quotes, an AIM symbology prefix (] and a letter and a digit).
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
