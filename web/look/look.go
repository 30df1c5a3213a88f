package look

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"usher/booking"
	"usher/internal/accent"
	"usher/internal/wire"
)

// Options configures a Site. All fields are required.
type Options struct {
	Booking *booking.Booking
	// Body reads the body of a request of one of some media types.
	Body func(w http.ResponseWriter, r *http.Request, limit int64, media ...string) ([]byte, error)
	// Answer answers with JSON.
	Answer func(w http.ResponseWriter, status int, v any) error
	// Zips reports whether a client accepts gzip.
	Zips func(*http.Request) bool
}

// Site serves looks. Safe for concurrent use.
type Site struct {
	o     Options
	logos *lru.Cache[string, file] // by season and hash
	// cleaning makes uploads wait for each other: the largest takes some megabytes.
	cleaning sync.Mutex
}

// cachedLogos is how many logos a node keeps in memory. A site has few seasons at a time.
const cachedLogos = 16

// New makes a Site.
func New(o Options) *Site {
	logos, err := lru.New[string, file](cachedLogos)
	if err != nil {
		panic(err) // the size is a constant
	}
	return &Site{o: o, logos: logos}
}

// Of returns what is public about a season's look.
func (s *Site) Of(season booking.Season) wire.Look {
	look := wire.Look{Accent: wire.TextOrNull(season.Accent), Text: wire.TextOrNull(season.WaitingText)}
	if palette, ok := paletteOf(season.Accent); ok {
		path := accentPath(palette)
		look.Stylesheet = &path
	}
	if season.Logo.Hash != "" {
		look.Logo = &wire.Logo{URL: "/seasons/" + season.ID + "/logo/" + season.Logo.Hash, Width: season.Logo.Width, Height: season.Logo.Height, Alt: season.LogoAlt}
	}
	return look
}

// paletteOf returns the colors of an accent. A color that this version refuses counts as
// none: the one before may have accepted it.
func paletteOf(text string) (accent.Palette, bool) {
	if text == "" {
		return accent.Palette{}, false
	}
	c, err := accent.Parse(text)
	if err != nil {
		return accent.Palette{}, false
	}
	palette, err := accent.Derive(c)
	return palette, err == nil
}

// Page is what the HTML of a season's pages needs of its look. Comparable: pages are
// cached by it.
type Page struct {
	Name       string // of the season; "" for an unknown one
	Stylesheet string // a path, or "" for none
	Logo       string // a path, or "" for none
	JSON       string // the look as wire.Look; "" when it is the app's own
}

// pageTime bounds how long a page waits for the seasons of a node that has just started.
const pageTime = time.Second

// Page returns what the HTML of a season's pages needs. It asks no store for a season that
// this node does not know: everyone may ask for any.
func (s *Site) Page(ctx context.Context, id string) Page {
	ctx, cancel := context.WithTimeout(ctx, pageTime)
	defer cancel()
	season, known := s.o.Booking.KnownSeason(ctx, id)
	if !known {
		return Page{}
	}
	look := s.Of(season)
	page := Page{Name: season.Name}
	if look == (wire.Look{}) {
		return page
	}
	text, err := json.Marshal(look)
	if err != nil {
		return page
	}
	page.JSON = string(text)
	if look.Stylesheet != nil {
		page.Stylesheet = *look.Stylesheet
	}
	page.Logo = cmp.Or(look.Logo, &wire.Logo{}).URL
	return page
}
