package web

import (
	"net/http"

	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/keys"
)

func (s *Server) getMe(w http.ResponseWriter, _ *http.Request, session auth.Session) error {
	return answerJSON(w, http.StatusOK, toUser(session.User))
}

// getMyStatus is the caller's sign of life too.
func (s *Server) getMyStatus(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	return s.answerStatus(w, r, session, s.status)
}

// postLogout ends the session. It forgets the cookie even of a session that is
// over already, so that a browser that never heard the first answer is done
// after the second; but not at the word of another site's page, whose requests
// come without the cookie and would sign the browser out all the same.
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
