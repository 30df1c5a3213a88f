package logo

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
)

// The most that a PNG may have: pixels on a side, and in all. The size is read from the
// header before anything is decompressed, so a small file cannot ask for more memory than
// 8 bytes a pixel.
const (
	maxSide   = 2048
	maxPixels = 1 << 20
)

// cleanPNG decodes a PNG and encodes its pixels again with 8 bits a channel. Everything
// else in the file is left out: metadata, further frames, data behind the end.
func cleanPNG(data []byte) (Picture, error) {
	size, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return Picture{}, fmt.Errorf("the PNG cannot be read: %w", err)
	}
	if size.Width > maxSide || size.Height > maxSide || size.Width*size.Height > maxPixels {
		return Picture{}, fmt.Errorf("the PNG has %d × %d pixels; at most %d on a side and %d in all are allowed", size.Width, size.Height, maxSide, maxPixels)
	}
	decoded, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return Picture{}, fmt.Errorf("the PNG cannot be decoded: %w", err)
	}
	area := decoded.Bounds()
	if area.Dx() != size.Width || area.Dy() != size.Height || area.Empty() {
		return Picture{}, errors.New("the PNG has another size than its header says")
	}
	pixels := image.NewNRGBA(image.Rect(0, 0, area.Dx(), area.Dy()))
	draw.Draw(pixels, pixels.Bounds(), decoded, area.Min, draw.Src)
	var out bytes.Buffer
	if err := png.Encode(&out, pixels); err != nil {
		return Picture{}, err
	}
	return Picture{Type: PNG, Data: out.Bytes(), Width: area.Dx(), Height: area.Dy()}, nil
}
