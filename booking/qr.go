package booking

import (
	"bytes"
	"fmt"

	"github.com/skip2/go-qrcode"

	"usher/internal/fault"
)

// qrPixels is the width of one module in a PNG, so that a code is sharp at every
// size and a phone shows it without scaling down.
const qrPixels = 8

// QRPNG draws a code as PNG.
func QRPNG(code string) ([]byte, error) {
	q, err := newQR(code)
	if err != nil {
		return nil, err
	}
	return q.PNG(-qrPixels)
}

// QRSVG draws a code as SVG: one path over a white ground, the quiet zone
// included, a unit a module.
func QRSVG(code string) ([]byte, error) {
	q, err := newQR(code)
	if err != nil {
		return nil, err
	}
	bitmap := q.Bitmap()
	var svg bytes.Buffer
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`+
		`<path fill="#fff" d="M0 0h%dv%dH0z"/><path d="`, len(bitmap), len(bitmap), len(bitmap), len(bitmap))
	for y, row := range bitmap {
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
	return svg.Bytes(), nil
}

// QRBitmap returns the modules of a code with their quiet zone, rows from the
// top, for whoever draws them otherwise.
func QRBitmap(code string) ([][]bool, error) {
	q, err := newQR(code)
	if err != nil {
		return nil, err
	}
	return q.Bitmap(), nil
}

func newQR(code string) (*qrcode.QRCode, error) {
	q, err := qrcode.New(code, qrcode.Medium)
	if err != nil {
		return nil, fault.Wrap(fault.InvalidRequest, err, "this cannot be drawn as a QR code")
	}
	return q, nil
}
