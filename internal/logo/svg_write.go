package logo

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// sized returns the size that the picture asks for, and gives it both a size and a viewBox,
// so that every browser scales it alike.
func sized(root *node) (width, height int, err error) {
	w, wOK := units(root.values["width"])
	h, hOK := units(root.values["height"])
	box, boxOK := viewBox(root.values["viewBox"])
	switch {
	case !boxOK && root.values["viewBox"] != "":
		return 0, 0, fmt.Errorf("its viewBox is four numbers, the last two over 0, not %q", clip(root.values["viewBox"]))
	case !boxOK && !(wOK && hOK):
		return 0, 0, errors.New("it says no size: it needs a viewBox, or a width and a height")
	case boxOK && !(wOK && hOK):
		w, h = box[2], box[3]
	case !boxOK:
		root.put("viewBox", "0 0 "+number(w)+" "+number(h))
	}
	if ratio := w / h; ratio > 50 || ratio < 0.02 {
		return 0, 0, errors.New("one side is over 50 times as long as the other")
	}
	// Only the relation of the sides matters; tiny and huge units become sizes of a screen.
	scale := 1.0
	if longest := max(w, h); longest < minSide {
		scale = minSide / longest
	} else if longest > maxSide {
		scale = maxSide / longest
	}
	w, h = max(1, math.Round(w*scale)), max(1, math.Round(h*scale))
	root.put("width", number(w))
	root.put("height", number(h))
	delete(root.values, "x")
	delete(root.values, "y")
	return int(w), int(h), nil
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// units reads a length in pixels or in units that are taken for pixels: the relation of
// both sides is what counts.
func units(text string) (float64, bool) {
	text = strings.TrimRight(strings.TrimSpace(text), "pxtcmin")
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil && v > 0 && v <= maxUnits
}

func viewBox(text string) (box [4]float64, ok bool) {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' || r == '\t' || r == '\r' })
	if len(parts) != 4 {
		return box, false
	}
	for i, part := range parts {
		v, err := strconv.ParseFloat(part, 64)
		if err != nil || math.IsNaN(v) || math.Abs(v) > 1e6 {
			return box, false
		}
		box[i] = v
	}
	return box, box[2] >= 1e-3 && box[3] >= 1e-3
}

// write writes a tree. Ids to which nothing links are left out.
func write(out *bytes.Buffer, n *node, used map[string]bool, outermost bool) {
	if n.name == "" {
		_ = xml.EscapeText(out, []byte(n.text)) // memory does not fail
		return
	}
	out.WriteString("<" + n.name)
	if outermost {
		out.WriteString(` xmlns="` + svgSpace + `"`)
	}
	for _, name := range n.names {
		value, has := n.values[name]
		if !has || name == "id" && !used[value] {
			continue
		}
		out.WriteString(" " + name + `="`)
		_ = xml.EscapeText(out, []byte(value))
		out.WriteString(`"`)
	}
	if len(n.children) == 0 {
		out.WriteString("/>")
		return
	}
	out.WriteString(">")
	for _, child := range n.children {
		write(out, child, used, false)
	}
	out.WriteString("</" + n.name + ">")
}
