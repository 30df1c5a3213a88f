package web

import (
	"net/http"

	"usher/internal/auth"
	"usher/internal/wire"
)

// getSessions lists the caller's live sessions. The one that asks is among them,
// though its record may not have been made yet.
func (s *Server) getSessions(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	if err := s.o.Auth.Record(r.Context(), session); err != nil {
		return err
	}
	live, err := s.o.Auth.Sessions(r.Context(), session.User.ID)
	if err != nil {
		return err
	}
	list := wire.Sessions{Sessions: []wire.Session{}}
	for _, each := range live {
		list.Sessions = append(list.Sessions, wire.Session{
			ID: each.ID, CreatedAt: wire.At(each.CreatedAt), LastSeenAt: wire.At(each.SeenAt), Current: each.ID == session.ID,
		})
	}
	return answerJSON(w, http.StatusOK, list)
}

// deleteSession ends one of the caller's sessions.
func (s *Server) deleteSession(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	id := pathValue(r, "id")
	if err := s.o.Auth.RevokeOf(r.Context(), session.User.ID, id); err != nil {
		return err
	}
	s.ended(r, session, id)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// deleteSessions ends all of the caller's sessions but the one that asks.
func (s *Server) deleteSessions(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	live, err := s.o.Auth.Sessions(r.Context(), session.User.ID)
	if err != nil {
		return err
	}
	for _, each := range live {
		if each.ID == session.ID {
			continue
		}
		if err := s.o.Auth.Revoke(r.Context(), auth.Session{ID: each.ID, User: session.User, ExpiresAt: each.ExpiresAt}); err != nil {
			return err
		}
		s.ended(r, session, each.ID)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) ended(r *http.Request, by auth.Session, id string) {
	s.SessionRevoked(id)
	s.log.Info("security: a session was ended", "user", by.User.ID, "session", id, "by", by.ID, "request", requestID(r.Context()))
}
