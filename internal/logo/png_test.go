package logo

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"runtime"
	"strings"
	"testing"
)

func encoded(t testing.TB, width, height int) []byte {
	t.Helper()
	pixels := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range pixels.Pix {
		pixels.Pix[i] = uint8(i * 7)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, pixels); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// chunk is one part of a PNG file.
func chunk(kind string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// bomb is a PNG that says a size and holds that many bytes of zeros.
func bomb(t *testing.T, width, height uint32, depth, kind byte, zeros int, more ...[]byte) []byte {
	t.Helper()
	return picture(width, height, depth, kind, packedZeros(t, zeros), more...)
}

func picture(width, height uint32, depth, kind byte, packed []byte, more ...[]byte) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	out := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(header, depth, kind, 0, 0, 0))...)
	for _, each := range more {
		out = append(out, each...)
	}
	return append(append(out, chunk("IDAT", packed)...), chunk("IEND", nil)...)
}

func TestAPNGIsEncodedAgainWithoutItsSurroundings(t *testing.T) {
	t.Parallel()
	plain := encoded(t, 30, 20)
	dressed := bytes.Join([][]byte{plain[:33], chunk("tEXt", []byte("Comment\x00<script>alert(1)</script>")), chunk("eXIf", []byte("where it was taken")), plain[33:], []byte("<script>alert(2)</script>")}, nil)
	p, err := Clean(dressed)
	if err != nil {
		t.Fatal(err)
	}
	if p.Type != PNG || p.Width != 30 || p.Height != 20 || bytes.Contains(p.Data, []byte("script")) || bytes.Contains(p.Data, []byte("taken")) {
		t.Errorf("got %s, %d × %d: %q", p.Type, p.Width, p.Height, p.Data)
	}
	before, _ := png.Decode(bytes.NewReader(plain))
	after, err := png.Decode(bytes.NewReader(p.Data))
	if err != nil {
		t.Fatal(err)
	}
	for y := range 20 {
		for x := range 30 {
			if a, b := color.NRGBAModel.Convert(before.At(x, y)), color.NRGBAModel.Convert(after.At(x, y)); a != b {
				t.Fatalf("the pixel %d, %d changed from %v to %v", x, y, a, b)
			}
		}
	}
	if other, err := Clean(plain); err != nil || other.Hash() != p.Hash() {
		t.Errorf("the same pixels have two names: %v", err)
	}
}

func TestPNGsThatAreTooMuchAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		says string
	}{
		"a wide one":                  {bomb(t, 2049, 1, 8, 2, 10), "2049 × 1 pixels"},
		"a high one":                  {bomb(t, 1, 60000, 8, 2, 10), "1 × 60000 pixels"},
		"too many pixels":             {bomb(t, 2048, 2048, 8, 2, 10), "2048 × 2048 pixels"},
		"the largest size there is":   {bomb(t, 1<<31-1, 1<<31-1, 16, 6, 10), ""},
		"a size beyond":               {bomb(t, 1<<32-1, 1<<32-1, 16, 6, 10), ""},
		"no size":                     {bomb(t, 0, 0, 8, 2, 10), ""},
		"less data than it says":      {bomb(t, 1000, 1000, 16, 6, 10), "cannot be decoded"},
		"a header alone":              {bomb(t, 10, 10, 8, 2, 310)[:33], "cannot be decoded"},
		"a broken sum":                {append(encoded(t, 3, 3)[:40], make([]byte, 20)...), "cannot be decoded"},
		"half a header":               {[]byte("\x89PNG\r\n"), "cannot be read"},
		"a GIF":                       {[]byte("GIF89a......"), "neither"},
		"a JPEG":                      {[]byte("\xff\xd8\xff\xe0"), "neither"},
		"nothing":                     {nil, "empty"},
		"more bytes than are read":    {append(encoded(t, 3, 3), make([]byte, MaxUpload)...), "bytes"},
		"an SVG that calls itself so": {[]byte("\x89PNG<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"), "cannot be read"},
	} {
		if p, err := Clean(c.data); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %s of %d bytes, %v; want %q", name, p.Type, len(p.Data), err, c.says)
		}
	}
}

// TestADecompressionBombCostsLittle: small files that unpack to far more than their size
// allows need no more memory than the largest picture.
func TestADecompressionBombCostsLittle(t *testing.T) {
	packed := packedZeros(t, 80<<20)
	for name, data := range map[string][]byte{
		"more pixels than it says":  picture(10, 10, 8, 2, packed),
		"a text that unpacks":       bomb(t, 10, 10, 8, 2, 310, chunk("zTXt", append([]byte("Comment\x00\x00"), packed...))),
		"a profile that unpacks":    bomb(t, 10, 10, 8, 2, 310, chunk("iCCP", append([]byte("Profile\x00\x00"), packed...))),
		"the largest of all depths": bomb(t, 1024, 1024, 16, 6, (1024*8+1)*1024),
	} {
		if len(data) > MaxUpload {
			t.Fatalf("%s has %d bytes: it is no bomb", name, len(data))
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Clean(data)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 48<<20 {
			t.Errorf("%s (%d bytes, %v) took %d MiB", name, len(data), err, used>>20)
		}
	}
}

// packedZeros compresses n zeros, or a little more: it repeats a compressed block, which
// takes no time. Its checksum is wrong beyond the first block.
func packedZeros(t *testing.T, n int) []byte {
	t.Helper()
	const block = 1 << 20
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	if _, err := z.Write(make([]byte, min(n, block))); err != nil {
		t.Fatal(err)
	}
	if err := z.Flush(); err != nil {
		t.Fatal(err)
	}
	first := bytes.Clone(out.Bytes())
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	last := out.Bytes()[len(first):]
	head := first[:2] // of zlib; each block ends on a whole byte
	return append(append(bytes.Clone(head), bytes.Repeat(first[2:], (n+block-1)/block)...), last...)
}

func FuzzPNGsAreReadOrRefused(f *testing.F) {
	f.Add(encoded(f, 5, 4))
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Clean(data)
		if err != nil || p.Type != PNG {
			return
		}
		if again, err := Clean(p.Data); err != nil || !bytes.Equal(again.Data, p.Data) {
			t.Fatalf("encoded again it is another: %v", err)
		}
	})
}
