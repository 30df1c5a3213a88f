package paper

import (
	"strings"
	"sync"
	"unicode"

	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/go-fonts/dejavu/dejavusansbold"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// Missing replaces letters that cannot be drawn.
const Missing = "▯"

const missing = '▯'

// CanWrite reports whether the font has every letter of a text.
func CanWrite(text string) bool {
	_, whole := drawable(text)
	return whole
}

// scripts are the scripts that are written letter by letter from left to right. The
// font has Arabic and Hebrew letters too, but drawing them needs joining and
// direction, and a name drawn wrong is worse than one left out.
var scripts = []*unicode.RangeTable{unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Georgian, unicode.Common}

// fonts are both faces, parsed once. They are used only to look up whether a letter
// exists.
var fonts = sync.OnceValue(func() []*sfnt.Font {
	var parsed []*sfnt.Font
	for _, text := range [][]byte{dejavusans.TTF, dejavusansbold.TTF} {
		font, err := sfnt.Parse(text)
		if err != nil {
			panic(err) // impossible: the font is part of the program
		}
		parsed = append(parsed, font)
	}
	return parsed
})

// drawable returns text with each run of letters that cannot be drawn replaced by one
// ▯, and whether nothing was replaced.
func drawable(text string) (string, bool) {
	var out strings.Builder
	whole, gap := true, false
	for _, r := range norm.NFC.String(strings.ToValidUTF8(text, "\uFFFD")) {
		switch {
		case unicode.IsSpace(r):
			out.WriteRune(' ')
			gap = false
		case unicode.Is(unicode.Cf, r) || unicode.IsControl(r) || unicode.Is(unicode.Variation_Selector, r):
			// Direction and joining marks are invisible.
		case canDraw(r):
			out.WriteRune(r)
			gap = false
		case unicode.Is(unicode.Mn, r) && !gap && out.Len() > 0:
			whole = false // an accent that no letter of the font has: the letter stays
		default:
			whole = false
			if !gap {
				out.WriteRune(missing)
			}
			gap = true
		}
	}
	return strings.TrimSpace(out.String()), whole
}

func canDraw(r rune) bool {
	// fpdf counts in sixteen bits.
	if r > 0xFFFF || r == unicode.ReplacementChar || !unicode.In(r, scripts...) {
		return false
	}
	for _, font := range fonts() {
		if glyph, err := font.GlyphIndex(nil, r); err != nil || glyph == 0 {
			return false
		}
	}
	return true
}

// titled is text for a PDF's title. fpdf writes the title in UTF-16 and gets letters
// wrong that need two units, so these are replaced.
func titled(text string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xFFFF {
			return missing
		}
		return r
	}, text)
}
