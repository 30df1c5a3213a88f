package booking

import (
	"context"
	"slices"
	"strings"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
)

// Hold holds the named seats for an active user, all or none. Holding what one
// holds already changes nothing. Errors: not_found, invalid_request,
// not_admitted, seat_taken, unknown_seat, seat_limit, season_closed, conflict
// (being bought), unavailable.
func (b *Booking) Hold(ctx context.Context, season, user string, seats []string) (Cart, error) {
	if _, err := b.Season(ctx, season); err != nil {
		return Cart{}, err
	}
	if err := checkUser(user); err != nil {
		return Cart{}, err
	}
	seats = slices.Compact(slices.SortedFunc(slices.Values(seats), seatmap.BySeat))
	if len(seats) == 0 || len(seats) > mostSeats {
		return Cart{}, fault.New(fault.InvalidRequest, "name 1–%d seats to hold", mostSeats)
	}
	if !b.knowsSeats(season, seats) {
		// Looking the names up again costs a reading of the store: not for everybody.
		if _, err := b.mayHold(ctx, season, user, 0); err != nil {
			return Cart{}, store.Fault(err)
		}
	}
	cart, err := b.holdFirst(ctx, season, user, "", func(*Plan) (*Plan, [][]int, error) {
		plan, found, err := b.lookUp(ctx, season, seats)
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
func (b *Booking) holdFirst(ctx context.Context, season, user, request string, offers func(*Plan) (*Plan, [][]int, error)) (Cart, error) {
	const retries = 4 // an old plan, settings not yet in Redis, and two to spare
	for range retries {
		plan, err := b.plan(ctx, season)
		if err != nil {
			return Cart{}, err
		}
		plan, groups, err := offers(plan)
		if err != nil {
			return Cart{}, err
		}
		r, err := b.run(ctx, b.scripts.hold, season, holdArgs(plan, user, request, groups)...)
		if err != nil {
			return Cart{}, err
		}
		switch word := r.word(); word {
		case "ok":
			return b.cartOf(ctx, season, r)
		case "plan", "settings":
			if err := b.reconfigure(ctx, season); err != nil {
				return Cart{}, err
			}
		default:
			return Cart{}, refusedHold(season, r)
		}
	}
	return Cart{}, fault.New(fault.Unavailable, "the seat plan of %s is changing; try again", season)
}

func holdArgs(plan *Plan, user, request string, groups [][]int) []any {
	args := []any{plan.Version, user, request, len(groups)}
	for _, group := range groups {
		args = append(args, len(group))
		for _, index := range group {
			s := &plan.Seats[index]
			if s.Blocked {
				index = -1
			}
			args = append(args, s.Number, index)
		}
	}
	return args
}

func namesOf(seats []string) string { return strings.Join(seats, ", ") }

// reconfigure reads a season's settings and plan anew and lays them into Redis:
// one of the two is behind the other.
func (b *Booking) reconfigure(ctx context.Context, season string) error {
	settings, err := b.Season(ctx, season)
	if err != nil {
		return err
	}
	held, err := b.newestPlan(ctx, season)
	if err != nil {
		return err
	}
	return b.configure(ctx, settings, held, 0)
}
