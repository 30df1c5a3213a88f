package seats

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"usher/internal/fault"
)

// MayHold asks whether a user may hold this many more seats, before any work is
// done for the request: the season is open, the user has an active place, and the
// seats are within the limit. It changes nothing; the hold itself asks again.
// resting are indexes of seats that this user may not hold yet. Errors: as Hold.
func (s *Store) MayHold(ctx context.Context, season, user string, count int) (resting []int, err error) {
	for attempt := 0; ; attempt++ {
		r, err := s.Run(ctx, s.Scripts.may, season, user, count)
		if err != nil {
			return nil, err
		}
		switch r.Word() {
		case "ok":
			for _, text := range r.Texts(1) {
				if index, err := strconv.Atoi(text); err == nil {
					resting = append(resting, index)
				}
			}
			return resting, nil
		case "settings":
			if attempt > 0 {
				return nil, fault.New(fault.Unavailable, "season %s is being made ready; try again in a second", season)
			}
			if err := s.Reconfigure(ctx, season); err != nil {
				return nil, err
			}
		default:
			return nil, refusedHold(season, r)
		}
	}
}

// errSeatLimit says how many seats one user may hold and buy.
func errSeatLimit(limit int64) error {
	return fault.New(fault.SeatLimit, "at most %d seats a person, held and bought", limit)
}

// refusedHold translates why a script held nothing.
func refusedHold(season string, r reply) error {
	switch r.Word() {
	case "season_closed":
		return fault.New(fault.SeasonClosed, "the sale of %s is over", season)
	case "not_admitted":
		return fault.New(fault.NotAdmitted, "holding seats needs an active place in %s", season)
	case "seat_taken":
		return fault.Seats(fault.SeatTaken, r.Texts(1), "already taken: %s", namesOf(r.Texts(1)))
	case "conflict":
		return fault.Seats(fault.Conflict, r.Texts(1), "%s is being bought", namesOf(r.Texts(1)))
	case "settling":
		return fault.Seats(fault.Conflict, r.Texts(1), "the time of the cart is over and %s is still being bought; hold more when that is settled", namesOf(r.Texts(1)))
	case "resting":
		f := fault.Seats(fault.RateLimited, r.Texts(2), "%s stayed in your cart until its time was over; others come first for a minute", namesOf(r.Texts(2)))
		f.After = time.Duration(r.Number(1)) * time.Millisecond
		return f
	case "none":
		return fault.New(fault.SoldOut, "no such seats are free")
	case "seat_limit":
		return errSeatLimit(r.Number(1))
	}
	return fmt.Errorf("booking: a script answered %q", r.Word())
}
