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

// missing stands for letters that cannot be drawn.
const missing = '▯'

// scripts are those whose letters stand one after another as they are. The font
// has Arabic and Hebrew letters too, but to write them takes more than putting
// them in a row, and a name written wrong is worse than one left out.
var scripts = []*unicode.RangeTable{unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Georgian, unicode.Common}

// fonts are both faces, parsed once: they are only asked whether they have a
// letter.
var fonts = sync.OnceValue(func() []*sfnt.Font {
	var parsed []*sfnt.Font
	for _, text := range [][]byte{dejavusans.TTF, dejavusansbold.TTF} {
		font, err := sfnt.Parse(text)
		if err != nil {
			panic(err) // the font is a constant
		}
		parsed = append(parsed, font)
	}
	return parsed
})

// drawable returns text as it can be drawn, and whether that is all of it: each
// run of letters that are in no font here becomes one ▯.
func drawable(text string) (string, bool) {
	var out strings.Builder
	whole, gap := true, false
	for _, r := range norm.NFC.String(strings.ToValidUTF8(text, "\uFFFD")) {
		switch {
		case unicode.IsSpace(r):
			out.WriteRune(' ')
			gap = false
		case unicode.Is(unicode.Cf, r) || unicode.IsControl(r) || unicode.Is(unicode.Variation_Selector, r):
			// Marks of direction and of joining: nothing to see.
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

// titled is text as fpdf can write it outside a page: it writes UTF-16, and a
// letter that takes two units of it as two wrong ones.
func titled(text string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xFFFF {
			return missing
		}
		return r
	}, text)
}
