package web

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/wire"
	"usher/queue"
)

// providerOf returns the sign-in provider that a path names; paths without a name are
// those of the first one. Error: not_found.
func (s *Server) providerOf(r *http.Request) (*auth.Provider, error) {
	return s.o.Auth.ProviderOf(cmp.Or(pathValue(r, "provider"), auth.First))
}

// postCredential signs in with an ID token or an authorization code, and joins the
// season.
func (s *Server) postCredential(w http.ResponseWriter, r *http.Request) error {
	return s.signIn(w, r, func(ctx context.Context) (auth.User, error) {
		var form struct {
			Credential   string `json:"credential"`
			Code         string `json:"code"`
			CodeVerifier string `json:"codeVerifier"`
			RedirectURI  string `json:"redirectUri"`
		}
		if err := decode(w, r, &form); err != nil {
			return auth.User{}, err
		}
		provider, err := s.providerOf(r)
		withCode := form.Code != "" && form.CodeVerifier != "" && form.RedirectURI != ""
		someCode := form.Code != "" || form.CodeVerifier != "" || form.RedirectURI != ""
		switch {
		case form.Credential == "" && !withCode, form.Credential != "" && someCode:
			return auth.User{}, fault.New(fault.InvalidRequest, "send credential alone, or code, codeVerifier and redirectUri")
		case err != nil:
			return auth.User{}, err
		case form.Credential != "":
			return provider.SignIn(ctx, form.Credential)
		}
		// The issuer must check the code, so an address with too many failures waits.
		if err := s.mayFail(r); err != nil {
			return auth.User{}, err
		}
		if !s.ours(form.RedirectURI, r.Host) {
			return auth.User{}, fault.New(fault.InvalidRequest, "redirectUri must belong to this site or an allowed origin")
		}
		return provider.SignInCode(ctx, form.Code, form.CodeVerifier, form.RedirectURI)
	})
}

// postGuest signs in a browser without an account, for a season that takes guests. The
// cookie of the browser names the guest, so that it has one place in line.
func (s *Server) postGuest(w http.ResponseWriter, r *http.Request) error {
	return s.signIn(w, r, func(ctx context.Context) (auth.User, error) {
		if err := decode(w, r, &struct{}{}); err != nil {
			return auth.User{}, err
		}
		season, err := s.seasonOf(r)
		if err != nil {
			return auth.User{}, err
		}
		if !season.Guests {
			return auth.User{}, auth.ErrGuest()
		}
		was := ""
		if c, err := r.Cookie(s.cookieName(guestCookie)); err == nil {
			was = c.Value
		} else if err := s.spendGuest(r); err != nil {
			return auth.User{}, err
		}
		user, cookie, err := s.o.Auth.SignInGuest(ctx, was)
		if err == nil {
			s.setCookie(w, guestCookie, cookie, auth.GuestLife)
		}
		return user, err
	})
}

// postDev signs in any e-mail address. The route exists in usher-dev only.
func (s *Server) postDev(w http.ResponseWriter, r *http.Request) error {
	if !s.o.DevSignIn {
		return fault.New(fault.NotFound, "this path does not exist")
	}
	if err := s.checkLocal(r); err != nil {
		return err
	}
	return s.signIn(w, r, func(ctx context.Context) (auth.User, error) {
		var form struct {
			Email string `json:"email"`
			Name  string `json:"name"`
		}
		if err := decode(w, r, &form); err != nil {
			return auth.User{}, err
		}
		return s.o.Auth.SignInDev(ctx, form.Email, form.Name)
	})
}

// signIn answers a sign-in with the user, a session as token and cookie, and the
// user's place in line. Repeating it makes another session and changes nothing
// else.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request, verify func(context.Context) (auth.User, error)) error {
	user, season, err := s.verified(w, r, verify)
	if err != nil {
		return s.refusedSignIn(r, err)
	}
	if err := s.limitHit(r, s.spendSignIn(r.Context(), user)); err != nil {
		return err
	}
	session, token, err := s.o.Auth.Issue(user)
	if err != nil {
		return err
	}
	if err := s.o.Auth.Record(r.Context(), session); err != nil {
		return err
	}
	s.loggedSignIn(r, session)
	status := queue.Status{Season: s.o.Season, State: queue.None, Now: time.Now()}
	if season.ID != "" {
		if status, err = s.signInStatus(r.Context(), session, season); err != nil {
			return err
		}
	}
	s.setSession(w, session, token)
	return answerJSON(w, http.StatusOK, wire.SignIn{
		Token: token, ExpiresAt: wire.At(session.ExpiresAt), User: toUser(session.User), Status: toStatus(status),
	})
}

// verified returns the user who signs in, and the season. An unknown season is
// refused before the sign-in. Without a default season the season is empty, because
// the admin who will create the first one must be able to sign in.
func (s *Server) verified(_ http.ResponseWriter, r *http.Request, verify func(context.Context) (auth.User, error)) (auth.User, booking.Season, error) {
	if err := s.checkForeign(r); err != nil {
		return auth.User{}, booking.Season{}, err
	}
	season, err := s.seasonOf(r)
	if noSeason := fault.Is(err, fault.NotFound) && r.URL.Query().Get("season") == ""; err != nil && !noSeason {
		return auth.User{}, booking.Season{}, err
	}
	user, err := verify(r.Context())
	return user, season, err
}

// signInStatus joins the season, except for users with a role. A sale that is over
// or sold out, or that needs a code or a challenge or takes no guests, does not prevent the sign-in.
func (s *Server) signInStatus(ctx context.Context, session auth.Session, season booking.Season) (queue.Status, error) {
	if len(session.User.Roles) == 0 {
		status, err := s.join(ctx, session, season.ID, joining{})
		if !fault.Is(err, fault.SeasonClosed, fault.SoldOut, fault.CodeRequired, fault.ChallengeRequired, fault.Forbidden) {
			return status, err
		}
	}
	return s.status(ctx, session, season.ID)
}

func (s *Server) setSession(w http.ResponseWriter, session auth.Session, token string) {
	s.setCookie(w, sessionCookie, token, time.Until(session.ExpiresAt))
}
