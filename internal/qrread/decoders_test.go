package qrread

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/draw"

	"usher/internal/keys"
	"usher/internal/testkit"
	"usher/internal/ticket"
)

// decoders are programs by other authors that read QR codes. Each takes files of one image
// and returns the text in each, "" where it found none.
type decoders map[string]func(t *testing.T, shown []*image.Gray) []string

// asJWS is a variable of the environment. With it the images show codes of the older
// version, to compare: most of them cannot be read, and the test fails.
const asJWS = "USHER_TEST_JWS"

// jsQRFile is where make jsqr puts jsQR.
const jsQRFile = "../../bin/jsqr/package/dist/jsQR.js"

// installed returns the decoders of this machine.
func installed(t *testing.T) decoders {
	t.Helper()
	found := decoders{}
	if _, err := exec.LookPath("zbarimg"); err == nil {
		found["zbar"] = zbar
	} else if testkit.Required("zbarimg") {
		t.Fatal("zbarimg is required here but is not in the PATH")
	}
	_, err := os.Stat(jsQRFile)
	_, noNode := exec.LookPath("node")
	if err == nil && noNode == nil {
		found["jsQR"] = jsQR
	} else if testkit.Required("jsqr") {
		t.Fatal("jsqr is required here: run make jsqr. ", err, noNode)
	}
	if len(found) == 0 {
		t.Skip("no zbarimg in the PATH and no jsQR (make jsqr): codes are not read by other decoders")
	}
	return found
}

func zbar(t *testing.T, shown []*image.Gray) []string {
	t.Helper()
	texts := make([]string, len(shown))
	for i, one := range shown {
		path := filepath.Join(t.TempDir(), "image.png")
		if err := os.WriteFile(path, asPNG(t, one), 0o600); err != nil {
			t.Fatal(err)
		}
		// The status is 4 where the image shows no code.
		out, _ := exec.CommandContext(t.Context(), "zbarimg", "--quiet", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", path).Output()
		texts[i] = strings.TrimSuffix(string(out), "\n")
	}
	return texts
}

// jsQRProgram reads images as [width, height, file of bytes of grey] and prints the texts.
const jsQRProgram = `
const jsQR = require(process.argv[1]);
const { readFileSync } = require("node:fs");
console.log(JSON.stringify(JSON.parse(process.argv[2]).map(([width, height, file]) => {
	const grey = readFileSync(file), colours = new Uint8ClampedArray(grey.length * 4);
	for (let i = 0; i < grey.length; i++) colours.fill(grey[i], 4 * i, 4 * i + 3).fill(255, 4 * i + 3, 4 * i + 4);
	return jsQR(colours, width, height)?.data ?? "";
})));`

func jsQR(t *testing.T, shown []*image.Gray) []string {
	t.Helper()
	folder := t.TempDir()
	list := make([][]any, len(shown))
	for i, one := range shown {
		path := filepath.Join(folder, fmt.Sprint(i))
		if err := os.WriteFile(path, one.Pix, 0o600); err != nil {
			t.Fatal(err)
		}
		list[i] = []any{one.Rect.Dx(), one.Rect.Dy(), path}
	}
	arguments, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	library, err := filepath.Abs(jsQRFile)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "-e", jsQRProgram, library, string(arguments))
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	var texts []string
	if err != nil || json.Unmarshal(out, &texts) != nil || len(texts) != len(shown) {
		t.Fatalf("jsQR: %v, %s%s", err, out, said.String())
	}
	return texts
}

// camera makes an image of a flat object: light is the object's brightness from 0 to 1 at a
// place, and place says where a pixel looks at. Each pixel averages four points; then the
// optics blur, by a Gaussian of blur pixels, and the sensor adds noise of so many of 255
// steps.
func camera(width, height int, place func(x, y float64) (u, v float64), light func(u, v float64) float64, blur, noise float64, random *rand.Rand) *image.Gray {
	seen := make([]float64, width*height)
	for y := range height {
		for x := range width {
			for _, at := range [4][2]float64{{0.25, 0.25}, {0.75, 0.25}, {0.25, 0.75}, {0.75, 0.75}} {
				seen[y*width+x] += light(place(float64(x)+at[0], float64(y)+at[1])) / 4
			}
		}
	}
	seen = blurred(blurred(seen, width, height, 1, width, blur), width, height, width, 1, blur)
	shown := image.NewGray(image.Rect(0, 0, width, height))
	for i, value := range seen {
		shown.Pix[i] = uint8(min(255, max(0, 255*value+noise*random.NormFloat64())))
	}
	return shown
}

// blurred blurs along the axis whose neighbours are step apart.
func blurred(seen []float64, width, height, step, across int, sigma float64) []float64 {
	length := width
	if step == width {
		length = height
	}
	var kernel [7]float64
	sum := 0.0
	for i := range kernel {
		kernel[i] = math.Exp(-float64((i-3)*(i-3)) / (2 * sigma * sigma))
		sum += kernel[i]
	}
	out := make([]float64, len(seen))
	for line := range len(seen) / length {
		for at := range length {
			for i := range kernel {
				from := min(length-1, max(0, at+i-3))
				out[line*across+at*step] += seen[line*across+from*step] * kernel[i] / sum
			}
		}
	}
	return out
}

// printedScan is a print of a code on paper, scanned at 150 dpi. side is the width of the
// drawing in millimetres, with its quiet zone. The ink runs into the paper by a twentieth
// of a millimetre, and the paper lies a little askew.
func printedScan(t *testing.T, code string, side float64, random *rand.Rand) *image.Gray {
	t.Helper()
	qr := drawn(t, code)
	const dpi, runs, border = 150 / 25.4, 0.05, 4.0
	module := side / float64(len(qr))
	inked := func(u, v float64) bool {
		x, y := int(math.Floor(u/module)), int(math.Floor(v/module))
		return x >= 0 && y >= 0 && x < len(qr) && y < len(qr) && qr[y][x]
	}
	turned := (random.Float64() - 0.5) * 0.1
	sin, cos := math.Sincos(turned)
	dx, dy := random.Float64(), random.Float64()
	pixels := int((side + 2*border) * dpi)
	return camera(pixels, pixels, func(x, y float64) (float64, float64) {
		x, y = (x+dx)/dpi-border-side/2, (y+dy)/dpi-border-side/2
		return cos*x + sin*y + side/2, cos*y - sin*x + side/2
	}, func(u, v float64) float64 {
		if inked(u-runs, v) || inked(u+runs, v) || inked(u, v-runs) || inked(u, v+runs) {
			return 0.18
		}
		return 0.9
	}, 0.6, 6, random)
}

// photographedScreen is a photo of a screen of 320 pixels that shows a code over 94 % of its
// width, as the page of a ticket does. The camera holds it askew and turned; the pixels of
// the screen have gaps, one side is darker, and a lamp is reflected.
func photographedScreen(t *testing.T, code string, random *rand.Rand) *image.Gray {
	t.Helper()
	qr := drawn(t, code)
	const screen, share = 320.0, 0.94
	const width, height = 640, 480
	frame := screen * share
	// The page draws each module as whole pixels: nearest neighbour.
	lit := func(px, py float64) float64 {
		x, y := (math.Floor(px)+0.5)*float64(len(qr))/frame, (math.Floor(py)+0.5)*float64(len(qr))/frame
		if x >= 0 && y >= 0 && int(x) < len(qr) && int(y) < len(qr) && qr[int(y)][int(x)] {
			return 0.06
		}
		return 0.95
	}
	turned, tiltX, tiltY := (random.Float64()-0.5)*0.5, (random.Float64()-0.5)*0.0008, (random.Float64()-0.5)*0.0008
	scale := 0.8 + random.Float64()*0.17 // pixels of the screen in one of the photo
	sin, cos := math.Sincos(turned)
	glareX, glareY := frame*random.Float64(), frame*random.Float64()
	return camera(width, height, func(x, y float64) (float64, float64) {
		x, y = x-width/2, y-height/2
		depth := 1 + tiltX*x + tiltY*y
		x, y = scale*x/depth, scale*y/depth
		return cos*x + sin*y + frame/2, cos*y - sin*x + frame/2
	}, func(u, v float64) float64 {
		if u < -10 || v < -40 || u > frame+10 || v > frame+60 {
			return 0.12 // the hand and the wall behind
		}
		light := lit(u, v)
		if _, gap := math.Modf(u + 1000); gap < 0.15 {
			light *= 0.75
		}
		if _, gap := math.Modf(v + 1000); gap < 0.15 {
			light *= 0.75
		}
		glare := 0.25 * math.Exp(-((u-glareX)*(u-glareX)+(v-glareY)*(v-glareY))/(2*40*40))
		return light*(0.7+0.2*u/frame) + glare
	}, 0.9, 5, random)
}

func drawn(t *testing.T, code string) ticket.QR {
	t.Helper()
	qr, err := ticket.Draw(code)
	if err != nil {
		t.Fatal(err)
	}
	return qr
}

// twice is an image at twice its size.
func twice(shown *image.Gray) *image.Gray {
	large := image.NewGray(image.Rect(0, 0, 2*shown.Rect.Dx(), 2*shown.Rect.Dy()))
	draw.CatmullRom.Scale(large, large.Rect, shown, shown.Rect, draw.Src, nil)
	return large
}

// readAll reads images with a decoder as programs that scan do: an image in which nothing is
// found is looked at again in another size.
func readAll(t *testing.T, read func(*testing.T, []*image.Gray) []string, shown []*image.Gray) []string {
	t.Helper()
	texts := read(t, shown)
	var again []*image.Gray
	var which []int
	for i, text := range texts {
		if text == "" {
			again, which = append(again, twice(shown[i])), append(which, i)
		}
	}
	if len(again) > 0 {
		for n, text := range read(t, again) {
			texts[which[n]] = text
		}
	}
	return texts
}

func own(_ *testing.T, shown []*image.Gray) []string {
	texts := make([]string, len(shown))
	for i, one := range shown {
		texts[i], _ = find(one)
	}
	return texts
}

// TestTicketsAreReadFromPaperAndScreens: by zbar and jsQR, and by the server's own decoder,
// from a print of 2.5 cm at 150 dpi and from a photo of a screen of 320 pixels. Season and
// seat have the longest ids with which a code has 45 modules.
func TestTicketsAreReadFromPaperAndScreens(t *testing.T) {
	t.Parallel()
	readers := installed(t)
	readers["server"] = own
	ring, err := keys.New(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))) // repeatable codes
	if err != nil {
		t.Fatal(err)
	}
	var names, codes []string
	var shown []*image.Gray
	for n := range 4 {
		code, err := ticket.Sign(ring.For(keys.Ticket), fmt.Sprintf("65f1c0ffee65f1c0ffee%04x", n), "spring-gala-2027", fmt.Sprintf("BALK-12%d", n), time.Unix(1_803_895_200, 0))
		if err != nil {
			t.Fatal(err)
		}
		if os.Getenv(asJWS) != "" {
			claims := &ticket.Claims{Issuer: ticket.Issuer, Audience: ticket.Audience, ID: fmt.Sprintf("65f1c0ffee65f1c0ffee%04x", n), Season: "spring-gala-2027", Seat: "BALK-123", IssuedAt: 1_803_895_200}
			if code, err = ring.For(keys.Ticket).Sign(ticket.Type, claims); err != nil {
				t.Fatal(err)
			}
		}
		random := rand.New(rand.NewPCG(5, uint64(n))) //nolint:gosec // repeatable images
		names = append(names, fmt.Sprint("print ", n), fmt.Sprint("screen ", n))
		codes = append(codes, code, code)
		shown = append(shown, printedScan(t, code, 25, random), photographedScreen(t, code, random))
	}
	if folder := os.Getenv("USHER_TEST_PICTURES"); folder != "" {
		for i, one := range shown {
			if err := os.WriteFile(filepath.Join(folder, "sight-"+names[i]+".png"), asPNG(t, one), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for reader, read := range readers {
		for i, text := range readAll(t, read, shown) {
			if text != codes[i] {
				t.Errorf("%s reads %q from %s, want %q", reader, text, names[i], codes[i])
			}
		}
	}
}
