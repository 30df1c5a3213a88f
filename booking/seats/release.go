package seats

import (
	"context"
	"slices"
	"strings"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
)

// Release gives held seats back; none named means all. What is not held is
// ignored. Errors: not_found, conflict when one is being bought, unavailable.
func (s *Store) Release(ctx context.Context, season, user string, seats []string) (Cart, error) {
	if _, err := s.Source.Settings(ctx, season); err != nil {
		return Cart{}, err
	}
	if len(seats) > MostSeats {
		return Cart{}, fault.New(fault.InvalidRequest, "name at most %d seats to release", MostSeats)
	}
	args := []any{user}
	for _, seat := range seats {
		args = append(args, seat)
	}
	r, err := s.Run(ctx, s.Scripts.Release, season, args...)
	if err != nil {
		return Cart{}, store.Fault(err)
	}
	if r.Word() == "conflict" {
		bought := slices.SortedFunc(slices.Values(r.Texts(1)), seatmap.BySeat)
		return Cart{}, fault.Seats(fault.Conflict, bought, "%s is being bought", strings.Join(bought, ", "))
	}
	cart, err := s.cartOf(ctx, season, r)
	return cart, store.Fault(err)
}

// UsersPerCall bounds how long one call of a script keeps Redis.
const UsersPerCall = 200

// ReleaseInactive gives back what these users hold and do not buy, of those who
// have no place any more.
func (s *Store) ReleaseInactive(ctx context.Context, season string, users ...string) error {
	for part := range slices.Chunk(users, UsersPerCall) {
		args := make([]any, len(part))
		for i, user := range part {
			args[i] = user
		}
		if _, err := s.Run(ctx, s.Scripts.releaseInactive, season, args...); err != nil {
			return store.Fault(err)
		}
	}
	return nil
}
