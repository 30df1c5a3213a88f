package main

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// Sizes of the chart in pixels.
const (
	chartWidth = 720
	labelWidth = 190
	barHeight  = 16
	barGap     = 4
	groupGap   = 30
	scaleWidth = chartWidth - labelWidth - 110 // the longest bar
)

// bars are the servers of a chart, in the order and colours of their bars.
var bars = []struct{ name, colour string }{
	{"usher", "#0b6e4f"}, {"bare hub", "#8a9a5b"}, {"plain handler", "#b0b0b0"},
}

// chart draws the rows of the table that compare servers, as SVG. Each group of bars
// has a scale of its own, and a line at its goal.
func chart(title string, rows []row) string {
	var b strings.Builder
	y := 50
	for _, r := range rows {
		if r.hub == 0 && r.plain == 0 || r.goal == 0 || r.least {
			continue
		}
		values := []float64{r.node, r.hub, r.plain}
		most := max(r.goal, r.node, r.hub, r.plain)
		width := func(v float64) float64 { return v / most * scaleWidth }
		y += groupGap
		fmt.Fprintf(&b, `<text x="16" y="%d" font-weight="bold">%s</text>`+"\n", y, escaped(r.what))
		top := y + 8
		y = top
		for i, v := range values {
			if v == 0 {
				continue
			}
			fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`, labelWidth-8, y+12, bars[i].name)
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`, labelWidth, y, width(v), barHeight, bars[i].colour)
			fmt.Fprintf(&b, `<text x="%.1f" y="%d">%.*f</text>`+"\n", labelWidth+width(v)+6, y+12, r.digits, v)
			y += barHeight + barGap
		}
		goal := labelWidth + width(r.goal)
		fmt.Fprintf(&b, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="#c0392b" stroke-width="2" stroke-dasharray="4 3"/>`+"\n", goal, goal, top-2, y)
	}
	height := y + 24
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img" font-family="sans-serif" font-size="12" fill="#222">
<title>%s</title>
<rect width="%[1]d" height="%[2]d" fill="#fff"/>
<text x="16" y="28" font-size="16" font-weight="bold">%[3]s</text>
<text x="16" y="48">Less is better. The dashed line is the goal for usher.</text>
%[4]s</svg>
`, chartWidth, height, escaped(title), b.String())
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // to memory: it does not fail
	return b.String()
}
