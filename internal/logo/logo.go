// Package logo makes an uploaded picture safe to serve to everyone: an SVG is written
// again from allowed elements and attributes only, a PNG is decoded and encoded again.
//
// Entry point: [Clean]. Where to look: svg.go reads and bounds an SVG, svg_write.go writes
// it, svg_allowed.go lists what it may contain, svg_style.go turns CSS into attributes,
// svg_links.go bounds what one element may draw through others, png.go is for PNG.
//
// A picture is refused, with the reason, if a part that would be left out could change how
// it looks or what it does. What only editors read (comments, metadata, their own
// attributes) is left out and named in the result.
package logo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// The media types of logos.
const (
	SVG = "image/svg+xml"
	PNG = "image/png"
)

// MaxUpload is the largest picture that is read, and MaxStored the largest that is served,
// in bytes.
const (
	MaxUpload = 512 << 10
	MaxStored = 1 << 20
)

// Picture is a safe picture.
type Picture struct {
	Type          string // SVG or PNG
	Data          []byte
	Width, Height int      // in pixels; of an SVG the size it asks for
	Removed       []string // what was left out, sorted
}

// Hash names the picture by its content: 32 hexadecimal digits.
func (p Picture) Hash() string {
	sum := sha256.Sum256(p.Data)
	return hex.EncodeToString(sum[:16])
}

// Clean returns a picture that is safe to serve, or why there is none. The type is found in
// the data, because browsers guess the type of a file from its name.
func Clean(data []byte) (Picture, error) {
	var p Picture
	var err error
	switch {
	case len(data) == 0:
		return Picture{}, errors.New("the picture is empty")
	case len(data) > MaxUpload:
		return Picture{}, fmt.Errorf("the picture has %d bytes; at most %d are read", len(data), MaxUpload)
	case bytes.HasPrefix(data, []byte("\x89PNG")):
		p, err = cleanPNG(data)
	case looksLikeXML(data):
		p, err = cleanSVG(data)
	default:
		return Picture{}, errors.New("the picture is neither an SVG nor a PNG")
	}
	if err == nil && len(p.Data) > MaxStored {
		err = fmt.Errorf("the picture written again has %d bytes; at most %d are stored", len(p.Data), MaxStored)
	}
	if err != nil {
		return Picture{}, err
	}
	return p, nil
}

func looksLikeXML(data []byte) bool {
	text := bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	return bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("<"))
}
