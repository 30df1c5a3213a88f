package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/xlsx"
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
func (s *Server) getAdminSold(format booking.SheetFormat) sessionHandler {
	return func(w http.ResponseWriter, r *http.Request, session auth.Session) error {
		return s.answerSheet(w, r, session, "sold", format, s.o.Booking.ExportSold)
	}
}

// getAdminTakings is what was taken, by category, for a spreadsheet.
func (s *Server) getAdminTakings(format booking.SheetFormat) sessionHandler {
	return func(w http.ResponseWriter, r *http.Request, session auth.Session) error {
		return s.answerSheet(w, r, session, "takings", format, s.o.Booking.ExportTakings)
	}
}

// answerSheet answers with an export as it is written. What fails after its
// beginning cuts the connection, so that half of it does not look like the whole.
// An admin's exports are made one at a time.
func (s *Server) answerSheet(w http.ResponseWriter, r *http.Request, session auth.Session, name string, format booking.SheetFormat, export func(ctx context.Context, season string, format booking.SheetFormat, w io.Writer, begin func()) error) error {
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
		if format == booking.XLSX {
			h.Set("Content-Type", xlsx.MediaType)
		}
		h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name+"-"+season.ID+"."+string(format)))
		h.Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusOK)
	}
	err = s.exports.work(r.Context(), func() error { return export(r.Context(), season.ID, format, w, begin) })
	if err != nil && begun {
		s.log.WarnContext(r.Context(), "an export broke off", "export", name, "season", season.ID, "error", err, "request", requestID(r.Context()))
		panic(http.ErrAbortHandler)
	}
	return err
}
