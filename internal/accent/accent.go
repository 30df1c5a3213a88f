// Package accent derives the colors of a page from one color that an organizer chooses,
// for light and dark pages, and refuses a color that people with weak eyes could not
// read.
//
// Entry points: [Parse] reads a color, [Derive] makes a [Palette] of it, [Palette.Sheet]
// writes the palette as a style sheet. The contrast is that of WCAG 2.2, "contrast ratio".
//
// The package computes only: it knows no season, and no request.
package accent

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Least is the least contrast that text needs (WCAG 2.2, success criterion 1.4.3).
const Least = 4.5

// Color is a color in sRGB.
type Color struct{ R, G, B uint8 }

// Scheme are the colors of a page in light or in dark.
type Scheme struct {
	Accent Color // of links, figures and buttons
	Strong Color // of a button under the pointer
	On     Color // of text on Accent and on Strong
	Tint   Color // of areas behind text
	// Contrast is the least contrast of Accent with what it stands on.
	Contrast float64
}

// Palette are the derived colors.
type Palette struct{ Light, Dark Scheme }

// The backgrounds of the pages, as web/app/style.css has them; a test compares both.
var (
	lightGrounds = [...]Color{{0xfa, 0xf7, 0xf2}, {0xff, 0xff, 0xff}} // --paper, --card
	darkGrounds  = [...]Color{{0x15, 0x13, 0x1c}, {0x1f, 0x1c, 0x29}}
	white        = Color{0xff, 0xff, 0xff}
	black        = Color{}
	night        = Color{0x15, 0x13, 0x1c} // text on a light button of a dark page
)

const (
	darkAim   = 5.5  // contrast of the derived color on dark pages: a little more than needed
	lightTint = 0.12 // the share of the accent in an area behind text
	darkTint  = 0.2
)

// Parse reads a color like "#5b3fa8".
func Parse(text string) (Color, error) {
	n, err := strconv.ParseUint(text[min(1, len(text)):], 16, 24)
	if len(text) != 7 || text[0] != '#' || err != nil {
		return Color{}, fmt.Errorf("is a color like #5b3fa8, not %q", text)
	}
	return Color{uint8(n >> 16), uint8(n >> 8 & 0xff), uint8(n & 0xff)}, nil
}

// String writes the color as Parse reads it, in lower case.
func (c Color) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// Contrast returns the contrast ratio of two colors: 1 to 21.
func Contrast(a, b Color) float64 {
	light, dark := luminance(a), luminance(b)
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

func luminance(c Color) float64 {
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// linear returns a component without the gamma of sRGB.
func linear(component uint8) float64 {
	v := float64(component) / 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// Derive makes the palette of a color. The color itself is the accent of light pages; for
// dark pages it is made lighter, in the same hue. An error says which contrast is too low,
// and names a color near it that would do.
func Derive(c Color) (Palette, error) {
	if ground, contrast := weakest(c, lightGrounds[:]); contrast < Least {
		near, ok := adjusted(c, -1, func(c Color) bool { _, contrast := weakest(c, lightGrounds[:]); return contrast >= Least })
		if !ok {
			return Palette{}, errors.New("cannot be made readable") // black can
		}
		return Palette{}, fmt.Errorf("%s has a contrast of %.2f on the background %s of light pages, and at least %.1f is needed: take a darker color, such as %s", c, math.Floor(contrast*100)/100, ground, Least, near)
	}
	light := Scheme{Accent: c, Strong: mix(c, black, 0.2), On: white}
	// White behind a readable color is readable, so a tint exists that is.
	for share := lightTint; ; share -= 0.01 {
		light.Tint = mix(white, c, max(share, 0))
		if Contrast(c, light.Tint) >= Least || share <= 0 {
			break
		}
	}
	_, light.Contrast = weakest(c, append(lightGrounds[:], light.Tint))

	dark := Scheme{On: night}
	dark.Tint = mix(darkGrounds[1], c, darkTint)
	if luminance(dark.Tint) > maxDarkTint {
		dark.Tint = darkGrounds[1]
	}
	grounds := append(darkGrounds[:], dark.Tint)
	lighter, ok := adjusted(c, 1, func(c Color) bool { _, contrast := weakest(c, grounds); return contrast >= darkAim })
	if !ok {
		lighter = white
	}
	dark.Accent, dark.Strong = lighter, mix(lighter, white, 0.3)
	_, dark.Contrast = weakest(lighter, grounds)
	return Palette{light, dark}, nil
}

// maxDarkTint is the most luminance of an area behind text on a dark page, on which soft
// text can still be read.
const maxDarkTint = 0.03

// weakest returns the background on which a color has the least contrast.
func weakest(c Color, grounds []Color) (on Color, contrast float64) {
	contrast = math.Inf(1)
	for _, ground := range grounds {
		if got := Contrast(c, ground); got < contrast {
			on, contrast = ground, got
		}
	}
	return on, contrast
}

func mix(a, b Color, share float64) Color {
	one := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-share) + float64(b)*share)) }
	return Color{one(a.R, b.R), one(a.G, b.G), one(a.B, b.B)}
}

// adjusted makes a color lighter (direction 1) or darker (-1) in small steps until it does,
// and keeps its hue. ok is false when no step does.
func adjusted(c Color, direction float64, does func(Color) bool) (found Color, ok bool) {
	lightness, a, b := toOKLab(c)
	for ; lightness >= 0 && lightness <= 1; lightness += direction * 0.005 {
		if step := fromOKLab(lightness, a, b); does(step) {
			return step, true
		}
	}
	for _, end := range []Color{black, white} {
		if does(end) {
			return end, true
		}
	}
	return c, false
}

// OKLab (Björn Ottosson, "A perceptual color space for image processing", 2020) changes the
// lightness of a color without changing its hue, as people see both.

func toOKLab(c Color) (lightness, a, b float64) {
	r, g, bl := linear(c.R), linear(c.G), linear(c.B)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*bl)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*bl)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*bl)
	return 0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s
}

// fromOKLab returns the color, with as much of its chroma as sRGB can show.
func fromOKLab(lightness, a, b float64) Color {
	for chroma := 1.0; ; chroma -= 0.02 {
		r, g, bl := toLinear(lightness, a*max(chroma, 0), b*max(chroma, 0))
		fits := func(v float64) bool { return v >= -0.0005 && v <= 1.0005 }
		if fits(r) && fits(g) && fits(bl) || chroma <= 0 {
			return Color{gamma(r), gamma(g), gamma(bl)}
		}
	}
}

func toLinear(lightness, a, b float64) (red, green, blue float64) {
	cube := func(v float64) float64 { return v * v * v }
	l := cube(lightness + 0.3963377774*a + 0.2158037573*b)
	m := cube(lightness - 0.1055613458*a - 0.0638541728*b)
	s := cube(lightness - 0.0894841775*a - 1.2914855480*b)
	return 4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s
}

// gamma is the inverse of linear.
func gamma(v float64) uint8 {
	v = min(max(v, 0), 1)
	if v <= 0.0031308 {
		v *= 12.92
	} else {
		v = 1.055*math.Pow(v, 1/2.4) - 0.055
	}
	return uint8(math.Round(v * 255))
}

// Sheet writes the palette as a style sheet that replaces the colors of the app's own. The
// colors of the seat map stay: they tell seats apart, which a house's color may not.
func (p Palette) Sheet() []byte {
	colors := func(s Scheme) string {
		return fmt.Sprintf("--accent: %s; --accent-strong: %s; --on-accent: %s; --tint: %s;", s.Accent, s.Strong, s.On, s.Tint)
	}
	return fmt.Appendf(nil, ":root { %s }\n@media (prefers-color-scheme: dark) { :root { %s } }\n", colors(p.Light), colors(p.Dark))
}
