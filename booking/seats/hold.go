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

// Hold holds the named seats for an active user, all or none. Holding a seat again
// changes nothing. Errors: not_found, invalid_request, not_admitted, seat_taken,
// unknown_seat, seat_limit, season_closed, conflict (in flight), rate_limited (the
// cooldown of a seat), unavailable.
func (s *Store) Hold(ctx context.Context, season, user string, seats []string) (Cart, error) {
	return s.HoldTyped(ctx, season, user, seats, nil)
}

// HoldTyped is Hold at prices of types. Holding a seat again with another type changes
// its price in the cart, and not the cart's time. Errors: also invalid_request for a type
// that a seat does not have; then nothing is changed.
func (s *Store) HoldTyped(ctx context.Context, season, user string, seats []string, types Types) (Cart, error) {
	if _, err := s.Source.Settings(ctx, season); err != nil {
		return Cart{}, err
	}
	if err := checkUser(user); err != nil {
		return Cart{}, err
	}
	seats = slices.Compact(slices.SortedFunc(slices.Values(seats), seatmap.BySeat))
	if len(seats) == 0 || len(seats) > MostSeats {
		return Cart{}, fault.New(fault.InvalidRequest, "%d seats to hold: name 1–%d", len(seats), MostSeats)
	}
	if !s.Source.KnowsSeats(season, seats) {
		// Looking up unknown seats reads MongoDB. Only a user who may hold causes that.
		if _, err := s.MayHold(ctx, season, user, 0); err != nil {
			return Cart{}, store.Fault(err)
		}
	}
	cart, err := s.holdFirst(ctx, season, user, types, "", false, func(*seatmap.Plan) (*seatmap.Plan, [][]int, error) {
		plan, found, err := s.Source.LookUp(ctx, season, seats)
		if err == nil {
			err = types.check(plan, found)
		}
		return plan, [][]int{found}, err
	})
	return cart, store.Fault(err)
}

// checkUser refuses an invalid user id. The values of keys separate a user from what
// follows by a space.
func checkUser(user string) error {
	if user == "" || strings.ContainsAny(user, " \t\r\n") {
		return fault.New(fault.InvalidRequest, "invalid user id %q: it must have one character at least and no space", user)
	}
	return nil
}

// holdFirst holds the first of the groups of seats that are free as a whole. offers
// chooses the groups and returns the plan that they are from. holdFirst calls offers
// again when Redis has another version of the plan. With swap the group replaces what
// the user holds.
func (s *Store) holdFirst(ctx context.Context, season, user string, types Types, request string, swap bool, offers func(*seatmap.Plan) (*seatmap.Plan, [][]int, error)) (Cart, error) {
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
		cart, outcome, err := s.tryHold(ctx, season, holdArgs(plan, user, types, request, swap, groups, nil))
		if outcome != outcomePlan {
			return cart, err
		}
	}
	return Cart{}, errPlanChanging(season)
}

// tryHold runs hold.lua once. It returns the cart, or a refusal and its outcome. With
// outcomePlan and no error Redis has been configured again, and the caller should choose
// seats of the plan in force; the outcome of any other error is not outcomePlan.
func (s *Store) tryHold(ctx context.Context, season string, args []any) (Cart, outcome, error) {
	var r holdReply
	got, err := s.call(ctx, s.Scripts.Hold, season, &r, args...)
	if err != nil {
		return Cart{}, "", err
	}
	switch got {
	case outcomeOK:
		cart, err := s.makeCart(ctx, season, &r.cart)
		return cart, got, err
	case outcomePlan, outcomeSettings:
		if err := s.Reconfigure(ctx, season); err != nil {
			return Cart{}, "", err
		}
		return Cart{}, outcomePlan, nil
	}
	return Cart{}, got, r.refusal.fault(season)
}

// pool offers units of one area.
type pool struct {
	count int   // how many of the units are wanted
	units []int // indexes
	whole bool  // no other unit of the area is free
}

func holdArgs(plan *seatmap.Plan, user string, types Types, request string, swap bool, groups [][]int, pools []pool) []any {
	flag := ""
	if swap {
		flag = "1"
	}
	args := []any{plan.Version, user, request, flag, types.encode(), len(groups), len(pools)}
	offer := func(seats []int) {
		args = append(args, len(seats))
		for _, index := range seats {
			seat := &plan.Seats[index]
			if seat.Blocked {
				index = -1
			}
			args = append(args, seat.Number, index)
		}
	}
	for _, group := range groups {
		offer(group)
	}
	for _, p := range pools {
		args = append(args, p.count)
		offer(p.units)
	}
	return args
}
