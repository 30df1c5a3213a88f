package seats

import (
	"context"
	"slices"
	"strings"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
)

// Release frees held seats; none named means all. A seat that is not held is ignored.
// Errors: not_found, conflict when a seat is in flight, unavailable.
func (s *Store) Release(ctx context.Context, season, user string, seats []string) (Cart, error) {
	if _, err := s.Source.Settings(ctx, season); err != nil {
		return Cart{}, err
	}
	if len(seats) > MostSeats {
		return Cart{}, fault.New(fault.InvalidRequest, "%d seats to release: name at most %d", len(seats), MostSeats)
	}
	args := []any{user}
	for _, seat := range seats {
		args = append(args, seat)
	}
	var r releaseReply
	outcome, err := s.call(ctx, s.Scripts.Release, season, &r, args...)
	if err != nil {
		return Cart{}, store.Fault(err)
	}
	if outcome == outcomeConflict {
		bought := slices.SortedFunc(slices.Values(r.inFlight), seatmap.BySeat)
		return Cart{}, fault.Seats(fault.Conflict, bought, "%s is being bought", strings.Join(bought, ", "))
	}
	cart, err := s.makeCart(ctx, season, &r.cart)
	return cart, store.Fault(err)
}

// UsersPerCall bounds how long one call of a script keeps Redis.
const UsersPerCall = 200

// ReleaseInactive frees what users hold and do not buy, for those of the users who
// have lost their place in the season.
func (s *Store) ReleaseInactive(ctx context.Context, season string, users ...string) error {
	for part := range slices.Chunk(users, UsersPerCall) {
		args := make([]any, len(part))
		for i, user := range part {
			args[i] = user
		}
		if _, err := s.call(ctx, s.Scripts.releaseInactive, season, noReply{}, args...); err != nil {
			return store.Fault(err)
		}
	}
	return nil
}
