package seats

import (
	"context"
	"slices"
	"strings"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
)

// MostSeats bounds the seats of one request, and so the work of a script.
const MostSeats = 100

// Hold holds the named seats for an active user, all or none. Holding what one
// holds already changes nothing. Errors: not_found, invalid_request,
// not_admitted, seat_taken, unknown_seat, seat_limit, season_closed, conflict
// (being bought), unavailable.
func (s *Store) Hold(ctx context.Context, season, user string, seats []string) (Cart, error) {
	if _, err := s.Source.Settings(ctx, season); err != nil {
		return Cart{}, err
	}
	if err := checkUser(user); err != nil {
		return Cart{}, err
	}
	seats = slices.Compact(slices.SortedFunc(slices.Values(seats), seatmap.BySeat))
	if len(seats) == 0 || len(seats) > MostSeats {
		return Cart{}, fault.New(fault.InvalidRequest, "name 1–%d seats to hold", MostSeats)
	}
	if !s.Source.KnowsSeats(season, seats) {
		// Looking the names up again costs a reading of the store: not for everybody.
		if _, err := s.MayHold(ctx, season, user, 0); err != nil {
			return Cart{}, store.Fault(err)
		}
	}
	cart, err := s.holdFirst(ctx, season, user, "", func(*seatmap.Plan) (*seatmap.Plan, [][]int, error) {
		plan, found, err := s.Source.LookUp(ctx, season, seats)
		return plan, [][]int{found}, err
	})
	return cart, store.Fault(err)
}

// checkUser refuses what is no user id: the scripts tell a user from what
// follows by a space.
func checkUser(user string) error {
	if user == "" || strings.ContainsAny(user, " \t\r\n") {
		return fault.New(fault.InvalidRequest, "%q is no user", user)
	}
	return nil
}

// holdFirst holds the first of the groups of seats that can be had whole. The
// groups are chosen by offers, of the plan that it returns with them; it is asked
// again when that plan turns out to be old.
func (s *Store) holdFirst(ctx context.Context, season, user, request string, offers func(*seatmap.Plan) (*seatmap.Plan, [][]int, error)) (Cart, error) {
	const retries = 4 // an old plan, settings not yet in Redis, and two to spare
	for range retries {
		known, err := s.Source.Plan(ctx, season)
		if err != nil {
			return Cart{}, err
		}
		plan, groups, err := offers(known.Plan)
		if err != nil {
			return Cart{}, err
		}
		r, err := s.Run(ctx, s.Scripts.Hold, season, HoldArgs(plan, user, request, groups)...)
		if err != nil {
			return Cart{}, err
		}
		switch word := r.Word(); word {
		case "ok":
			return s.cartOf(ctx, season, r)
		case "plan", "settings":
			if err := s.Reconfigure(ctx, season); err != nil {
				return Cart{}, err
			}
		default:
			return Cart{}, refusedHold(season, r)
		}
	}
	return Cart{}, fault.New(fault.Unavailable, "the seat plan of %s is changing; try again", season)
}

func HoldArgs(plan *seatmap.Plan, user, request string, groups [][]int) []any {
	args := []any{plan.Version, user, request, len(groups)}
	for _, group := range groups {
		args = append(args, len(group))
		for _, index := range group {
			seat := &plan.Seats[index]
			if seat.Blocked {
				index = -1
			}
			args = append(args, seat.Number, index)
		}
	}
	return args
}

func namesOf(seats []string) string { return strings.Join(seats, ", ") }

// Reconfigure reads a season's settings and plan again and writes them to Redis,
// when Redis or this node turned out to be behind.
func (s *Store) Reconfigure(ctx context.Context, season string) error {
	settings, err := s.Source.Settings(ctx, season)
	if err != nil {
		return err
	}
	plan, err := s.Source.NewestPlan(ctx, season)
	if err != nil {
		return err
	}
	return s.Configure(ctx, settings, &plan, 0)
}
