// Package allotments serves the allotments of a season to admins: which seats are kept
// under which name, and moving seats between the sale and allotments, as JSON or as a file.
//
// Entry points: [New]; [Site.Get], [Site.Put] and [Site.PostFile]. The caller has checked
// who asks.
package allotments

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/go-chi/chi/v5"

	"usher/booking"
	"usher/internal/fault"
	"usher/internal/wire"
)

// Options configures a Site. All fields are required.
type Options struct {
	Booking interface {
		Season(ctx context.Context, id string) (booking.Season, error)
		Allot(ctx context.Context, season string, want []booking.AllotSeat, by string) (int, error)
		AllotPlaces(ctx context.Context, season, name string, seats []string, areas []booking.AreaCount, by string) (int, error)
		Allotments(ctx context.Context, season string) ([]booking.Allotment, error)
	}
	// Decode reads a JSON body.
	Decode func(w http.ResponseWriter, r *http.Request, v any) error
	// Body reads the body of a request of one of some media types.
	Body func(w http.ResponseWriter, r *http.Request, limit int64, media ...string) ([]byte, error)
	// Answer answers with JSON.
	Answer func(w http.ResponseWriter, status int, v any) error
	Logger *slog.Logger
}

// Site serves allotments. Safe for concurrent use.
type Site struct{ o Options }

// New makes a Site.
func New(o Options) *Site { return &Site{o} }

// maxFile is the most bytes of an uploaded file: far more than a change may name.
const maxFile = 1 << 20

// Get answers with the allotments of a season. Errors: not_found, unavailable.
func (s *Site) Get(w http.ResponseWriter, r *http.Request) error {
	return s.answer(w, r, 0)
}

// Put moves the named seats, and places of areas, into an allotment, or on sale for the
// name "". Errors: as booking.Allot.
func (s *Site) Put(w http.ResponseWriter, r *http.Request, by string) error {
	season, err := s.o.Booking.Season(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	var body wire.AllotmentChange
	if err := s.o.Decode(w, r, &body); err != nil {
		return err
	}
	if body.Name == nil {
		return fault.New(fault.InvalidRequest, `name is missing: it is the name of the allotment, or "" to put the seats on sale`)
	}
	areas := make([]booking.AreaCount, len(body.Areas))
	for i, a := range body.Areas {
		areas[i] = booking.AreaCount{Area: a.Area, Count: a.Count}
	}
	moved, err := s.o.Booking.AllotPlaces(r.Context(), season.ID, *body.Name, body.Seats, areas, by)
	if err != nil {
		return err
	}
	s.o.Logger.Info("allotment changed", "season", season.ID, "by", by, "allotment", *body.Name, "moved", moved)
	return s.answer(w, r, moved)
}

// PostFile moves the seats of a CSV file, each to the allotment of its row, all rows or
// none. Seats that the file does not name stay where they are. Errors: as booking.Allot.
func (s *Site) PostFile(w http.ResponseWriter, r *http.Request, by string) error {
	season, err := s.o.Booking.Season(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	file, err := s.o.Body(w, r, maxFile, "text/csv")
	if err != nil {
		return err
	}
	want, err := readSeats(file)
	if err != nil {
		return err
	}
	moved, err := s.o.Booking.Allot(r.Context(), season.ID, want, by)
	if err != nil {
		return err
	}
	s.o.Logger.Info("allotments uploaded", "season", season.ID, "by", by, "rows", len(want), "moved", moved)
	return s.answer(w, r, moved)
}

func (s *Site) answer(w http.ResponseWriter, r *http.Request, moved int) error {
	all, err := s.o.Booking.Allotments(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	shown := wire.Allotments{Allotments: make([]wire.Allotment, len(all)), Moved: moved}
	for i, a := range all {
		shown.Allotments[i] = wire.Allotment{Name: a.Name, Count: len(a.Seats), Seats: a.Seats}
	}
	return s.o.Answer(w, http.StatusOK, shown)
}
