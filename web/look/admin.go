package look

import (
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"usher/booking"
	"usher/internal/accent"
	"usher/internal/fault"
	"usher/internal/logo"
	"usher/internal/wire"
)

// maxChange is the most bytes of a change of a look without the logo: its texts, each
// character escaped.
const maxChange = 64 << 10

// GetAdmin answers with a season's look and the colors derived from its accent. With
// ?accent= it answers what they would be with that accent. Errors: not_found,
// invalid_request (accent).
func (s *Site) GetAdmin(w http.ResponseWriter, r *http.Request) error {
	season, err := s.o.Booking.Season(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	if query := r.URL.Query(); query.Has("accent") {
		season.Accent = query.Get("accent")
		if season.Accent != "" {
			c, err := accent.Parse(season.Accent)
			if err == nil {
				_, err = accent.Derive(c)
			}
			if err != nil {
				return fault.New(fault.InvalidRequest, "accent %v", err)
			}
			season.Accent = c.String()
		}
	}
	return s.answer(w, season, nil)
}

// Put changes the accent and the texts that the body names. Errors: not_found,
// invalid_request.
func (s *Site) Put(w http.ResponseWriter, r *http.Request, by string) error {
	id := chi.URLParam(r, "id")
	patch, err := s.o.Body(w, r, maxChange, "application/json")
	if err != nil {
		return err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(patch, &fields); err != nil || fields == nil {
		return fault.New(fault.InvalidRequest, "a look is a JSON object with accent, waitingText or logoAlt")
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if name != "accent" && name != "waitingText" && name != "logoAlt" {
			return fault.New(fault.InvalidRequest, "a look has accent, waitingText and logoAlt, and no %.40q", name)
		}
	}
	// ApplySeason would create a season that is not there.
	if _, err := s.o.Booking.Season(r.Context(), id); err != nil {
		return err
	}
	season, err := s.o.Booking.ApplySeason(r.Context(), id, patch, by)
	if err != nil {
		return err
	}
	return s.answer(w, season, nil)
}

// PutLogo replaces the logo by the picture in the body, made safe. Errors: not_found,
// invalid_request.
func (s *Site) PutLogo(w http.ResponseWriter, r *http.Request, by string) error {
	data, err := s.o.Body(w, r, logo.MaxUpload, logo.SVG, logo.PNG)
	if err != nil {
		return err
	}
	s.cleaning.Lock()
	picture, err := logo.Clean(data)
	s.cleaning.Unlock()
	if err != nil {
		return fault.New(fault.InvalidRequest, "%v", err)
	}
	made := booking.Logo{Hash: picture.Hash(), Type: picture.Type, Width: picture.Width, Height: picture.Height}
	season, err := s.o.Booking.SetLogo(r.Context(), chi.URLParam(r, "id"), made, picture.Data, by)
	if err != nil {
		return err
	}
	return s.answer(w, season, picture.Removed)
}

// DeleteLogo removes the logo. Errors: not_found.
func (s *Site) DeleteLogo(w http.ResponseWriter, r *http.Request, by string) error {
	season, err := s.o.Booking.RemoveLogo(r.Context(), chi.URLParam(r, "id"), by)
	if err != nil {
		return err
	}
	return s.answer(w, season, nil)
}

func (s *Site) answer(w http.ResponseWriter, season booking.Season, removed []string) error {
	shown := wire.AdminLook{Look: s.Of(season), Removed: append([]string{}, removed...)}
	if palette, ok := paletteOf(season.Accent); ok {
		shown.Colors = &wire.Colors{Light: toScheme(palette.Light), Dark: toScheme(palette.Dark)}
	}
	return s.o.Answer(w, http.StatusOK, shown)
}

func toScheme(s accent.Scheme) wire.ColorScheme {
	return wire.ColorScheme{
		Accent: s.Accent.String(), Strong: s.Strong.String(), On: s.On.String(), Tint: s.Tint.String(),
		Contrast: math.Floor(s.Contrast*100) / 100,
	}
}
