package seats

import (
	"context"
	"slices"
	"strings"
	"time"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
)

// Extension is how much more time Extend gives a cart.
const Extension = time.Minute

// Extend gives a user's cart a minute more, once in the time of the user's carts and
// never past the end of the session. Extending a cart again changes nothing. Errors:
// not_found, invalid_request, not_admitted, season_closed, hold_expired (nothing is
// held), conflict (in flight, or the session ends with the cart), unavailable.
func (s *Store) Extend(ctx context.Context, season, user string) (Cart, error) {
	if _, err := s.Source.Settings(ctx, season); err != nil {
		return Cart{}, err
	}
	if err := checkUser(user); err != nil {
		return Cart{}, err
	}
	for range 2 { // the settings may not be in Redis yet
		var r holdReply
		outcome, err := s.call(ctx, s.Scripts.extend, season, &r, user)
		if err != nil {
			return Cart{}, store.Fault(err)
		}
		switch outcome {
		case outcomeOK:
			cart, err := s.makeCart(ctx, season, &r.cart)
			return cart, store.Fault(err)
		case outcomeSettings:
			if err := s.Reconfigure(ctx, season); err != nil {
				return Cart{}, store.Fault(err)
			}
		case outcomeNone:
			return Cart{}, fault.New(fault.HoldExpired, "you hold no seats, so there is no time to add to")
		case outcomeSession:
			return Cart{}, fault.New(fault.Conflict, "your session ends when the time of the cart does; nothing can be added")
		case outcomeConflict:
			bought := slices.SortedFunc(slices.Values(r.refusal.seats), seatmap.BySeat)
			return Cart{}, fault.Seats(fault.Conflict, bought, "%s is being bought, and stays yours until that is settled", strings.Join(bought, ", "))
		default:
			return Cart{}, r.refusal.fault(season)
		}
	}
	return Cart{}, errPlanChanging(season)
}
