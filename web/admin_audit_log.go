package web

import (
	"net/http"

	"usher/internal/auth"
	"usher/internal/wire"
)

const (
	auditPage    = 50
	maxAuditPage = 200
)

// getAdminAuditLog shows who changed what in a season, newest first.
func (s *Server) getAdminAuditLog(w http.ResponseWriter, r *http.Request, _ auth.Session) error {
	season, err := s.seasonOf(r)
	if err != nil {
		return err
	}
	limit, cursor, err := page(r, auditPage, maxAuditPage)
	if err != nil {
		return err
	}
	changes, next, err := s.o.Booking.Changes(r.Context(), season.ID, limit, cursor)
	if err != nil {
		return err
	}
	log := wire.AuditLog{Changes: make([]wire.Change, 0, len(changes)), Next: orNull(next)}
	for _, c := range changes {
		log.Changes = append(log.Changes, wire.Change{At: wire.At(c.At), By: c.By, Action: c.Action, Before: c.Before, After: c.After})
	}
	return answerJSON(w, http.StatusOK, log)
}
