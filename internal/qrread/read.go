// Package qrread reads a QR code from an image of a camera. The image comes from
// outside: Read bounds its bytes, its pixels and the work before it decodes it.
package qrread

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"image/png"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"usher/internal/fault"
)

const (
	// MaxBytes is the largest image that Read decodes.
	MaxBytes = 200_000
	// MaxPixels is the most pixels of an image: more than 1600 × 1200. A small file can
	// unpack to very many pixels.
	MaxPixels = 2_000_000
	// maxSquares is the most squares of an image that look like the corner of a QR code.
	// The decoder's work grows with the third power of their number. A photo of a ticket
	// has three of them.
	maxSquares = 200
)

// Media types of the images.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
)

// Read returns the text of the QR code that an image of the given media type shows, ""
// when it shows none that can be read. Errors: too_large, unsupported_media_type,
// invalid_request (not such an image, or too many pixels).
func Read(media string, photo []byte) (string, error) {
	if len(photo) > MaxBytes {
		return "", fault.New(fault.TooLarge, "the image has %d bytes, at most %d are read", len(photo), MaxBytes)
	}
	shown, err := decode(media, photo)
	if err != nil {
		return "", err
	}
	text, _ := find(shown)
	return text, nil
}

// decode decodes an image whose number of pixels is in bounds.
func decode(media string, photo []byte) (image.Image, error) {
	size, read := jpeg.DecodeConfig, jpeg.Decode
	switch media {
	case JPEG:
		// The data of a progressive image passes over all pixels many times.
		if !isBaseline(photo) {
			return nil, fault.New(fault.InvalidRequest, "the body is not a baseline JPEG")
		}
	case PNG:
		size, read = png.DecodeConfig, png.Decode
	default:
		return nil, fault.New(fault.UnsupportedMedia, "send the body as %s or %s", JPEG, PNG)
	}
	invalid := func(err error) error {
		return fault.Wrap(fault.InvalidRequest, err, "the body is not a valid %s", media)
	}
	config, err := size(bytes.NewReader(photo))
	if err != nil {
		return nil, invalid(err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > MaxPixels/config.Height {
		return nil, fault.New(fault.InvalidRequest, "the image has %d × %d pixels, at most %d in all are read", config.Width, config.Height, MaxPixels)
	}
	shown, err := read(bytes.NewReader(photo))
	if err != nil {
		return nil, invalid(err)
	}
	return shown, nil
}

// isBaseline reports whether the first frame of a JPEG is sequential: its header is
// SOF0 or SOF1.
func isBaseline(photo []byte) bool {
	const startOfImage, startOfFrame0, startOfFrame1, startOfScan = 0xd8, 0xc0, 0xc1, 0xda
	const restart0, endOfImage = 0xd0, 0xd9
	if len(photo) < 2 || photo[0] != 0xff || photo[1] != startOfImage {
		return false
	}
	for at := 2; at+4 <= len(photo); {
		if photo[at] != 0xff {
			return false
		}
		marker := photo[at+1]
		switch {
		case marker == 0xff: // a byte of padding
			at++
			continue
		case marker == 0, marker >= restart0 && marker <= endOfImage:
			// They have no length and do not belong here. The decoder skips them, so a
			// frame could be hidden in what looks like their content.
			return false
		case marker == startOfFrame0, marker == startOfFrame1:
			return true
		case marker == startOfScan, marker >= 0xc2 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
			return false
		}
		at += 2 + int(binary.BigEndian.Uint16(photo[at+2:]))
	}
	return false
}

// tooManySquares ends the search in an image that looks made to keep the decoder busy.
type tooManySquares struct{}

// find returns the text of the QR code in an image, "" when there is none, and how many
// squares look like the corner of a code.
func find(shown image.Image) (text string, squares int) {
	defer func() {
		// An image that the library cannot handle shows no code.
		if recovered := recover(); recovered != nil {
			text = ""
		}
	}()
	if photo, ok := shown.(*image.YCbCr); ok { // the brightness is there already
		shown = &image.Gray{Pix: photo.Y, Stride: photo.YStride, Rect: photo.Rect}
	}
	pixels, err := gozxing.NewBinaryBitmapFromImage(shown)
	if err != nil {
		return "", 0
	}
	hints := map[gozxing.DecodeHintType]any{
		gozxing.DecodeHintType_TRY_HARDER: true,
		gozxing.DecodeHintType_NEED_RESULT_POINT_CALLBACK: gozxing.ResultPointCallback(func(gozxing.ResultPoint) {
			if squares++; squares > maxSquares {
				panic(tooManySquares{})
			}
		}),
	}
	reader := qrcode.NewQRCodeReader()
	found, err := reader.Decode(pixels, hints)
	if err != nil || found == nil {
		// In one drawn code of a hundred the library takes something else for a corner.
		// It reads them as images that show a code and nothing else, which costs little.
		found, err = reader.Decode(pixels, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	}
	if err != nil || found == nil {
		return "", squares
	}
	return found.GetText(), squares
}
