package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/pass"
	"usher/internal/wire"
	"usher/queue"

	"github.com/go-chi/chi/v5"
)

// optionalUser returns the id of the caller, or "" for a caller without a session.
// An expired cookie counts as no session, so that a signed-out browser can look
// without clearing its cookies.
func (s *Server) optionalUser(r *http.Request) (user string, err error) {
	_, from := tokenOf(r, s.cookieName(sessionCookie))
	if from == fromNowhere {
		return "", nil
	}
	session, err := s.authenticate(r, s.limits.requests)
	if err != nil && !(from == fromCookie && fault.Is(err, fault.Unauthenticated)) {
		return "", err
	}
	return session.User.ID, nil
}

// getLineStatus answers with the counts, and to a signed-in caller with the
// caller's status.
func (s *Server) getLineStatus(w http.ResponseWriter, r *http.Request) error {
	season, err := s.seasonOf(r)
	if err != nil {
		return err
	}
	user, err := s.optionalUser(r)
	if err != nil {
		return err
	}
	status, err := s.o.Queue.Status(r.Context(), season.ID, user)
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, toStatus(status))
}

func (s *Server) postJoin(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	var form struct {
		Place     *string `json:"place"`     // null, as in a status, means none
		Code      *string `json:"code"`      // null means none
		Challenge *string `json:"challenge"` // the same
	}
	if err := decodeOptional(w, r, &form); err != nil {
		return err
	}
	with := joining{place: textOr(form.Place), code: textOr(form.Code), challenge: textOr(form.Challenge), address: addressOf(r.Context())}
	if err := errors.Join(wire.CheckPlace(with.place), wire.CheckCode(with.code), wire.CheckChallenge(with.challenge)); err != nil {
		return fault.New(fault.InvalidRequest, "%v", err)
	}
	return s.answerStatus(w, r, session, func(ctx context.Context, session auth.Session, season string) (queue.Status, error) {
		return s.join(ctx, session, season, with)
	})
}

func (s *Server) postEnter(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	return s.answerStatus(w, r, session, s.enter)
}

func (s *Server) postLeave(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	return s.answerStatus(w, r, session, s.leave)
}

// putWish keeps which seats the caller waits for.
func (s *Server) putWish(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	var form struct {
		Seats      *int     `json:"seats"`
		Categories []string `json:"categories"` // null and [] mean every category
		UpTo       *int64   `json:"upTo"`       // null means any price
	}
	if err := decode(w, r, &form); err != nil {
		return err
	}
	if form.Seats == nil {
		return fault.New(fault.InvalidRequest, "seats is missing: how many the wish is for")
	}
	want := wire.WishedSeats{Seats: *form.Seats, Categories: form.Categories, UpTo: form.UpTo}
	if err := wire.CheckWish(want); err != nil {
		return fault.New(fault.InvalidRequest, "%v", err)
	}
	return s.answerStatus(w, r, session, func(ctx context.Context, session auth.Session, season string) (queue.Status, error) {
		return s.wish(ctx, session, season, want)
	})
}

// wish gives a user in line a wish, over either transport.
func (s *Server) wish(ctx context.Context, session auth.Session, season string, want wire.WishedSeats) (queue.Status, error) {
	wish := queue.Wish{Seats: want.Seats, Categories: want.Categories}
	if want.UpTo != nil {
		wish.UpTo = *want.UpTo
	}
	return s.o.Queue.Wish(ctx, season, session.User.ID, &wish)
}

// unwish removes the wish of a user in line, over either transport.
func (s *Server) unwish(ctx context.Context, session auth.Session, season string) (queue.Status, error) {
	return s.o.Queue.Wish(ctx, season, session.User.ID, nil)
}

// deleteWish removes the caller's wish; the place in line stays.
func (s *Server) deleteWish(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	return s.answerStatus(w, r, session, s.unwish)
}

// answerStatus answers with the status that an act in the request's season returns.
func (s *Server) answerStatus(w http.ResponseWriter, r *http.Request, session auth.Session,
	act func(context.Context, auth.Session, string) (queue.Status, error),
) error {
	season, err := s.seasonOf(r)
	if err != nil {
		return err
	}
	status, err := act(r.Context(), session, season.ID)
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, toStatus(status))
}

// postPass gives an active user a pass for a shop behind the line.
func (s *Server) postPass(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	var form struct {
		Audience *string `json:"audience"` // null means any
	}
	if err := decodeOptional(w, r, &form); err != nil {
		return err
	}
	season, err := s.seasonOf(r)
	if err != nil {
		return err
	}
	issued, err := s.o.Passes.Issue(r.Context(), season.ID, session.User.ID, textOr(form.Audience))
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, wire.Pass{Pass: issued.Text, ExpiresAt: wire.At(issued.ExpiresAt)})
}

// postRedeem redeems a pass for the shop that shows it. The pass is the proof: no session
// is needed.
func (s *Server) postRedeem(w http.ResponseWriter, r *http.Request) error {
	var form struct {
		Pass     *string `json:"pass"`
		Audience *string `json:"audience"` // null means any
		Season   *string `json:"season"`   // null means any
	}
	if err := decode(w, r, &form); err != nil {
		return err
	}
	if form.Pass == nil {
		return fault.New(fault.InvalidRequest, "pass is missing")
	}
	got, err := s.o.Passes.Redeem(r.Context(), *form.Pass, textOr(form.Audience), textOr(form.Season))
	if err != nil {
		return err
	}
	answer := wire.Redemption{Result: string(got.Result), RedeemedAt: wire.AtOrNull(&got.RedeemedAt)}
	if got.Result != pass.Invalid {
		answer.Season, answer.User = &got.Season, &got.User
	}
	return answerJSON(w, http.StatusOK, answer)
}

func textOr(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// envoyPath is below which Envoy asks with the path of a browser's request.
const envoyPath = "/gateway/envoy/{season}/*"

// checkForEnvoy answers Envoy, which asks with any method. The query is the shop's, and
// not read here.
func (s *Server) checkForEnvoy(w http.ResponseWriter, r *http.Request) {
	season := chi.URLParam(r, "season")
	asked := strings.TrimPrefix(r.URL.EscapedPath(), "/gateway/envoy/"+season)
	if r.URL.RawQuery != "" {
		asked += "?" + r.URL.RawQuery
	}
	check := within(requestTime, func(w http.ResponseWriter, r *http.Request) error { return s.gateway.CheckBelow(w, r, season, asked) })
	if err := check(w, r); err != nil {
		s.fail(w, r, err)
	}
}
