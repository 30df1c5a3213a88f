package qrread

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"strings"
	"testing"
	"time"

	"usher/internal/fault"
	"usher/internal/keys"
	"usher/internal/ticket"
)

// ticketCode is the code of a ticket as it is sold.
func ticketCode(t testing.TB) string {
	t.Helper()
	ring, err := keys.New(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))) // the same code in each run
	if err != nil {
		t.Fatal(err)
	}
	code, err := ticket.Sign(ring.For(keys.Ticket), "66f0c0ffee00000000000001", "spring-gala", "A-14", time.Unix(1_803_895_200, 0))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// photo draws a code as a camera sees it: turned, on a grey ground, with a gradient of
// light. module is the width of a module in pixels.
func photo(t testing.TB, code string, width, height int, module, turned float64) *image.Gray {
	t.Helper()
	qr, err := ticket.Draw(code)
	if err != nil {
		t.Fatal(err)
	}
	shown := image.NewGray(image.Rect(0, 0, width, height))
	sin, cos := math.Sincos(turned)
	for y := range height {
		for x := range width {
			dx, dy := float64(x)-float64(width)/2, float64(y)-float64(height)/2
			u, v := (cos*dx+sin*dy)/module+float64(len(qr))/2, (cos*dy-sin*dx)/module+float64(len(qr))/2
			light := 90.0
			if u >= 0 && v >= 0 && int(u) < len(qr) && int(v) < len(qr) {
				if light = 215; qr[int(v)][int(u)] {
					light = 35
				}
			}
			shown.SetGray(x, y, color.Gray{uint8(light * (0.75 + 0.25*float64(x)/float64(width)))})
		}
	}
	return shown
}

func asJPEG(t testing.TB, shown image.Image, quality int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, shown, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asPNG(t testing.TB, shown image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, shown); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// inColour is an image as cameras make it: JPEG stores it with brightness and colour.
func inColour(shown image.Image) image.Image {
	out := image.NewRGBA(shown.Bounds())
	draw.Draw(out, out.Bounds(), shown, image.Point{}, draw.Src)
	return out
}

func TestATicketInAPhotoIsRead(t *testing.T) {
	t.Parallel()
	code := ticketCode(t)
	for name, c := range map[string]struct {
		media string
		body  []byte
	}{
		"straight, JPEG":  {JPEG, asJPEG(t, inColour(photo(t, code, 640, 480, 5, 0)), 70)},
		"turned, JPEG":    {JPEG, asJPEG(t, photo(t, code, 800, 600, 5.5, 0.35), 70)},
		"upside down":     {JPEG, asJPEG(t, photo(t, code, 800, 600, 5, math.Pi+0.1), 60)},
		"PNG":             {PNG, asPNG(t, photo(t, code, 640, 480, 4, -0.2))},
		"PNG of a screen": {PNG, asPNG(t, photo(t, code, 480, 480, 5, 0))},
	} {
		if got, err := Read(c.media, c.body); err != nil || got != code {
			t.Errorf("%s (%d bytes): %q, %v", name, len(c.body), got, err)
		}
	}
	blank := image.NewGray(image.Rect(0, 0, 640, 480))
	if got, err := Read(PNG, asPNG(t, blank)); err != nil || got != "" {
		t.Errorf("an image without a code: %q, %v", got, err)
	}
}

// hugePNG says that it has so many pixels, in very few bytes.
func hugePNG(width, height uint32) []byte {
	header := make([]byte, 17)
	copy(header, "IHDR")
	binary.BigEndian.PutUint32(header[4:], width)
	binary.BigEndian.PutUint32(header[8:], height)
	header[12], header[13] = 8, 0
	out := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d")
	out = append(out, header...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(header))
}

// TestEveryDrawnCodeIsRead: about one code of a hundred has a place that looks like a
// corner, and was not found by the search for corners.
func TestEveryDrawnCodeIsRead(t *testing.T) {
	t.Parallel()
	ring, err := keys.New(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 250 {
		code, err := ticket.Sign(ring, fmt.Sprintf("%024x", i), "season-128", "A-1", time.Unix(1_800_000_000, 0))
		if err != nil {
			t.Fatal(err)
		}
		drawn, err := ticket.Draw(code)
		if err != nil {
			t.Fatal(err)
		}
		image, err := drawn.PNG()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Read(PNG, image); err != nil || got != code {
			t.Errorf("%d: %q, %v, want %q", i, got, err, code)
		}
	}
}

func TestImagesThatAreNotRead(t *testing.T) {
	t.Parallel()
	small := asJPEG(t, image.NewGray(image.Rect(0, 0, 8, 8)), 50)
	progressive := bytes.Replace(small, []byte{0xff, 0xc0}, []byte{0xff, 0xc2}, 1)
	for name, c := range map[string]struct {
		media string
		body  []byte
		code  fault.Code
	}{
		"nothing":            {JPEG, nil, fault.InvalidRequest},
		"text":               {JPEG, []byte("hello"), fault.InvalidRequest},
		"text as PNG":        {PNG, []byte("hello"), fault.InvalidRequest},
		"a JPEG as PNG":      {PNG, small, fault.InvalidRequest},
		"a cut JPEG":         {JPEG, small[:len(small)-20], fault.InvalidRequest},
		"a progressive JPEG": {JPEG, progressive, fault.InvalidRequest},
		"a GIF":              {"image/gif", []byte("GIF89a"), fault.UnsupportedMedia},
		"too many bytes":     {JPEG, make([]byte, MaxBytes+1), fault.TooLarge},
		"too many pixels":    {PNG, hugePNG(40_000, 40_000), fault.InvalidRequest},
		"an overflow":        {PNG, hugePNG(1<<31-1, 1<<31-1), fault.InvalidRequest},
		"one row too many":   {PNG, hugePNG(2000, 1001), fault.InvalidRequest},
	} {
		if got, err := Read(c.media, c.body); fault.CodeOf(err) != c.code || got != "" {
			t.Errorf("%s: %q, %v, want %s", name, got, err, c.code)
		}
	}
	if _, err := Read(PNG, hugePNG(2000, 1001)); err == nil || !strings.Contains(err.Error(), "2000 × 1001") {
		t.Errorf("the error does not say the size: %v", err)
	}
}

// TestOnlyTheFirstFrameSaysWhetherAJPEGIsBaseline: in a progressive image each byte can
// make the decoder pass over all pixels.
func TestOnlyTheFirstFrameSaysWhetherAJPEGIsBaseline(t *testing.T) {
	t.Parallel()
	const start = "\xff\xd8"
	baseline := string(asJPEG(t, image.NewGray(image.Rect(0, 0, 8, 8)), 50))[2:]
	progressive := strings.Replace(baseline, "\xff\xc0", "\xff\xc2", 1)
	segment := func(marker byte, content string) string {
		return string([]byte{0xff, marker, byte((len(content) + 2) >> 8), byte(len(content) + 2)}) + content
	}
	for name, c := range map[string]struct {
		body string
		want bool
	}{
		"a baseline image":               {start + baseline, true},
		"extended sequential":            {start + strings.Replace(baseline, "\xff\xc0", "\xff\xc1", 1), true},
		"padded":                         {start + strings.ReplaceAll(baseline, "\xff\xc0", "\xff\xff\xff\xc0"), true},
		"a frame in a comment":           {start + segment(0xfe, progressive) + baseline, true},
		"progressive":                    {start + progressive, false},
		"progressive, then baseline":     {start + progressive + baseline, false},
		"data before the frame":          {start + segment(0xda, "x") + baseline, false},
		"hidden behind a stuffed byte":   {start + segment(0, progressive) + baseline, false},
		"hidden behind a restart":        {start + segment(0xd0, progressive) + baseline, false},
		"hidden behind the last restart": {start + segment(0xd7, progressive) + baseline, false},
		"hidden behind an end":           {start + segment(0xd9, progressive) + baseline, false},
		"bytes between segments":         {start + "x" + baseline, false},
		"no frame":                       {start, false},
		"nothing":                        {"", false},
	} {
		_, err := Read(JPEG, []byte(c.body))
		refused := err != nil && strings.Contains(err.Error(), "not a baseline JPEG")
		if isBaseline([]byte(c.body)) != c.want || refused == c.want {
			t.Errorf("%s: taken for baseline: %t, read: %v", name, !c.want, err)
		}
	}
}

// TestAnImageFullOfCornersEndsTheSearch: the decoder compares all triples of squares
// that look like the corner of a code, so their number is bounded.
func TestAnImageFullOfCornersEndsTheSearch(t *testing.T) {
	t.Parallel()
	const side, pitch, module = 1400, 18, 2
	shown := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			u, v := x%pitch/module-3, y%pitch/module-3
			if ring := max(u, -u, v, -v); ring == 2 || ring > 3 {
				shown.SetGray(x, y, color.Gray{255})
			}
		}
	}
	if got, err := Read(PNG, asPNG(t, shown)); err != nil || got != "" {
		t.Errorf("%q, %v", got, err)
	}
	if text, squares := find(shown); text != "" || squares != maxSquares+1 {
		t.Errorf("the search went on to %d squares and found %q", squares, text)
	}
}

// FuzzRead: no image makes Read panic, or read more pixels than its bound.
func FuzzRead(f *testing.F) {
	code := ticketCode(f)
	f.Add(true, asJPEG(f, photo(f, code, 320, 320, 3.5, 0.1), 40))
	f.Add(false, asPNG(f, photo(f, code, 200, 200, 2.5, 0)))
	f.Add(false, hugePNG(1000, 1000))
	f.Add(true, []byte{0xff, 0xd8, 0xff, 0xff, 0xff, 0xc0, 0, 4})
	f.Fuzz(func(t *testing.T, isJPEG bool, body []byte) {
		media := PNG
		if isJPEG {
			media = JPEG
		}
		text, err := Read(media, body)
		if err != nil && (text != "" || !fault.Is(err, fault.InvalidRequest, fault.TooLarge)) {
			t.Errorf("%q, %v", text, err)
		}
	})
}
