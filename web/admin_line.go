package web

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/wire"
	"usher/queue"
)

const (
	linePage    = 100
	maxLinePage = 1000

	searchFound = 200             // the most users that a search returns
	searchTime  = 3 * time.Second // the most time a search takes: it reads every user's name
)

// getAdminWaiting lists the line from its front, with names. With ?q it lists only
// users who match by name, e-mail address or id.
func (s *Server) getAdminWaiting(w http.ResponseWriter, r *http.Request, _ auth.Session) error {
	rows, names, next, err := usersOf(s, r, s.o.Queue.Line, s.o.Queue.LineOf, func(row queue.Row) string { return row.User })
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

// getAdminActive lists the users with a turn or an active place, and until when. ?q
// as for the line.
func (s *Server) getAdminActive(w http.ResponseWriter, r *http.Request, _ auth.Session) error {
	rows, names, next, err := usersOf(s, r, s.o.Queue.Places, s.o.Queue.PlacesOf, func(row queue.Place) string { return row.User })
	if err != nil {
		return err
	}
	active := wire.ActiveUsers{Active: make([]wire.ActiveUser, 0, len(rows)), Next: orNull(next)}
	for _, row := range rows {
		user := wire.ActiveUser{UserID: row.User, Name: names[row.User], State: string(row.State), Deadline: wire.At(row.Deadline)}
		if !row.SessionEndsAt.IsZero() {
			ends := wire.At(row.SessionEndsAt)
			user.SessionEndsAt = &ends
		}
		active.Active = append(active.Active, user)
	}
	return answerJSON(w, http.StatusOK, active)
}

// usersOf reads one page of users of the season in the path, or with ?q those that
// a search finds, together with their names.
func usersOf[Row any](
	s *Server, r *http.Request,
	list func(ctx context.Context, season, cursor string, limit int) ([]Row, string, error),
	only func(ctx context.Context, season string, users []string) ([]Row, error),
	user func(Row) string,
) (rows []Row, names map[string]string, next string, err error) {
	season, err := s.o.Booking.Season(r.Context(), pathValue(r, "id"))
	if err != nil {
		return nil, nil, "", err
	}
	limit, cursor, err := page(r, linePage, maxLinePage)
	if err != nil {
		return nil, nil, "", err
	}
	if q := r.URL.Query().Get("q"); q != "" {
		var found []string
		if found, err = s.search(r.Context(), q); err == nil {
			rows, err = only(r.Context(), season.ID, found)
		}
	} else {
		rows, next, err = list(r.Context(), season.ID, cursor, limit)
	}
	if err != nil {
		return nil, nil, "", err
	}
	users := make([]string, 0, len(rows))
	for _, row := range rows {
		users = append(users, user(row))
	}
	names, err = s.o.Auth.Names(r.Context(), users)
	return rows, names, next, err
}

// search finds users within searchTime.
func (s *Server) search(ctx context.Context, text string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	return s.o.Auth.Search(ctx, text, searchFound)
}

// deleteAdminUser removes a user from the season. Repeating it changes nothing.
func (s *Server) deleteAdminUser(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	season, err := s.o.Booking.Season(r.Context(), pathValue(r, "id"))
	if err != nil {
		return err
	}
	user := pathValue(r, "userId")
	if id, err := hex.DecodeString(user); err != nil || len(id) != 12 {
		return fault.New(fault.NotFound, "invalid user id %q: a user id has 24 hexadecimal digits", user)
	}
	if err := s.removeUser(r.Context(), season.ID, user); err != nil {
		return err
	}
	s.log.Info("security: user removed by an admin", "season", season.ID, "user", user, "by", session.User.ID, "request", requestID(r.Context()))
	s.o.Booking.LogRemoval(r.Context(), season.ID, user, session.User.Signature())
	w.WriteHeader(http.StatusNoContent)
	return nil
}
