package ticket

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"github.com/skip2/go-qrcode"

	"usher/internal/fault"
)

// qrPixels is the width of one module in a PNG. At this width a phone shows the
// code without scaling it down.
const qrPixels = 8

// QR is the modules of a QR code with their quiet zone: rows from the top, true
// for black.
type QR [][]bool

// Draw makes the modules of a code. Draw takes about ten milliseconds; PNG and SVG are
// much faster. Errors: invalid_request when the code is too long for any QR code.
func Draw(code string) (QR, error) {
	q, err := qrcode.New(code, qrcode.Medium)
	if err != nil {
		return nil, fault.Wrap(fault.InvalidRequest, err, "a text of %d bytes is too long for a QR code", len(code))
	}
	return q.Bitmap(), nil
}

// PNG draws a code as PNG.
func (q QR) PNG() ([]byte, error) {
	drawing := image.NewPaletted(image.Rect(0, 0, len(q)*qrPixels, len(q)*qrPixels), color.Palette{color.White, color.Black})
	for y := range len(q) * qrPixels {
		line := drawing.Pix[y*drawing.Stride:]
		for x := range len(q) * qrPixels {
			if q[y/qrPixels][x/qrPixels] {
				line[x] = 1
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, drawing); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// SVG draws a code as SVG: one path over a white ground, quiet zone included, one
// unit per module.
func (q QR) SVG() []byte {
	var svg bytes.Buffer
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`+
		`<path fill="#fff" d="M0 0h%dv%dH0z"/><path d="`, len(q), len(q), len(q), len(q))
	for y, row := range q {
		for x := 0; x < len(row); x++ {
			if !row[x] {
				continue
			}
			from := x
			for x < len(row) && row[x] {
				x++
			}
			fmt.Fprintf(&svg, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
		}
	}
	svg.WriteString(`"/></svg>`)
	return svg.Bytes()
}
