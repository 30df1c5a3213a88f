package logo

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// The most that an SVG may have.
const (
	maxSVG      = 256 << 10 // bytes
	maxElements = 5000
	maxDepth    = 40
	maxTokens   = 40_000 // elements, their ends, texts and comments
	maxUnits    = 16_384 // of width and height
	minSide     = 64     // pixels of the longer side
)

// reader reads one SVG.
type reader struct {
	decoder *xml.Decoder
	rules   []rule
	removed map[string]bool
}

// cleanSVG writes an SVG again from what is allowed.
func cleanSVG(data []byte) (Picture, error) {
	if len(data) > maxSVG {
		return Picture{}, fmt.Errorf("the SVG has %d bytes; at most %d are allowed", len(data), maxSVG)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		return Picture{}, errors.New("the SVG is not in UTF-8")
	}
	r := &reader{removed: map[string]bool{}}
	// The style sheet may stand behind the elements that it is for.
	if err := r.scan(data); err != nil {
		return Picture{}, fmt.Errorf("the SVG is refused: %w", err)
	}
	root, err := r.read(data)
	if err != nil {
		return Picture{}, fmt.Errorf("the SVG is refused: %w", err)
	}
	used, err := checkLinks(root)
	if err != nil {
		return Picture{}, fmt.Errorf("the SVG is refused: %w", err)
	}
	width, height, err := sized(root)
	if err != nil {
		return Picture{}, fmt.Errorf("the SVG is refused: %w", err)
	}
	var out bytes.Buffer
	write(&out, root, used, true)
	p := Picture{Type: SVG, Data: out.Bytes(), Width: width, Height: height}
	for name := range r.removed {
		p.Removed = append(p.Removed, name)
	}
	slices.Sort(p.Removed)
	return p, nil
}

func newDecoder(data []byte) *xml.Decoder {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = true
	d.Entity = nil
	return d
}

// scan checks that the text is one bounded XML element without entities, and reads its
// style sheets.
func (r *reader) scan(data []byte) error {
	d := newDecoder(data)
	depth, elements, roots, tokens := 0, 0, 0, 0
	var style *strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("it is not well-formed: %w", err)
		}
		if tokens++; tokens > maxTokens {
			return fmt.Errorf("it has more than %d parts", maxTokens)
		}
		switch token := token.(type) {
		case xml.Directive:
			// A document type without an internal part says nothing to this reader, which
			// reads no other file. Entities are in the internal part.
			if depth > 0 || roots > 0 || !bytes.HasPrefix(bytes.ToUpper(token), []byte("DOCTYPE")) || bytes.ContainsAny(token, "[<&") {
				return errors.New("it declares entities: save it without a document type")
			}
			r.removed["DOCTYPE"] = true
		case xml.ProcInst:
			if token.Target != "xml" {
				return fmt.Errorf("it has the instruction <?%s, which is not allowed", clip(token.Target))
			}
		case xml.Comment:
			r.removed["comments"] = true
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return fmt.Errorf("its elements are nested more than %d deep", maxDepth)
			}
			if elements++; elements > maxElements {
				return fmt.Errorf("it has more than %d elements", maxElements)
			}
			if depth == 1 {
				if roots++; roots > 1 {
					return errors.New("it has more than one outermost element")
				}
				if token.Name.Local != "svg" || token.Name.Space != svgSpace {
					return fmt.Errorf("its outermost element is %s, not svg with xmlns=%q", clip(token.Name.Local), svgSpace)
				}
			}
			if style != nil {
				return errors.New("its style sheet contains elements")
			}
			if token.Name.Local == "style" && token.Name.Space == svgSpace {
				style = &strings.Builder{}
			}
		case xml.EndElement:
			depth--
			if style != nil {
				rules, err := parseRules(style.String())
				if err != nil {
					return err
				}
				if r.rules = append(r.rules, rules...); len(r.rules) > maxRules {
					return fmt.Errorf("its style sheets have more than %d rules", maxRules)
				}
				style = nil
			}
		case xml.CharData:
			if style != nil {
				style.Write(token)
			} else if depth == 0 && len(bytes.TrimSpace(token)) > 0 {
				return errors.New("there is text outside its outermost element")
			}
		}
	}
	if roots == 0 || depth != 0 {
		return errors.New("it has no outermost element svg")
	}
	return nil
}

// read builds the tree of what is allowed. The text has passed scan.
func (r *reader) read(data []byte) (*node, error) {
	r.decoder = newDecoder(data)
	for {
		token, err := r.decoder.Token()
		if err != nil {
			return nil, err
		}
		if start, is := token.(xml.StartElement); is {
			return r.element(start, "")
		}
	}
}

// element reads one element up to its end. It returns nil for one that is left out.
func (r *reader) element(start xml.StartElement, parent string) (*node, error) {
	name := start.Name.Local
	switch {
	case isEditors(start.Name.Space), start.Name.Space == svgSpace && name == "metadata":
		r.removed[clip(name)] = true
		return nil, r.decoder.Skip()
	case start.Name.Space == svgSpace && name == "style":
		for _, a := range start.Attr {
			if a.Name.Local == "media" || a.Name.Local == "type" && a.Value != "text/css" && a.Value != "" {
				return nil, fmt.Errorf("its style sheet is for %s %q", a.Name.Local, clip(a.Value))
			}
		}
		return nil, r.decoder.Skip() // scan has read it
	case start.Name.Space != svgSpace || !allowedElement(name):
		return nil, fmt.Errorf("it has the element %s%s, which is not allowed", clip(name), r.where())
	case name == "svg" && parent != "":
		return nil, fmt.Errorf("it has an svg inside of the svg%s, which is not allowed", r.where())
	}
	n := &node{name: name, values: map[string]string{}}
	if err := r.attributes(n, start); err != nil {
		return nil, err
	}
	for {
		token, err := r.decoder.Token()
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			child, err := r.element(token, name)
			if err != nil {
				return nil, err
			}
			if child != nil {
				n.children = append(n.children, child)
			}
		case xml.EndElement:
			return n, nil
		case xml.CharData:
			if name == "text" || name == "tspan" || name == "title" || name == "desc" {
				n.children = append(n.children, &node{text: string(token)})
			} else if len(bytes.TrimSpace(token)) > 0 {
				return nil, fmt.Errorf("it has text in a %s%s", name, r.where())
			}
		}
	}
}

func (r *reader) where() string {
	line, _ := r.decoder.InputPos()
	return fmt.Sprintf(" (line %d)", line)
}

// attributes reads the attributes of an element, then its style, which counts more.
func (r *reader) attributes(n *node, start xml.StartElement) error {
	classes, style := "", ""
	seen := map[xml.Name]bool{}
	for _, a := range start.Attr {
		name := a.Name.Local
		if seen[a.Name] {
			return fmt.Errorf("a %s has the attribute %s twice%s", n.name, clip(name), r.where())
		}
		seen[a.Name] = true
		switch space := a.Name.Space; {
		case space == "xmlns" || space == "" && name == "xmlns":
			continue // written by write
		case isEditors(space):
			r.removed[clip(name)] = true
			continue
		case space == xmlSpace:
			r.removed["xml:"+clip(name)] = true
			continue
		case space == xlinkSpace && name != "href":
			if name == "type" || name == "show" || name == "actuate" || name == "title" {
				r.removed["xlink:"+clip(name)] = true
				continue
			}
			return r.refused(n, "xlink:"+name, a.Value)
		case space != "" && space != xlinkSpace:
			return r.refused(n, space+":"+name, a.Value)
		case name == "href":
			if err := r.href(n, a.Value); err != nil {
				return err
			}
			continue
		case name == "style":
			style = a.Value
			continue
		case name == "class":
			classes = a.Value
			continue
		}
		if err := r.set(n, name, a.Value); err != nil {
			return err
		}
	}
	declarations, err := styled(r.rules, n.name, classes, style)
	if err != nil {
		return err
	}
	for _, d := range declarations {
		if of, allowed := allowedAttribute(d.name); allowed && (of == identity || of == shape || of == transform) {
			return r.refused(n, "style "+d.name, d.value) // no property of CSS, or one of another form
		}
		if err := r.set(n, d.name, d.value); err != nil {
			return err
		}
	}
	return nil
}

// href allows links to elements of the picture, from the elements that are drawn with one.
func (r *reader) href(n *node, value string) error {
	value = strings.TrimSpace(value)
	if n.name != "use" && n.name != "linearGradient" && n.name != "radialGradient" || !strings.HasPrefix(value, "#") || !allowedValue(identity, value[1:]) {
		return r.refused(n, "href", value)
	}
	if had, has := n.values["href"]; has && had != value {
		return r.refused(n, "href", value) // programs disagree about which of two counts
	}
	n.put("href", value)
	return nil
}

// set keeps an attribute that is allowed, and refuses one that could change what the
// picture does or how it looks.
func (r *reader) set(n *node, name, value string) error {
	value = strings.TrimSpace(value)
	of, allowed := allowedAttribute(name)
	if of == paint || of == reference {
		value = quotedLink.ReplaceAllString(value, "url(#$1)")
	}
	switch {
	case !allowed && !strings.HasPrefix(strings.ToLower(name), "on") && (value == "none" || value == "normal" || value == "auto"):
		r.removed[clip(name)] = true // marker="none", filter="none" and the like
		return nil
	case !allowed && harmless(name) && !strings.Contains(strings.ToLower(value), "url("):
		r.removed[clip(name)] = true
		return nil
	case !allowed:
		return r.refused(n, name, value)
	case of == identity && !allowedValue(of, value):
		return nil // if a link needs it, the link is refused
	case !allowedValue(of, value):
		return r.refused(n, name, value)
	case value == "":
		return nil
	}
	n.put(name, value)
	return nil
}

func (r *reader) refused(n *node, name, value string) error {
	return fmt.Errorf("a %s has %s=%q%s, which is not allowed", n.name, clip(name), clip(value), r.where())
}

func (n *node) put(name, value string) {
	if _, has := n.values[name]; !has {
		n.names = append(n.names, name)
	}
	n.values[name] = value
}
