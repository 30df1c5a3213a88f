package web

import (
	"context"
	"net/netip"
	"time"

	"usher/booking"
	"usher/booking/payment"
	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/wire"
	"usher/queue"
)

// The rules where queue, booking and auth meet. HTTP handlers and sockets act
// through these functions, so that both allow the same.

// status returns the caller's state in a season. Asking shows that the caller is
// present.
func (s *Server) status(ctx context.Context, session auth.Session, season string) (queue.Status, error) {
	return s.o.Queue.Status(ctx, season, session.User.ID)
}

// joining is what a client sends to join.
type joining struct {
	place     string     // the signed place to bring back; "": none
	code      string     // for a phase that needs one; "": none
	challenge string     // the token of a solved challenge; "": none
	address   netip.Addr // of the client
}

// challenged refuses a new join without a solved challenge, where the season asks for one.
// A user who is in line, has a place or brings one back is not asked again, and neither
// is one who has solved a challenge and whose join was refused for another reason. solved:
// the user has solved one, which counts until the user joins. Errors: challenge_required,
// invalid_request (place), unavailable.
func (s *Server) challenged(ctx context.Context, session auth.Session, season string, with joining) (solved bool, err error) {
	found, err := s.o.Booking.Season(ctx, season)
	if err != nil || !found.Challenge {
		return false, err
	}
	user := session.User.ID
	status, err := s.o.Queue.Status(ctx, season, user)
	if err != nil || status.State != queue.None {
		return false, err
	}
	if with.place != "" {
		if carries, err := s.o.Queue.Carries(ctx, season, user, with.place); err != nil || carries {
			return false, err
		}
	}
	// The token is not looked at then: the verifier may have accepted it before, and would
	// refuse it now.
	if solved, err := s.o.Solved.Has(ctx, season, user); err != nil || solved {
		return solved, store.Fault(err)
	}
	switch {
	case with.challenge == "":
		return false, fault.New(fault.ChallengeRequired, "this season asks who joins to solve a challenge: send its token as challenge")
	case s.o.Challenges == nil:
		return false, fault.New(fault.Unavailable, "this season asks for a challenge, and this node has no verifier of challenges")
	}
	if err := s.o.Challenges.Verify(ctx, with.challenge, with.address); err != nil {
		return false, err
	}
	return true, store.Fault(s.o.Solved.Keep(ctx, season, user))
}

// join puts the caller in line. A user who is not in line yet is refused when every
// seat is sold, unless the season takes users for returned seats. In a phase that needs
// a code, such a user must have used a code, or uses this one.
func (s *Server) join(ctx context.Context, session auth.Session, season string, with joining) (queue.Status, error) {
	if session.User.Guest {
		found, err := s.o.Booking.Season(ctx, season)
		if err != nil {
			return queue.Status{}, err
		}
		if !found.Guests {
			return queue.Status{}, auth.ErrGuest()
		}
	}
	solved, err := s.challenged(ctx, session, season, with)
	if err != nil {
		return queue.Status{}, err
	}
	status, err := s.o.Queue.Join(ctx, season, session.User.ID, with.place)
	if fault.Is(err, fault.CodeRequired) { // Redis' clock says which phase it is, so the line is asked first
		if err = s.presale.Clear(ctx, season, session.User.ID, with.code); err == nil {
			status, err = s.o.Queue.JoinCleared(ctx, season, session.User.ID, with.place)
		}
	}
	if err != nil {
		return queue.Status{}, err
	}
	if solved {
		if err := s.o.Solved.Spend(ctx, season, session.User.ID); err != nil {
			s.log.Warn("join: deleting the note of a solved challenge failed: the user may join again with it for ten minutes", "season", season, "error", err)
		}
	}
	return status, s.stillSignedIn(ctx, session, season)
}

// stillSignedIn undoes a join when the session was revoked at the same time. A
// sign-out on another node revokes the session first and leaves the season second,
// perhaps before this join. So either that leave came after the join, or the
// session is found revoked here.
func (s *Server) stillSignedIn(ctx context.Context, session auth.Session, season string) error {
	err := s.o.Auth.Live(ctx, session)
	if !fault.Is(err, fault.Unauthenticated) {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logoutTime)
	defer cancel()
	if _, left := s.leave(ctx, session, season); left != nil {
		s.log.Warn("join: leaving again after a sign-out failed: the user stays in line until found absent", "season", season, "error", left)
	}
	return err
}

// enter takes the caller's turn.
func (s *Server) enter(ctx context.Context, session auth.Session, season string) (queue.Status, error) {
	return s.o.Queue.Enter(ctx, season, session.User.ID)
}

// leave gives up the caller's place in line, turn or active place, and then the
// caller's holds. When releasing the holds fails, booking releases them at its next
// tick.
func (s *Server) leave(ctx context.Context, session auth.Session, season string) (queue.Status, error) {
	status, err := s.o.Queue.Leave(ctx, season, session.User.ID)
	if err != nil {
		return queue.Status{}, err
	}
	s.releaseInactive(ctx, season, session.User.ID)
	return status, nil
}

// removeUser makes a user leave, for an admin.
func (s *Server) removeUser(ctx context.Context, season, user string) error {
	if _, err := s.o.Queue.Remove(ctx, season, user); err != nil {
		return err
	}
	s.releaseInactive(ctx, season, user)
	return nil
}

// releaseInactive releases the holds of users who left. Booking's tick would do so
// a little later, so a failure here fails nothing else.
func (s *Server) releaseInactive(ctx context.Context, season string, users ...string) {
	if err := s.o.Booking.ReleaseInactive(ctx, season, users...); err != nil {
		s.log.Warn("releasing holds failed: the next tick releases them", "season", season, "error", err)
	}
}

// hold holds the named seats and places of areas for the caller: all of them or none.
func (s *Server) hold(ctx context.Context, session auth.Session, season string, choices wire.SeatChoices, areas []wire.AreaChoice) (booking.Cart, error) {
	if len(areas) > 0 {
		return s.o.Booking.HoldAreas(ctx, season, session.User.ID, choices.Seats, choices.Types, toAreaCounts(areas))
	}
	return s.o.Booking.HoldTyped(ctx, season, session.User.ID, choices.Seats, choices.Types)
}

// holdBest holds the best available seats for the caller.
func (s *Server) holdBest(ctx context.Context, session auth.Session, season string, best booking.Best) (booking.Cart, error) {
	return s.o.Booking.HoldBest(ctx, season, session.User.ID, best)
}

// release releases seats that the caller holds; nil means all.
func (s *Server) release(ctx context.Context, session auth.Session, season string, seats []string) (booking.Cart, error) {
	return s.o.Booking.Release(ctx, season, session.User.ID, seats)
}

// extend gives the caller's cart more time, once.
func (s *Server) extend(ctx context.Context, session auth.Session, season string) (booking.Cart, error) {
	return s.o.Booking.Extend(ctx, season, session.User.ID)
}

// cart returns what the caller holds.
func (s *Server) cart(ctx context.Context, session auth.Session, season string) (booking.Cart, error) {
	return s.o.Booking.Cart(ctx, season, session.User.ID)
}

// buy buys seats that the caller holds. tag is the language of the mail about it.
func (s *Server) buy(ctx context.Context, session auth.Session, tag, season, key string, choices wire.SeatChoices, details payment.Details) (booking.Transaction, error) {
	return s.o.Booking.Buy(ctx, booking.PurchaseRequest{
		Season: season, User: session.User.ID, Holder: session.User.Name,
		Key: key, Seats: choices.Seats, Types: choices.Types, Payment: details,
		Contact: contactOf(session.User, tag),
	})
}

// contactOf returns where mail about a purchase may go. An address that is not
// verified may be another person's.
func contactOf(user auth.User, tag string) booking.Contact {
	if user.Guest || !user.Confirmed {
		return booking.Contact{}
	}
	return booking.Contact{Email: user.Email, Language: tag}
}

// logoutTime is the most time that a logout spends after the session is revoked.
const logoutTime = 2 * time.Second

// logout revokes the session, closes its sockets, and leaves every season. Only a
// failure to revoke is an error. The rest continues when the caller hangs up; where
// it fails, the lease, the place in line and the holds expire by themselves.
func (s *Server) logout(ctx context.Context, session auth.Session) error {
	if err := s.o.Auth.Revoke(ctx, session); err != nil {
		return err
	}
	s.log.Info("security: signed out", "user", session.User.ID, "session", session.ID)
	s.SessionRevoked(session.ID)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logoutTime)
	defer cancel()
	seasons, err := s.o.Booking.Seasons(ctx)
	if err != nil {
		s.log.Warn("logout: reading the seasons failed: the user stays in line until found absent", "error", err)
		return nil
	}
	for _, season := range seasons {
		if _, err := s.leave(ctx, session, season.ID); err != nil {
			s.log.Warn("logout: leaving a season failed: the user stays in line until found absent", "season", season.ID, "error", err)
		}
	}
	return nil
}
