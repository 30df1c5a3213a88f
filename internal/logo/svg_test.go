package logo

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
)

func inSVG(inner string) string {
	return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 120 40">` + inner + `</svg>`
}

// TestHostilePicturesAreRefused: each is refused, and the message names what is wrong.
func TestHostilePicturesAreRefused(t *testing.T) {
	t.Parallel()
	nested := strings.Repeat("<g>", 60) + strings.Repeat("</g>", 60)
	var laughs, masks strings.Builder
	for i := range 12 {
		fmt.Fprintf(&laughs, `<g id="a%d">%s</g>`, i, strings.Repeat(fmt.Sprintf(`<use href="#a%d"/>`, i-1), 10*min(i, 1))+`<rect width="1" height="1"/>`)
		fmt.Fprintf(&masks, `<mask id="a%d">%s</mask>`, i, strings.Repeat(fmt.Sprintf(`<rect mask="url(#a%d)"/>`, i-1), 10*min(i, 1)))
	}
	for name, c := range map[string]struct{ text, says string }{
		"script":                         {inSVG(`<script>alert(1)</script>`), "script"},
		"script in a defs":               {inSVG(`<defs><script href="https://evil.example/x.js"/></defs>`), "script"},
		"script in another case":         {inSVG(`<SCRIPT>alert(1)</SCRIPT>`), "SCRIPT"},
		"script with a prefix":           {`<s:svg xmlns:s="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><s:script>1</s:script></s:svg>`, "script"},
		"script of XHTML":                {inSVG(`<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script>`), "script"},
		"script below an editor's":       {inSVG(`<g><x:y xmlns:x="urn:x"><script/></x:y></g>`), "the element y"},
		"foreignObject":                  {inSVG(`<foreignObject width="9" height="9"><body xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>`), "foreignObject"},
		"iframe":                         {inSVG(`<iframe xmlns="http://www.w3.org/1999/xhtml" src="javascript:alert(1)"/>`), "iframe"},
		"image":                          {inSVG(`<image href="https://evil.example/pixel.png"/>`), "image"},
		"image of data":                  {inSVG(`<image xlink:href="data:image/svg+xml;base64,PHN2Zz4="/>`), "image"},
		"a link":                         {inSVG(`<a href="javascript:alert(1)"><text>Tickets</text></a>`), "the element a"},
		"an animation":                   {inSVG(`<rect width="9"><animate attributeName="href" to="javascript:alert(1)"/></rect>`), "animate"},
		"a set":                          {inSVG(`<set attributeName="onmouseover" to="alert(1)"/>`), "the element set"},
		"a filter":                       {inSVG(`<filter id="f"><feImage href="//evil.example/x"/></filter>`), "filter"},
		"a pattern":                      {inSVG(`<pattern id="p"/>`), "pattern"},
		"a font":                         {inSVG(`<font-face-uri href="//evil.example/x"/>`), "font-face-uri"},
		"handler":                        {inSVG(`<rect onload="alert(1)" width="9"/>`), "onload"},
		"handler on the outermost":       {`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" onload="alert(1)"/>`, "onload"},
		"handler in another case":        {inSVG(`<rect OnClick="alert(1)"/>`), "OnClick"},
		"handler that is none":           {inSVG(`<rect onclick="none"/>`), "onclick"},
		"handler with a prefix":          {inSVG(`<rect xlink:onclick="alert(1)"/>`), "xlink:onclick"},
		"handler of another space":       {inSVG(`<rect xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="load"/>`), "event"},
		"use of another file":            {inSVG(`<use href="https://evil.example/x.svg#a"/>`), "href"},
		"use of another file, xlink":     {inSVG(`<use xlink:href="//evil.example/x.svg#a"/>`), "href"},
		"use of data":                    {inSVG(`<use href="data:image/svg+xml,x#a"/>`), "href"},
		"use without its target":         {inSVG(`<use href="#none"/>`), `"none"`},
		"use of two":                     {inSVG(`<g id="a"/><g id="b"/><use href="#a" xlink:href="#b"/>`), "href"},
		"href on a shape":                {inSVG(`<rect id="a" href="#a"/>`), "href"},
		"src":                            {inSVG(`<rect src="//evil.example"/>`), "src"},
		"fill from elsewhere":            {inSVG(`<rect fill="url(https://evil.example/x.svg#a)"/>`), "fill"},
		"fill from elsewhere, quoted":    {inSVG(`<rect fill="url('//evil.example/x#a')"/>`), "fill"},
		"fill with a second address":     {inSVG(`<linearGradient id="a"/><rect fill="url(#a) url(//evil.example)"/>`), "fill"},
		"mask from elsewhere":            {inSVG(`<rect mask="url(//evil.example/#a)"/>`), "mask"},
		"filter as an attribute":         {inSVG(`<rect filter="url(#a)"/>`), "filter"},
		"cursor":                         {inSVG(`<rect cursor="url(//evil.example/c.cur), auto"/>`), "cursor"},
		"marker":                         {inSVG(`<path d="M0 0" marker-end="url(#m)"/>`), "marker-end"},
		"an unknown attribute":           {inSVG(`<rect frobnicate="1"/>`), "frobnicate"},
		"a harmless one with an address": {inSVG(`<rect clip="url(//evil.example)"/>`), "clip"},
		"xml:base":                       {inSVG(`<g xml:base="https://evil.example/"><use href="#a"/></g>`), `"a"`},
		"style with an address":          {inSVG(`<rect style="background:url(//evil.example/x)"/>`), "background"},
		"style, fill with an address":    {inSVG(`<rect style="fill:URL(//evil.example/x#y)"/>`), "fill"},
		"style with an escape":           {inSVG(`<rect style="fi\6cl:red"/>`), "style"},
		"style with an import":           {inSVG(`<style>@import "//evil.example/x.css";</style>`), "@import"},
		"style with a font":              {inSVG(`<style>@font-face{font-family:x;src:url(//evil.example/x)}</style>`), "style sheet"},
		"style with an expression":       {inSVG(`<rect style="width:expression(alert(1))"/>`), "width"},
		"style with a binding":           {inSVG(`<rect style="-moz-binding:url(//evil.example)"/>`), "-moz-binding"},
		"style with a comment":           {inSVG(`<rect style="fill:u/**/rl(//evil.example)"/>`), "fill"},
		"style with a variable":          {inSVG(`<rect style="fill:var(--x)"/>`), "fill"},
		"style with a selector":          {inSVG(`<style>rect[x^="1"]{fill:red}</style>`), "selector"},
		"style for another medium":       {inSVG(`<style media="print">rect{fill:red}</style>`), "media"},
		"style with elements":            {inSVG(`<style><g/></style>`), "style sheet"},
		"style in CDATA":                 {inSVG(`<style><![CDATA[ rect { fill: url(//evil.example/a) } ]]></style><rect/>`), "fill"},
		"entities":                       {`<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><text>&b;</text></svg>`, "entities"},
		"an entity of a file":            {`<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"><text>&a;</text></svg>`, "entities"},
		"an undeclared entity":           {inSVG(`<text>&nbsp;</text>`), "well-formed"},
		"an instruction":                 {`<?xml-stylesheet href="//evil.example/x.css"?>` + inSVG(""), "xml-stylesheet"},
		"an instruction inside":          {inSVG(`<?php phpinfo() ?>`), "php"},
		"another encoding":               {`<?xml version="1.0" encoding="UTF-7"?>` + inSVG("+ADw-script+AD4-"), "well-formed"},
		"no UTF-8":                       {inSVG("<text>\xff</text>"), "UTF-8"},
		"a character that is none":       {inSVG("<text>\x01</text>"), "well-formed"},
		"HTML":                           {`<html><body><script>alert(1)</script></body></html>`, "svg"},
		"no namespace":                   {`<svg viewBox="0 0 1 1"/>`, "xmlns"},
		"two outermost":                  {inSVG("") + inSVG(""), "outermost"},
		"text behind":                    {inSVG("") + "<!-- --> alert(1)", "outside"},
		"not closed":                     {`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">`, "well-formed"},
		"closed wrongly":                 {`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><g></svg></g>`, "well-formed"},
		"an attribute twice":             {inSVG(`<rect x="1" x="2"/>`), "twice"},
		"an id twice":                    {inSVG(`<g id="a"/><g id="a"/>`), "twice"},
		"text in a shape":                {inSVG(`<g>alert(1)</g>`), "text in a g"},
		"svg in an svg":                  {inSVG(`<svg/>`), "svg inside"},
		"too deep":                       {inSVG(nested), "deep"},
		"too many":                       {inSVG(strings.Repeat("<g/>", maxElements)), "elements"},
		"too many comments":              {inSVG(strings.Repeat("<g/> ", maxElements-1) + strings.Repeat("<!---->", maxTokens-2*maxElements)), "parts"},
		"too large":                      {inSVG(strings.Repeat(" ", maxSVG)), "bytes"},
		"a billion laughs":               {inSVG(laughs.String()), "draws more than"},
		"laughs through masks":           {inSVG(masks.String()), "draws more than"},
		"a circle":                       {inSVG(`<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>`), "draws itself"},
		"itself":                         {inSVG(`<g id="a"><use href="#a"/></g>`), "draws itself"},
		"a circle of gradients":          {inSVG(`<linearGradient id="a" href="#b"/><linearGradient id="b" href="#a"/>`), "draws itself"},
		"no size":                        {`<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="100%"/>`, "size"},
		"no area":                        {`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 0 10"/>`, "viewBox"},
		"a huge area":                    {`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1e9 1e9"/>`, "viewBox"},
		"a line":                         {`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 1"/>`, "50 times"},
	} {
		p, err := Clean([]byte(c.text))
		if err == nil {
			t.Errorf("%s is accepted as %s", name, p.Data)
		} else if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want it to name %q", name, err, c.says)
		}
	}
}

// TestPicturesOfEditorsAreKept: what Inkscape, Illustrator and Figma write is accepted, and
// turned into attributes.
func TestPicturesOfEditorsAreKept(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text, want string
		removed    []string
	}{
		"plain": {
			inSVG(`<title>Opera &amp; House</title><g transform="translate(3 4)"><path d="M0 0L10-5.5.5z" fill="#a00" fill-rule="evenodd"/></g>`),
			`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40" width="120" height="40"><title>Opera &amp; House</title><g transform="translate(3 4)"><path d="M0 0L10-5.5.5z" fill="#a00" fill-rule="evenodd"/></g></svg>`, nil,
		},
		"Inkscape": {
			`<?xml version="1.0" encoding="UTF-8" standalone="no"?><!-- Created with Inkscape --><svg width="60mm" height="20mm" viewBox="0 0 60 20" version="1.1" id="svg5" inkscape:version="1.2" sodipodi:docname="logo.svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" xmlns="http://www.w3.org/2000/svg" xmlns:svg="http://www.w3.org/2000/svg"><sodipodi:namedview id="namedview7" pagecolor="#ffffff"><inkscape:grid type="xygrid"/></sodipodi:namedview><metadata><script>alert(1)</script></metadata><defs id="defs2"/><g inkscape:label="Layer 1" inkscape:groupmode="layer" id="layer1"><rect style="fill:#aa0000;stroke:none;stroke-width:0.26;-inkscape-stroke:none;marker:none;filter:none" id="rect1" width="10" height="5"/></g></svg>`,
			`<svg xmlns="http://www.w3.org/2000/svg" width="64" height="21" viewBox="0 0 60 20"><defs/><g><rect width="10" height="5" fill="#aa0000" stroke="none" stroke-width="0.26"/></g></svg>`,
			[]string{"-inkscape-stroke", "comments", "docname", "filter", "groupmode", "label", "marker", "metadata", "namedview", "version"},
		},
		"Illustrator": {
			`<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg id="Layer_1" data-name="Layer 1" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" x="0px" y="0px" viewBox="0 0 200 50" style="enable-background:new 0 0 200 50;" xml:space="preserve"><defs><style type="text/css">rect{fill:red} .cls-1,.cls-2{fill:none} .cls-2{fill:url("#g");/* x */stroke:#000}</style><linearGradient id="g" x1="0" x2="1" xlink:href="#h"/><linearGradient id="h"><stop offset="0" style="stop-color:#fff"/></linearGradient></defs><rect class="cls-2" x="1" style="stroke:#111"/><use xlink:href="#r"/><rect id="r"/></svg>`,
			`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 50" width="200" height="50"><defs><linearGradient id="g" x1="0" x2="1" href="#h"/><linearGradient id="h"><stop offset="0" stop-color="#fff"/></linearGradient></defs><rect x="1" fill="url(#g)" stroke="#111"/><use href="#r"/><rect id="r" fill="red"/></svg>`,
			[]string{"DOCTYPE", "data-name", "enable-background", "xml:space"},
		},
		"Figma": {
			`<svg width="32" height="16" viewBox="0 0 32 16" fill="none" xmlns="http://www.w3.org/2000/svg"><g clip-path="url(#clip0_1_2)"><path d="M1 1h4v4H1z" fill="black"/></g><defs><clipPath id="clip0_1_2"><rect width="32" height="16" fill="white"/></clipPath></defs></svg>`,
			`<svg xmlns="http://www.w3.org/2000/svg" width="64" height="32" viewBox="0 0 32 16" fill="none"><g clip-path="url(#clip0_1_2)"><path d="M1 1h4v4H1z" fill="black"/></g><defs><clipPath id="clip0_1_2"><rect width="32" height="16" fill="white"/></clipPath></defs></svg>`, nil,
		},
		"by size alone, with text": {
			`<svg xmlns="http://www.w3.org/2000/svg" width="300" height="100"><text x="5" font-family="'Open Sans', serif">A<tspan dy="2">&lt;b&gt;</tspan></text></svg>`,
			`<svg xmlns="http://www.w3.org/2000/svg" width="300" height="100" viewBox="0 0 300 100"><text x="5" font-family="&#39;Open Sans&#39;, serif">A<tspan dy="2">&lt;b&gt;</tspan></text></svg>`, nil,
		},
	} {
		p, err := Clean([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if string(p.Data) != c.want {
			t.Errorf("%s became\n%s, want\n%s", name, p.Data, c.want)
		}
		if strings.Join(p.Removed, " ") != strings.Join(c.removed, " ") {
			t.Errorf("%s: removed %q, want %q", name, p.Removed, c.removed)
		}
		if p.Type != SVG || p.Width < 64 || p.Height < 1 || len(p.Hash()) != 32 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// safe returns why the text of a picture is not safe. It knows nothing of how the package
// works: it reads the result as a browser does.
func safe(data []byte) error {
	link := regexp.MustCompile(`^url\(#[\w.:-]+\)$`)
	d := xml.NewDecoder(bytes.NewReader(data))
	drawn := 0
	for depth := 0; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return errors.New("too deep")
			}
			if drawn++; drawn > maxElements {
				return errors.New("too many elements")
			}
			if token.Name.Space != svgSpace || !regexp.MustCompile(`^(svg|g|defs|symbol|use|title|desc|path|rect|circle|ellipse|line|polyline|polygon|text|tspan|linearGradient|radialGradient|stop|clipPath|mask)$`).MatchString(token.Name.Local) {
				return fmt.Errorf("the element %v", token.Name)
			}
			for _, a := range token.Attr {
				name, value := strings.ToLower(a.Name.Local), a.Value
				switch {
				case name == "xmlns" && value == svgSpace:
				case a.Name.Space != "", strings.HasPrefix(name, "on"), name == "style", name == "class", name == "src", strings.Contains(name, ":"):
					return fmt.Errorf("the attribute %v", a.Name)
				case name == "href" && !strings.HasPrefix(value, "#"):
					return fmt.Errorf("the link %q", value)
				case strings.Contains(value, "(") && strings.Contains(strings.ToLower(value), "url") && !link.MatchString(value):
					return fmt.Errorf("the address %q", value)
				case name != "href" && (strings.Contains(value, "//") || strings.ContainsAny(value, `\@<>{}&;`)):
					return fmt.Errorf("the value %q", value)
				}
			}
		case xml.EndElement:
			depth--
		case xml.Comment, xml.ProcInst, xml.Directive:
			return fmt.Errorf("%T", token)
		}
	}
}

func FuzzWhatIsServedIsSafe(f *testing.F) {
	for _, inner := range []string{
		`<rect x="1" style="fill:#fff;stroke:url(#a)"/><linearGradient id="a"/>`, `<style>.a{fill:red}</style><g class="a"><use href="#b"/></g><path id="b" d="M0 0"/>`,
		`<script>alert(1)</script>`, `<rect onload="x"/>`, `<text>&lt;script&gt;</text>`, `<image href="//x"/>`, `<![CDATA[x]]>`, `<a:b xmlns:a="http://www.inkscape.org/namespaces/x"/>`,
	} {
		f.Add([]byte(inSVG(inner)))
	}
	f.Add([]byte(`<!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg" width="3" height="4"/>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Clean(data)
		if err != nil || p.Type != SVG {
			return
		}
		if err := safe(p.Data); err != nil {
			t.Fatalf("%v in %s", err, p.Data)
		}
		again, err := Clean(p.Data)
		if err != nil {
			t.Fatalf("the result is refused: %v\n%s", err, p.Data)
		}
		if !bytes.Equal(again.Data, p.Data) || len(again.Removed) > 0 {
			t.Fatalf("cleaned again it is another:\n%s\n%s", p.Data, again.Data)
		}
	})
}

// TestTheCheckOfTheFuzzerFinds what it is for.
func TestTheCheckOfTheFuzzerFinds(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{`<script/>`, `<rect onclick="x"/>`, `<use href="//x"/>`, `<rect fill="url(//x)"/>`, `<rect style="x"/>`, `<!-- -->`, `<rect xlink:href="#a"/>`, `<g xmlns="http://www.w3.org/1999/xhtml"/>`} {
		if safe([]byte(inSVG(bad))) == nil {
			t.Errorf("%s is found safe", bad)
		}
	}
}
