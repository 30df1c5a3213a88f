package text

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	joinerNot = '\u200c' // zero width non-joiner
	joiner    = '\u200d' // zero width joiner
	blank     = '\u2800' // a Braille pattern without dots looks like a space

	// maxMarks is how many nonspacing marks one letter may have. More do not occur
	// in words, and they cover the lines above and below (UTS #39, section 5.4).
	maxMarks = 4
)

// CheckName returns why a name of at most max characters cannot be shown: a problem
// of CheckLabel, or no letter and no digit.
func CheckName(name string, max int) error {
	if err := CheckLabel(name, max); err != nil {
		return err
	}
	if !readable([]rune(name)) {
		return errors.New("has no letter and no digit")
	}
	return nil
}

// CheckLabel returns why a text of at most max characters cannot be shown: it has
// invisible characters, or characters that change the direction of what follows.
func CheckLabel(name string, max int) error {
	switch {
	case !utf8.ValidString(name):
		return errors.New("is not UTF-8")
	case utf8.RuneCountInString(name) > max:
		return fmt.Errorf("has more than %d characters", max)
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !shown(runes, i):
			return fmt.Errorf("has the character U+%04X, which does not show", r)
		case piled(runes, i):
			return fmt.Errorf("has more than %d marks like U+%04X on one letter, or one on none", maxMarks, r)
		}
	}
	return nil
}

// CheckLines is CheckLabel for a text of several lines, which "\n" ends.
func CheckLines(lines string, max, most int) error {
	if utf8.RuneCountInString(lines) > max {
		return fmt.Errorf("has more than %d characters", max)
	}
	if strings.Count(lines, "\n") >= most {
		return fmt.Errorf("has more than %d lines", most)
	}
	for line := range strings.SplitSeq(lines, "\n") {
		if err := CheckLabel(line, max); err != nil {
			return err
		}
	}
	return nil
}

// CleanName removes what CheckName refuses from a name, trims it and cuts it to max
// characters. It returns "" when nothing readable is left.
func CleanName(name string, max int) string {
	runes := []rune(strings.ToValidUTF8(name, ""))
	kept := make([]rune, 0, len(runes))
	for i, r := range runes {
		switch {
		case shown(runes, i):
			if kept = append(kept, r); piled(kept, len(kept)-1) {
				kept = kept[:len(kept)-1]
			}
		case unicode.IsSpace(r): // a line break separates two words
			kept = append(kept, ' ')
		}
	}
	if len(kept) > max {
		kept = kept[:max]
	}
	// A removed character may have been what a joiner or a mark needs beside it, so
	// repeat until nothing changes.
	for left := len(kept) + 1; left > len(kept); {
		left = len(kept)
		for i := len(kept) - 1; i >= 0; i-- {
			if !shown(kept, i) || piled(kept, i) {
				kept = append(kept[:i], kept[i+1:]...)
			}
		}
	}
	if !readable(kept) {
		return ""
	}
	return strings.TrimSpace(string(kept))
}

// shown reports whether the character at i is visible in its place. A joiner shapes
// the letters on both sides, as Persian and Indian scripts need; a variation
// selector chooses a form of the character before it.
func shown(runes []rune, i int) bool {
	r := runes[i]
	switch {
	case r == joiner || r == joinerNot:
		return i > 0 && i+1 < len(runes) && letter(runes[i-1]) && letter(runes[i+1])
	case unicode.Is(unicode.Variation_Selector, r):
		return i > 0 && unicode.IsGraphic(runes[i-1]) && !invisible(runes[i-1]) && !unicode.IsSpace(runes[i-1])
	}
	return unicode.IsGraphic(r) && !invisible(r)
}

// piled reports whether the rune at i is a nonspacing mark beyond maxMarks, or a
// mark without a letter.
func piled(runes []rune, i int) bool {
	marks := 0
	for ; i >= 0 && unicode.In(runes[i], unicode.Mn, unicode.Me); i-- {
		if unicode.Is(unicode.Variation_Selector, runes[i]) {
			return false // see shown
		}
		marks++
	}
	return marks > maxMarks || marks > 0 && (i < 0 || unicode.IsSpace(runes[i]))
}

// letter reports whether r is a visible letter or mark.
func letter(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsMark(r)) && !invisible(r)
}

// invisible reports whether r is invisible although its category is that of
// letters, marks or symbols.
func invisible(r rune) bool {
	return r == blank || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r)
}

// readable reports whether there is a visible letter or digit.
func readable(runes []rune) bool {
	for _, r := range runes {
		if (unicode.IsLetter(r) || unicode.IsNumber(r)) && !invisible(r) {
			return true
		}
	}
	return false
}
