package web

import (
	"compress/flate"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"usher/internal/fault"
)

// getSeats lists a season's seats with their statuses, from memory.
func (s *Server) getSeats(w http.ResponseWriter, r *http.Request) error {
	season, err := s.seasonOf(r)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	filter := seatFilter{season: season.ID, category: query.Get("category"), status: query.Get("status")}
	snapshot, err := s.o.Booking.Snapshot(r.Context(), season.ID)
	if err != nil {
		return err
	}
	if len(snapshot.Plan.Seats) == 0 {
		filter.category = "" // no category is wrong yet
	}
	if err := filter.check(snapshot.Plan); err != nil {
		return err
	}
	page, err := s.seats.at(r.Context(), filter, snapshot)
	if err != nil {
		return err
	}
	defer s.seats.done(page)
	h := w.Header()
	for _, name := range []string{"Accept-Encoding", "Authorization", "Cookie"} {
		h.Add("Vary", name)
	}
	h.Set("ETag", page.tag)
	// A signed-in user may have just changed a seat, so a cache must not answer
	// with an older state; a 304 is cheap. Others may see a list that is a second
	// old.
	h.Set("Cache-Control", "public, max-age=1")
	if r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	if matches(r.Header.Values("If-None-Match"), page.tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "application/json")
	page.write(w, r)
	return nil
}

// write sends the page in the form that the client accepts. Only the compressed
// form is in memory, and the plain form is made from it.
func (page *seatPage) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	gzip := acceptsGzip(r)
	if h.Set("Content-Length", strconv.Itoa(page.plain)); gzip {
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(page.size))
	}
	if r.Method == http.MethodHead {
		return
	}
	text := io.Reader(&pageReader{page: page, parts: page.parts(gzip)})
	if !gzip {
		text = flate.NewReader(text)
	}
	if _, err := io.CopyBuffer(w, text, make([]byte, 32<<10)); err != nil {
		panic(http.ErrAbortHandler) // a part of the list must not look like the whole
	}
}

// pageReader reads a page until the page is cut.
type pageReader struct {
	page  *seatPage
	parts [][]byte
}

func (p *pageReader) Read(into []byte) (int, error) {
	if p.page.cut.Load() {
		return 0, errors.New("the page was cut to free memory")
	}
	n := 0
	for n < len(into) && len(p.parts) > 0 {
		took := copy(into[n:], p.parts[0])
		n += took
		if p.parts[0] = p.parts[0][took:]; len(p.parts[0]) == 0 {
			p.parts = p.parts[1:]
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// getSeatPlan answers with the plan in force, without statuses, which every cache may
// keep.
func (s *Server) getSeatPlan(w http.ResponseWriter, r *http.Request) error {
	season, err := s.o.Booking.Season(r.Context(), pathValue(r, "id"))
	if err != nil {
		return err
	}
	snapshot, err := s.o.Booking.Snapshot(r.Context(), season.ID)
	if err != nil {
		return err
	}
	return s.plans.Serve(w, r, snapshot.Plan, pathValue(r, "hash"))
}

func (s *Server) getSeat(w http.ResponseWriter, r *http.Request) error {
	season, err := s.seasonOf(r)
	if err != nil {
		return err
	}
	snapshot, err := s.o.Booking.Snapshot(r.Context(), season.ID)
	if err != nil {
		return err
	}
	if i, ok := snapshot.Plan.ByName[pathValue(r, "seatNumber")]; ok {
		seat := snapshot.Plan.Seats[i]
		seat.ID = snapshot.Plan.IDOf(i) // of a unit of an area too
		return answerJSON(w, http.StatusOK, toSeat(seat, snapshot.Status(i)))
	}
	return fault.New(fault.NotFound, "unknown seat")
}

// matches reports whether If-None-Match contains the tag, comparing weakly.
func matches(headers []string, tag string) bool {
	for _, header := range headers {
		for candidate := range strings.SplitSeq(header, ",") {
			candidate = strings.TrimSpace(candidate)
			if candidate == "*" || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(tag, "W/") {
				return true
			}
		}
	}
	return false
}

// acceptsGzip reports whether the client accepts gzip, by name or by "*", with a
// weight above 0.
func acceptsGzip(r *http.Request) bool {
	for _, header := range r.Header.Values("Accept-Encoding") {
		for part := range strings.SplitSeq(header, ",") {
			name, parameter, _ := strings.Cut(part, ";")
			name = strings.ToLower(strings.TrimSpace(name))
			if name != "gzip" && name != "*" {
				continue
			}
			weight := strings.ReplaceAll(parameter, " ", "")
			return weight != "q=0" && weight != "q=0.0" && weight != "q=0.00" && weight != "q=0.000"
		}
	}
	return false
}
