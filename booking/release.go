package booking

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
func (s *seatStore) Release(ctx context.Context, season, user string, seats []string) (Cart, error) {
	if _, err := s.source.Settings(ctx, season); err != nil {
		return Cart{}, err
	}
	if len(seats) > mostSeats {
		return Cart{}, fault.New(fault.InvalidRequest, "name at most %d seats to release", mostSeats)
	}
	args := []any{user}
	for _, seat := range seats {
		args = append(args, seat)
	}
	r, err := s.run(ctx, s.scripts.release, season, args...)
	if err != nil {
		return Cart{}, store.Fault(err)
	}
	if r.word() == "conflict" {
		bought := slices.SortedFunc(slices.Values(r.texts(1)), seatmap.BySeat)
		return Cart{}, fault.Seats(fault.Conflict, bought, "%s is being bought", strings.Join(bought, ", "))
	}
	cart, err := s.cartOf(ctx, season, r)
	return cart, store.Fault(err)
}

// usersPerCall bounds how long one call of a script keeps Redis.
const usersPerCall = 200

// ReleaseInactive gives back what these users hold and do not buy, of those who
// have no place any more.
func (s *seatStore) ReleaseInactive(ctx context.Context, season string, users ...string) error {
	for part := range slices.Chunk(users, usersPerCall) {
		args := make([]any, len(part))
		for i, user := range part {
			args[i] = user
		}
		if _, err := s.run(ctx, s.scripts.releaseInactive, season, args...); err != nil {
			return store.Fault(err)
		}
	}
	return nil
}
