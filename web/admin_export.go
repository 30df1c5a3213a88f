package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"usher/internal/auth"
)

const (
	// exportsAtOnce bounds the exports on this node: each reads a season's books.
	exportsAtOnce = 2
	// exportsWaiting is how many exports an admin may have asked for at once.
	exportsWaiting = 4
	// exportPatience is less than the server's deadline for an answer.
	exportPatience = 20 * time.Second
)

// getAdminSold is every seat sold, for a spreadsheet.
func (s *Server) getAdminSold(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	return s.answerSheet(w, r, session, "sold", s.o.Booking.ExportSold)
}

// getAdminTakings is what was taken, by category, for a spreadsheet.
func (s *Server) getAdminTakings(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	return s.answerSheet(w, r, session, "takings", s.o.Booking.ExportTakings)
}

// answerSheet answers with an export as it is written. What fails after its
// beginning cuts the connection, so that half of it does not look like the whole.
// An admin's exports are made one at a time.
func (s *Server) answerSheet(w http.ResponseWriter, r *http.Request, session auth.Session, name string, export func(ctx context.Context, season string, w io.Writer, begin func()) error) error {
	season, err := s.o.Booking.Season(r.Context(), pathValue(r, "id"))
	if err != nil {
		return err
	}
	release, err := s.exports.take(r.Context(), session.User.ID)
	if err != nil {
		return err
	}
	defer release()
	begun := false
	begin := func() {
		begun = true
		h := w.Header()
		h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
		h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name+"-"+season.ID+".csv"))
		h.Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusOK)
	}
	err = s.exports.work(r.Context(), func() error { return export(r.Context(), season.ID, w, begin) })
	if err != nil && begun {
		s.log.WarnContext(r.Context(), "an export broke off", "export", name, "season", season.ID, "error", err, "request", requestID(r.Context()))
		panic(http.ErrAbortHandler)
	}
	return err
}
