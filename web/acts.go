package web

import (
	"context"
	"time"

	"usher/booking"
	"usher/booking/payment"
	"usher/internal/auth"
	"usher/internal/fault"
	"usher/queue"
)

// The rules where rooms meet. HTTP and the socket both act through these, so
// that what one transport allows the other allows too.

// status returns the caller's standing; asking is a sign of life.
func (s *Server) status(ctx context.Context, session auth.Session, season string) (queue.Status, error) {
	return s.o.Queue.Status(ctx, season, session.User.ID)
}

// join puts the caller in line. Somebody new is not put in line for a house in
// which nothing is left that could still come free.
func (s *Server) join(ctx context.Context, session auth.Session, season, place string) (queue.Status, error) {
	if s.soldOut(ctx, season) {
		status, err := s.o.Queue.Status(ctx, season, session.User.ID)
		if err != nil {
			return queue.Status{}, err
		}
		if status.State == queue.None {
			return queue.Status{}, fault.New(fault.SoldOut, "every seat is sold")
		}
		return status, nil
	}
	status, err := s.o.Queue.Join(ctx, season, session.User.ID, place)
	if err != nil {
		return queue.Status{}, err
	}
	return status, s.stillSignedIn(ctx, session, season)
}

// stillSignedIn takes back a join that a sign-out on another node overtook: that one
// revoked the session and then left, perhaps before this join was made. Either it
// left after the join, or the session is seen revoked here.
func (s *Server) stillSignedIn(ctx context.Context, session auth.Session, season string) error {
	err := s.o.Auth.Live(ctx, session)
	if !fault.Is(err, fault.Unauthenticated) {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logoutTime)
	defer cancel()
	if _, left := s.leave(ctx, session, season); left != nil {
		s.log.Warn("a session signed out while it joined stays in line until it is found absent", "season", season, "error", left)
	}
	return err
}

// soldOut reports whether a season has seats and none of them is free or held.
// While that is not known the answer is no: the line decides then.
func (s *Server) soldOut(ctx context.Context, season string) bool {
	snapshot, err := s.o.Booking.Snapshot(ctx, season)
	return err == nil && allGone(snapshot)
}

// allGone looks at eight seats at a time, for it is asked most when a crowd
// comes to a house that is full.
func allGone(snapshot *booking.Snapshot) bool {
	seats := len(snapshot.Plan.Seats)
	for i := range snapshot.Booked {
		gone := snapshot.Booked[i] | snapshot.Unavailable[i]
		if rest := seats - i*8; rest < 8 {
			gone |= 0xFF >> rest
		}
		if gone != 0xFF {
			return false
		}
	}
	return seats > 0
}

// enter takes the caller's turn.
func (s *Server) enter(ctx context.Context, session auth.Session, season string) (queue.Status, error) {
	return s.o.Queue.Enter(ctx, season, session.User.ID)
}

// leave gives up the caller's place in line, turn or active place, and then what
// the caller holds. Should the second part fail, booking's own tick does it.
func (s *Server) leave(ctx context.Context, session auth.Session, season string) (queue.Status, error) {
	status, err := s.o.Queue.Leave(ctx, season, session.User.ID)
	if err != nil {
		return queue.Status{}, err
	}
	s.releaseInactive(ctx, season, session.User.ID)
	return status, nil
}

// putOut is leave by an admin.
func (s *Server) putOut(ctx context.Context, season, user string) error {
	if _, err := s.o.Queue.PutOut(ctx, season, user); err != nil {
		return err
	}
	s.releaseInactive(ctx, season, user)
	return nil
}

// releaseInactive gives back at once what booking's tick would give back a
// little later, so its failure is no failure of the act before it.
func (s *Server) releaseInactive(ctx context.Context, season string, users ...string) {
	if err := s.o.Booking.ReleaseInactive(ctx, season, users...); err != nil {
		s.log.Warn("holds are released by the next tick instead", "season", season, "error", err)
	}
}

// hold holds the named seats for the caller, all or none.
func (s *Server) hold(ctx context.Context, session auth.Session, season string, seats []string) (booking.Cart, error) {
	return s.o.Booking.Hold(ctx, season, session.User.ID, seats)
}

// holdBest holds the best available seats for the caller.
func (s *Server) holdBest(ctx context.Context, session auth.Session, season string, best booking.Best) (booking.Cart, error) {
	return s.o.Booking.HoldBest(ctx, season, session.User.ID, best)
}

// release gives the caller's held seats back; none named means all.
func (s *Server) release(ctx context.Context, session auth.Session, season string, seats []string) (booking.Cart, error) {
	return s.o.Booking.Release(ctx, season, session.User.ID, seats)
}

// cart returns what the caller holds.
func (s *Server) cart(ctx context.Context, session auth.Session, season string) (booking.Cart, error) {
	return s.o.Booking.Cart(ctx, season, session.User.ID)
}

// buy buys seats the caller holds.
func (s *Server) buy(ctx context.Context, session auth.Session, season, key string, seats []string, details payment.Details) (booking.Transaction, error) {
	return s.o.Booking.Buy(ctx, booking.Purchase{
		Season: season, User: session.User.ID, Holder: session.User.Name,
		Key: key, Seats: seats, Payment: details,
	})
}

// logoutTime bounds what logging out does after the session is revoked.
const logoutTime = 2 * time.Second

// logout revokes the session, closes its sockets, and leaves every season. The
// first decides. The rest goes on even when the caller does not wait for it,
// and where it fails the lease, the absence and the holds run out by themselves.
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
		s.log.Warn("logged out without leaving the seasons", "error", err)
		return nil
	}
	for _, season := range seasons {
		if _, err := s.leave(ctx, session, season.ID); err != nil {
			s.log.Warn("logged out without leaving a season", "season", season.ID, "error", err)
		}
	}
	return nil
}
