package logo

import (
	"regexp"
	"slices"
	"strings"
)

// The namespaces of an SVG.
const (
	svgSpace   = "http://www.w3.org/2000/svg"
	xlinkSpace = "http://www.w3.org/1999/xlink"
	xmlSpace   = "http://www.w3.org/XML/1998/namespace"
)

// allowedElements of an SVG. None of them runs, loads or moves anything.
func allowedElement(name string) bool {
	switch name {
	case "svg", "g", "defs", "symbol", "use", "title", "desc",
		"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan",
		"linearGradient", "radialGradient", "stop", "clipPath", "mask":
		return true
	}
	return false
}

// isEditors reports whether a namespace belongs to what editors write for themselves.
// Browsers draw nothing of it.
func isEditors(space string) bool {
	for _, prefix := range []string{
		"http://www.inkscape.org/namespaces/", "http://sodipodi.sourceforge.net/", "http://www.w3.org/1999/02/22-rdf-syntax-ns",
		"http://creativecommons.org/ns", "http://web.resource.org/cc/", "http://purl.org/dc/", "http://ns.adobe.com/",
		"http://www.bohemiancoding.com/sketch/", "http://www.serif.com/", "http://www.figma.com/", "http://vectornator.io", "http://www.corel.com/",
	} {
		if strings.HasPrefix(space, prefix) {
			return true
		}
	}
	return false
}

// kind says what the value of an attribute may be.
type kind int

const (
	numbers   kind = iota // numbers and lengths
	paint                 // a color, or a gradient of this file
	reference             // an element of this file
	word                  // a keyword
	shape                 // the data of a path
	transform             // a list of transforms
	fonts                 // names of fonts
	identity              // the name of an element
)

// allowedAttribute returns what the value of an attribute may be.
func allowedAttribute(name string) (kind, bool) {
	switch name {
	case "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "fr", "dx", "dy", "rotate", "width", "height", "viewBox", "points", "offset", "pathLength", "textLength",
		"opacity", "fill-opacity", "stroke-opacity", "stop-opacity", "stroke-width", "stroke-miterlimit", "stroke-dasharray", "stroke-dashoffset", "font-size", "letter-spacing", "word-spacing":
		return numbers, true
	case "fill", "stroke", "stop-color", "color":
		return paint, true
	case "clip-path", "mask":
		return reference, true
	case "fill-rule", "clip-rule", "stroke-linecap", "stroke-linejoin", "visibility", "display", "gradientUnits", "spreadMethod", "clipPathUnits", "maskUnits", "maskContentUnits", "preserveAspectRatio",
		"text-anchor", "font-weight", "font-style", "font-stretch", "dominant-baseline", "shape-rendering", "paint-order", "vector-effect", "lengthAdjust", "text-decoration", "writing-mode", "direction", "mask-type":
		return word, true
	case "d":
		return shape, true
	case "transform", "gradientTransform":
		return transform, true
	case "font-family":
		return fonts, true
	case "id":
		return identity, true
	}
	return 0, false
}

// values are the forms of the kinds of values.
var values = map[kind]*regexp.Regexp{
	numbers:   regexp.MustCompile(`^(?:[\s,]*[-+]?(?:[0-9]{1,9}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE][-+]?[0-9]{1,2})?(?:px|pt|pc|mm|cm|in|em|ex|%)?)*[\s,]*$`),
	paint:     regexp.MustCompile(`^(?:[a-zA-Z]{1,30}|#[0-9a-fA-F]{3,8}|(?:rgb|rgba|hsl|hsla)\([0-9.,%/\s+-]{1,60}\)|url\(#[A-Za-z_][\w.:-]{0,79}\))$`),
	reference: regexp.MustCompile(`^(?:none|url\(#[A-Za-z_][\w.:-]{0,79}\))$`),
	word:      regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9 -]{0,59}$`),
	shape:     regexp.MustCompile(`^[MmZzLlHhVvCcSsQqTtAaeE0-9\s,.+-]*$`),
	transform: regexp.MustCompile(`^(?:\s*(?:matrix|translate|scale|rotate|skewX|skewY)\s*\([-+0-9.eE,\s]+\)[\s,]*)*$`),
	fonts:     regexp.MustCompile(`^[\p{L}\p{N} ,'"-]{1,200}$`),
	identity:  regexp.MustCompile(`^[A-Za-z_][\w.:-]{0,79}$`),
}

// quotedLink is a link as CSS may write it.
var quotedLink = regexp.MustCompile(`^url\(\s*["']?#([A-Za-z_][\w.:-]{0,79})["']?\s*\)$`)

// allowedValue reports whether an attribute may have this value.
func allowedValue(of kind, value string) bool {
	value = strings.TrimSpace(value)
	return value == "" && of != identity || values[of].MatchString(value)
}

// harmless are attributes and properties that are left out although browsers know them: a
// logo looks the same without them.
func harmless(name string) bool {
	return strings.HasPrefix(name, "data-") || strings.HasPrefix(name, "aria-") || strings.HasPrefix(name, "-inkscape-") || slices.Contains([]string{
		"version", "baseProfile", "enable-background", "role", "lang", "focusable", "tabindex", "contentScriptType", "contentStyleType", "zoomAndPan", "xml:space", "xml:lang",
		"image-rendering", "color-rendering", "text-rendering", "color-interpolation", "color-interpolation-filters", "isolation", "overflow", "class",
		"font-variant", "font-variant-ligatures", "font-variant-caps", "font-variant-numeric", "font-variant-east-asian", "font-variant-position", "font-variant-alternates", "font-feature-settings", "font-variation-settings",
		"line-height", "text-align", "text-indent", "text-transform", "text-decoration-line", "text-decoration-style", "text-decoration-color", "text-orientation", "white-space", "shape-padding", "shape-margin", "inline-size",
		"solid-color", "solid-opacity", "baseline-shift", "clip", "block-progression", "-webkit-text-size-adjust", "font-size-adjust", "font-kerning", "type",
	}, name)
}
