package web

import (
	"net/http"

	"usher/internal/auth"
	"usher/internal/wire"
)

const (
	linePage    = 100
	maxLinePage = 1000
)

// getAdminWaiting shows the line from its front, with the names of those in it.
func (s *Server) getAdminWaiting(w http.ResponseWriter, r *http.Request, _ auth.Session) error {
	season, err := s.o.Booking.Season(r.Context(), pathValue(r, "id"))
	if err != nil {
		return err
	}
	limit, cursor, err := page(r, linePage, maxLinePage)
	if err != nil {
		return err
	}
	rows, next, err := s.o.Queue.Line(r.Context(), season.ID, cursor, limit)
	if err != nil {
		return err
	}
	users := make([]string, 0, len(rows))
	for _, row := range rows {
		users = append(users, row.User)
	}
	names, err := s.o.Auth.Names(r.Context(), users)
	if err != nil {
		return err
	}
	line := wire.Line{Waiting: make([]wire.LineRow, 0, len(rows)), Next: orNull(next)}
	for _, row := range rows {
		line.Waiting = append(line.Waiting, wire.LineRow{
			UserID: row.User, Name: names[row.User], Number: row.Number, Position: row.Position,
			JoinedAt: wire.At(row.JoinedAt), Present: row.Present,
		})
	}
	return answerJSON(w, http.StatusOK, line)
}

// deleteAdminUser puts somebody out. Somebody who is out already stays out.
func (s *Server) deleteAdminUser(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	season, err := s.o.Booking.Season(r.Context(), pathValue(r, "id"))
	if err != nil {
		return err
	}
	user := pathValue(r, "userId")
	if err := s.putOut(r.Context(), season.ID, user); err != nil {
		return err
	}
	s.o.Booking.LogPutOut(r.Context(), season.ID, user, session.User.Email)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
