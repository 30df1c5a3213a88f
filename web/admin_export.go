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
	// exportsAtOnce is how many exports run on this node at once. Each reads all
	// orders of a season.
	exportsAtOnce = 2
	// exportsWaiting is how many exports one admin may have requested at once.
	exportsWaiting = 4
	// exportPatience is the longest wait for a free slot. It is less than the
	// server's time-out for an answer.
	exportPatience = 20 * time.Second
)

// getAdminSold exports every sold seat as a spreadsheet.
func (s *Server) getAdminSold(format booking.SheetFormat) sessionHandler {
	return func(w http.ResponseWriter, r *http.Request, session auth.Session) error {
		return s.answerSheet(w, r, session, "sold", format, s.o.Booking.ExportSold)
	}
}

// getAdminTakings exports the takings by category as a spreadsheet.
func (s *Server) getAdminTakings(format booking.SheetFormat) sessionHandler {
	return func(w http.ResponseWriter, r *http.Request, session auth.Session) error {
		return s.answerSheet(w, r, session, "takings", format, s.o.Booking.ExportTakings)
	}
}

// getAdminAllotments exports the seats in allotments as a spreadsheet.
func (s *Server) getAdminAllotments(format booking.SheetFormat) sessionHandler {
	return func(w http.ResponseWriter, r *http.Request, session auth.Session) error {
		return s.answerSheet(w, r, session, "allotments", format, s.o.Booking.ExportAllotments)
	}
}

// answerSheet streams an export. A failure after the first byte cuts the
// connection, so that a part cannot look like the whole. One admin's exports run
// one at a time.
func (s *Server) answerSheet(w http.ResponseWriter, r *http.Request, session auth.Session, name string, format booking.SheetFormat, export func(ctx context.Context, season string, format booking.SheetFormat, w io.Writer, begin func()) error) error {
	season, err := s.o.Booking.Season(r.Context(), pathValue(r, "id"))
	if err != nil {
		return err
	}
	release, err := s.exports.acquire(r.Context(), session.User.ID)
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
	err = s.exports.do(r.Context(), func() error { return export(r.Context(), season.ID, format, w, begin) })
	if err != nil && begun {
		s.log.WarnContext(r.Context(), "export: writing failed: the connection is cut", "export", name, "season", season.ID, "error", err, "request", requestID(r.Context()))
		panic(http.ErrAbortHandler)
	}
	return err
}
