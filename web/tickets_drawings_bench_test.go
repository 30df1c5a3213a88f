package web

import (
	"crypto/sha512"
	"encoding/base64"
	"strings"
	"testing"

	"usher/internal/paper"
)

// BenchmarkDrawing compares the first drawing of a ticket with a cached one.
func BenchmarkDrawing(b *testing.B) {
	code := func(i int) string { // as long as a ticket's code, with the same letters
		text := sha512.Sum512([]byte{byte(i), byte(i >> 8)})
		return strings.Repeat(base64.RawURLEncoding.EncodeToString(text[:]), 4)[:340]
	}
	document := func(b *testing.B, d *drawings, i int) {
		b.Helper()
		key, err := keyOf("pdf", i)
		must(b, err)
		_, err = d.document(b.Context(), "ann", key, []paper.Ticket{{Season: "Gala", Seat: "A-1", Holder: "Ann"}}, []string{code(i)})
		must(b, err)
	}
	picture := func(b *testing.B, d *drawings, form qrForm, i int) {
		b.Helper()
		_, err := d.image(b.Context(), "ann", form, code(i))
		must(b, err)
	}
	for name, draw := range map[string]func(b *testing.B, d *drawings, i int){
		"pdf": document,
		"svg": func(b *testing.B, d *drawings, i int) { picture(b, d, svgForm(), i) },
		"png": func(b *testing.B, d *drawings, i int) { picture(b, d, pngForm(), i) },
	} {
		for first, step := range map[string]int{"first": 1, "kept": 0} {
			b.Run(name+"/"+first, func(b *testing.B) {
				d := newDrawings()
				draw(b, d, 0)
				for i := step; b.Loop(); i += step {
					draw(b, d, i)
				}
			})
		}
	}
}
