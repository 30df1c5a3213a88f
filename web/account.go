package web

import (
	"net/http"

	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/keys"
	"usher/internal/wire"
)

func (s *Server) getMe(w http.ResponseWriter, _ *http.Request, session auth.Session) error {
	return answerJSON(w, http.StatusOK, toUser(session.User))
}

// getMyStatus also shows that the caller is present.
func (s *Server) getMyStatus(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	return s.answerStatus(w, r, session, s.status)
}

// postLogout ends the session. The cookie is cleared also when the session was over
// already, so that a browser that lost the first answer is signed out by the
// second. A page of another site must not clear the cookie: its requests carry no
// cookie, but the answer would clear it.
func (s *Server) postLogout(w http.ResponseWriter, r *http.Request) error {
	err := s.signedIn(bodiless(func(_ http.ResponseWriter, r *http.Request, session auth.Session) error {
		return s.logout(r.Context(), session)
	}))(w, r)
	if over := err == nil || fault.Is(err, fault.Unauthenticated); over && s.checkForeign(r) == nil {
		s.clearCookie(w, sessionCookie)
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) getJWKS(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(keys.JWKS(&s.o.Keys.Public, &s.o.TicketKeys.Public))
	return nil
}

// getSessions lists the caller's live sessions. The current session is recorded
// first, so that the list includes it.
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
	s.sessionEnded(r, session, id)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// deleteSessions ends all of the caller's sessions except the current one.
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
		s.sessionEnded(r, session, each.ID)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) sessionEnded(r *http.Request, by auth.Session, id string) {
	s.SessionRevoked(id)
	s.log.Info("security: session ended", "user", by.User.ID, "session", id, "by", by.ID, "request", requestID(r.Context()))
}
