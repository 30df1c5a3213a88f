package look

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"strconv"

	"github.com/go-chi/chi/v5"

	"usher/internal/accent"
	"usher/internal/fault"
	"usher/internal/logo"
)

const (
	// logoPolicy is for a logo that is opened as a page of its own: it runs nothing, loads
	// nothing, and has an origin of its own.
	logoPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'"

	permanent  = "public, max-age=31536000, immutable"
	revalidate = "no-cache"
)

// file is an answer, ready to be sent.
type file struct {
	contentType string
	plain       []byte
	zipped      []byte // nil when it would be no smaller
}

func newFile(contentType string, data []byte) file {
	f := file{contentType: contentType, plain: data}
	if contentType == logo.PNG {
		return f
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write(data) // writing to memory does not fail
	_ = z.Close()
	if zipped.Len() < len(data) {
		f.zipped = zipped.Bytes()
	}
	return f
}

func (s *Site) send(w http.ResponseWriter, r *http.Request, f file) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Add("Vary", "Accept-Encoding")
	body := f.plain
	if f.zipped != nil && s.o.Zips(r) {
		h.Set("Content-Encoding", "gzip")
		body = f.zipped
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // fails only if the caller has closed the connection
	}
}

// GetLogo answers with the data of a season's logo. Errors: not_found, unavailable.
func (s *Site) GetLogo(w http.ResponseWriter, r *http.Request) error {
	season, hash := chi.URLParam(r, "id"), chi.URLParam(r, "hash")
	key := season + "/" + hash
	found, cached := s.logos.Get(key)
	if !cached {
		meta, data, err := s.o.Booking.LogoData(r.Context(), season, hash)
		if err != nil {
			return err
		}
		found = newFile(meta.Type, data)
		s.logos.Add(key, found)
	}
	h := w.Header()
	h.Set("Content-Security-Policy", logoPolicy)
	h.Set("Cache-Control", permanent)
	s.send(w, r, found)
	return nil
}

// accentFile is the name of a style sheet: the color, and a part of the hash of the sheet.
var accentFile = regexp.MustCompile(`^([0-9a-f]{6})-([0-9a-f]{8})\.css$`)

// accentPath returns the address of the style sheet of a palette. The address holds the
// color, so that every node can serve it: no node needs to know the season.
func accentPath(p accent.Palette) string {
	return "/accents/" + p.Light.Accent.String()[1:] + "-" + edition(p) + ".css"
}

func edition(p accent.Palette) string {
	sum := sha256.Sum256(p.Sheet())
	return hex.EncodeToString(sum[:4])
}

// GetAccent answers with the style sheet of a color. Errors: not_found for a color that is
// not one, or that cannot be read.
func (s *Site) GetAccent(w http.ResponseWriter, r *http.Request) error {
	name := accentFile.FindStringSubmatch(chi.URLParam(r, "file"))
	if name == nil {
		return fault.New(fault.NotFound, "a style sheet is at an address like /accents/5b3fa8-0a1b2c3d.css, not %.40q", chi.URLParam(r, "file"))
	}
	palette, ok := paletteOf("#" + name[1])
	if !ok {
		return fault.New(fault.NotFound, "the color #%s cannot be read on light pages; it has no style sheet", name[1])
	}
	// A node of another version derives other colors: they do for the moment.
	w.Header().Set("Cache-Control", revalidate)
	if edition(palette) == name[2] {
		w.Header().Set("Cache-Control", permanent)
	}
	s.send(w, r, newFile("text/css; charset=utf-8", palette.Sheet()))
	return nil
}
