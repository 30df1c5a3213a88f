package web

import (
	"context"
	"net/http"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/wire"
)

// cartAct is an act that returns the caller's cart.
type cartAct func(ctx context.Context, season string) (booking.Cart, error)

// postHolds holds named seats, places of areas, or the best seats. Repeating it for seats
// that the caller holds changes nothing; repeating it for areas or for the best seats holds
// as many again.
func (s *Server) postHolds(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	var form struct {
		Seats *wire.SeatChoices `json:"seats"`
		Areas []wire.AreaChoice `json:"areas"`
		Best  *wire.Best        `json:"best"`
	}
	if err := decode(w, r, &form); err != nil {
		return err
	}
	act := func(ctx context.Context, season string) (booking.Cart, error) {
		var seats wire.SeatChoices
		if form.Seats != nil {
			seats = *form.Seats
		}
		return s.hold(ctx, session, season, seats, form.Areas)
	}
	var err error
	switch {
	case (form.Seats == nil && form.Areas == nil) == (form.Best == nil):
		return fault.New(fault.InvalidRequest, "send either seats or best; areas come with seats or alone")
	case form.Best != nil:
		err = wire.CheckBest(*form.Best)
		act = func(ctx context.Context, season string) (booking.Cart, error) {
			return s.holdBest(ctx, session, season, toBest(*form.Best))
		}
	default:
		err = wire.CheckHold(form.Seats, form.Areas)
	}
	if err != nil {
		return fault.New(fault.InvalidRequest, "%v", err)
	}
	return s.answerCart(w, r, session, http.StatusCreated, act)
}

// toBest translates a request for the best seats.
func toBest(b wire.Best) booking.Best {
	best := booking.Best{Count: b.Count, Type: b.Type, UpTo: b.UpTo, Adjacent: b.Adjacent, Swap: b.Swap}
	if b.Category != "" {
		best.Categories = []booking.Category{booking.Category(b.Category)}
	}
	for _, category := range b.Categories {
		best.Categories = append(best.Categories, booking.Category(category))
	}
	return best
}

// postExtend gives the caller's cart a minute more, once. Repeating it changes nothing.
func (s *Server) postExtend(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	return s.answerCart(w, r, session, http.StatusOK, func(ctx context.Context, season string) (booking.Cart, error) {
		return s.extend(ctx, session, season)
	})
}

func (s *Server) getHolds(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	return s.answerCart(w, r, session, http.StatusOK, func(ctx context.Context, season string) (booking.Cart, error) {
		return s.cart(ctx, session, season)
	})
}

func (s *Server) deleteHolds(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	return s.answerCart(w, r, session, http.StatusOK, func(ctx context.Context, season string) (booking.Cart, error) {
		return s.release(ctx, session, season, nil)
	})
}

func (s *Server) deleteHold(w http.ResponseWriter, r *http.Request, session auth.Session) error {
	seats := []string{pathValue(r, "seatNumber")}
	return s.answerCart(w, r, session, http.StatusOK, func(ctx context.Context, season string) (booking.Cart, error) {
		return s.release(ctx, session, season, seats)
	})
}

// answerCart answers with the cart that an act in the request's season returns.
func (s *Server) answerCart(w http.ResponseWriter, r *http.Request, session auth.Session, status int, act cartAct) error {
	season, err := s.seasonOf(r)
	if err != nil {
		return err
	}
	s.alive(r.Context(), session, season.ID)
	cart, err := act(r.Context(), season.ID)
	if err != nil {
		return err
	}
	return answerJSON(w, status, toCart(cart))
}

// alive shows the queue that the caller is present, for callers without a socket.
// When the queue does not answer, the act that follows fails by itself.
func (s *Server) alive(ctx context.Context, session auth.Session, season string) {
	if _, err := s.status(ctx, session, season); err != nil {
		s.log.DebugContext(ctx, "extending the lease failed: the next request extends it", "season", season, "error", err)
	}
}
