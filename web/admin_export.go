package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"usher/internal/auth"
)

// exportTime is how long somebody may take to download an export.
const exportTime = 10 * time.Minute

// getAdminSold is every seat sold, for a spreadsheet.
func (s *Server) getAdminSold(w http.ResponseWriter, r *http.Request, _ auth.Session) error {
	return s.answerSheet(w, r, "sold", s.o.Booking.ExportSold)
}

// getAdminTakings is what was taken, by category, for a spreadsheet.
func (s *Server) getAdminTakings(w http.ResponseWriter, r *http.Request, _ auth.Session) error {
	return s.answerSheet(w, r, "takings", s.o.Booking.ExportTakings)
}

// answerSheet answers with an export as it is written. What fails after its
// beginning cuts the connection, so that half of it does not look like the whole.
func (s *Server) answerSheet(w http.ResponseWriter, r *http.Request, name string, export func(ctx context.Context, season string, w io.Writer, begin func()) error) error {
	season, err := s.o.Booking.Season(r.Context(), pathValue(r, "id"))
	if err != nil {
		return err
	}
	begun := false
	err = export(r.Context(), season.ID, w, func() {
		begun = true
		// The server's own deadline is for answers made in memory.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exportTime))
		h := w.Header()
		h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
		h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name+"-"+season.ID+".csv"))
		h.Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusOK)
	})
	if err != nil && begun {
		s.log.WarnContext(r.Context(), "an export broke off", "export", name, "season", season.ID, "error", err, "request", requestID(r.Context()))
		panic(http.ErrAbortHandler)
	}
	return err
}
