package gate

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A hand scanner acts as a keyboard. It presses the keys that type the code on the
// layout of the scanner, and the computer reads the keys by the layout of the computer.
// If the layouts differ or Caps Lock is on, the code arrives as other characters. This
// file undoes that by trying layouts. The signature of the code tells whether a try was
// right.

// layout is the characters of a keyboard, key by key in the order of us.
type layout struct{ plain, shifted []rune }

func keysOf(plain, shifted string) layout { return layout{[]rune(plain), []rune(shifted)} }

// us is the factory setting of scanners. The other layouts list their keys in the same
// order. A space stands for a key without a character.
func us() layout {
	return keysOf("`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./", "~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:\"ZXCVBNM<>?")
}

// layouts returns the layouts that readings tries. To support another layout, add a line.
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

// lock is the effect of Caps Lock: none, on letters only, or on every key. The last is
// the effect on Windows with a German or French layout.
type lock int

const (
	lockOff lock = iota
	lockLetters
	lockAll
)

// undoing returns a table from the character that the computer received to the character
// that the scanner meant, for the layouts of both.
func undoing(scanner, computer layout, caps lock) map[rune]rune {
	was := map[rune]rune{}
	for key := range scanner.plain {
		plain, shifted := computer.plain[key], computer.shifted[key]
		if caps == lockAll || caps == lockLetters && isLetterKey(plain, shifted) {
			plain, shifted = shifted, plain
		} else if caps == lockLetters && unicode.IsLower(plain) {
			plain = unicode.ToUpper(plain) // some systems type É for é, although the shifted key is a digit
		}
		was[plain], was[shifted] = scanner.plain[key], scanner.shifted[key]
	}
	was[' '] = ' ' // the space bar is the same on every layout
	return was
}

// isLetterKey reports whether the two characters of a key are a lower-case letter and its
// capital, also in Turkish, where İ is the capital of i.
func isLetterKey(plain, shifted rune) bool {
	return unicode.ToUpper(plain) == shifted || unicode.TurkishCase.ToUpper(plain) == shifted
}

// undoings returns the tables of every layout, in both directions, with every lock, the
// most likely first. The tables are made once and never change.
var undoings = sync.OnceValue(func() []map[rune]rune {
	tables := []map[rune]rune{undoing(us(), us(), lockLetters), undoing(us(), us(), lockAll)}
	for _, caps := range []lock{lockOff, lockLetters, lockAll} {
		for _, other := range layouts() {
			tables = append(tables, undoing(us(), other, caps), undoing(other, us(), caps))
		}
	}
	return tables
})

// readings returns the codes that a scanner may have read when it typed text, the most
// likely first, without duplicates and without text itself. readings skips a code whose
// first characters likely rejects, which saves work; nil accepts all.
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

// startOf returns the first eight characters of a text: enough for a quote, an AIM prefix
// and the first letters of a code.
func startOf(text string) string {
	characters := 0
	for at := range text {
		if characters == 8 {
			return text[:at]
		}
		characters++
	}
	return text
}

// undo translates a text by a table. False means that the table lacks a character.
func undo(text string, was map[rune]rune) (string, bool) {
	var read strings.Builder
	for _, r := range text {
		before, known := was[r]
		if known && inCodes(before) {
			read.WriteRune(before)
			continue
		}
		// On some layouts è is a key and also what a dead key and e type.
		accent, letter, ok := deadKey(r)
		switch {
		case ok && inCodes(was[accent]) && inCodes(was[letter]):
			read.WriteRune(was[accent])
			read.WriteRune(was[letter])
		case known:
			read.WriteRune(before)
		default:
			return "", false
		}
	}
	return read.String(), true
}

// inCodes reports whether some code has a character.
func inCodes(r rune) bool {
	return r < unicode.MaxASCII && isASCIILetter(byte(r)) || r >= '0' && r <= ':' || r != 0 && strings.ContainsRune(" $%*+-./_", r)
}

// deadKey returns the two keys that type an accented letter on layouts with dead keys: a
// key such as ` types nothing by itself and puts its accent on the next letter. So a
// German computer receives À where the scanner typed +A.
func deadKey(r rune) (accent, letter rune, ok bool) {
	apart := []rune(norm.NFD.String(string(r)))
	if len(apart) != 2 {
		return 0, 0, false
	}
	switch apart[1] {
	case '\u0300':
		accent = '`'
	case '\u0301':
		accent = '´'
	case '\u0302':
		accent = '^'
	case '\u0308':
		accent = '¨'
	case '\u030c':
		accent = 'ˇ'
	default:
		return 0, 0, false
	}
	return accent, apart[0], true
}

// quotes are the quotation marks that some scanners and programs put around a code.
const quotes = "\"'`´“”„‟‘’‚‛«»‹›"

// visible removes invisible characters: byte order marks, line ends and other control
// characters everywhere, and spaces of every kind at both ends.
func visible(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text))
}

// clean removes invisible characters, and from both ends of a text what scanners and
// programs add: quotes, and the AIM symbology prefix (] and a letter and a digit).
func clean(text string) string {
	text = visible(text)
	around := func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(quotes, r) }
	text = strings.TrimFunc(text, around)
	if len(text) > 3 && text[0] == ']' && isASCIILetter(text[1]) && text[2] >= '0' && text[2] <= '9' {
		text = strings.TrimFunc(text[3:], around)
	}
	return text
}

func isASCIILetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }
