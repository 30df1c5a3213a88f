package ticket

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/png"
	"strings"
	"testing"
	"time"

	"usher/internal/fault"
	"usher/internal/keys"
)

func TestPNGAndSVGDrawTheSameModules(t *testing.T) {
	t.Parallel()
	ring, err := keys.Generate()
	if err != nil {
		t.Fatal(err)
	}
	code, err := Sign(ring, "66f0c0ffee00000000000001", "demo", "A-14", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	wantSameDrawing(t, code)
}

// wantSameDrawing reads the modules back out of the SVG's path and compares them
// with the PNG's pixels.
func wantSameDrawing(t *testing.T, code string) {
	t.Helper()
	qr, err := Draw(code)
	if err != nil {
		t.Fatal(err)
	}
	drawing, err := qr.PNG()
	if err != nil {
		t.Fatal(err)
	}
	image, err := png.Decode(bytes.NewReader(drawing))
	if err != nil {
		t.Fatal(err)
	}
	text := qr.SVG()
	var svg struct {
		ViewBox string `xml:"viewBox,attr"`
		Paths   []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal(text, &svg); err != nil {
		t.Fatal(err)
	}
	size := image.Bounds().Dx() / qrPixels
	if svg.ViewBox != fmt.Sprintf("0 0 %d %d", size, size) || len(svg.Paths) != 2 {
		t.Fatalf("viewBox %q for %d modules, %d paths", svg.ViewBox, size, len(svg.Paths))
	}
	dark := map[[2]int]bool{}
	for _, run := range strings.Split(strings.TrimSuffix(svg.Paths[1].D, "z"), "z") {
		var x, y, width, back int
		if _, err := fmt.Sscanf(run, "M%d %dh%dv1h-%d", &x, &y, &width, &back); err != nil || width != back {
			t.Fatalf("path %q: %v", run, err)
		}
		for i := range width {
			dark[[2]int{x + i, y}] = true
		}
	}
	for y := range size {
		for x := range size {
			red, _, _, _ := image.At(x*qrPixels+qrPixels/2, y*qrPixels+qrPixels/2).RGBA()
			if quiet := x < 4 || y < 4 || x >= size-4 || y >= size-4; quiet && dark[[2]int{x, y}] {
				t.Fatalf("the quiet zone is dark at %d,%d", x, y)
			}
			if (red == 0) != dark[[2]int{x, y}] {
				t.Fatalf("module %d,%d differs", x, y)
			}
		}
	}
	if len(dark) < size {
		t.Errorf("only %d modules are dark, want at least %d", len(dark), size)
	}
}

func TestACodeTooLongForAQRCode(t *testing.T) {
	_, err := Draw(strings.Repeat("x", 5000))
	if fault.CodeOf(err) != fault.InvalidRequest {
		t.Errorf("a code of 5000 characters: %v, want %s", err, fault.InvalidRequest)
	}
}
