package seats

import (
	"context"
	"strings"

	"usher/internal/fault"
)

// MayHold checks whether a user may hold this many more seats, before a node does any
// work for the request: the season is open, the user is active, and the seats are
// within the limit. MayHold changes nothing; hold.lua checks again. resting are the
// indexes of seats in cooldown for this user. Errors: as Hold.
func (s *Store) MayHold(ctx context.Context, season, user string, count int) (resting []int, err error) {
	for attempt := 0; ; attempt++ {
		var r mayHoldReply
		outcome, err := s.call(ctx, s.Scripts.mayHold, season, &r, user, count)
		if err != nil {
			return nil, err
		}
		switch outcome {
		case outcomeOK:
			return r.resting, nil
		case outcomeSettings:
			if attempt > 0 {
				return nil, fault.New(fault.Unavailable, "season %s is being made ready; try again in a second", season)
			}
			if err := s.Reconfigure(ctx, season); err != nil {
				return nil, err
			}
		default:
			return nil, r.refusal.fault(season)
		}
	}
}

// errSeatLimit says how many seats one user may hold and buy.
func errSeatLimit(limit int64) error {
	return fault.New(fault.SeatLimit, "at most %d seats a person, held and bought", limit)
}

// fault translates a refusal.
func (r *refusal) fault(season string) error {
	names := strings.Join(r.seats, ", ")
	switch r.outcome {
	case outcomeSeasonClosed:
		return fault.New(fault.SeasonClosed, "the sale of %s is over", season)
	case outcomeNotAdmitted:
		return fault.New(fault.NotAdmitted, "holding seats needs an active place in %s", season)
	case outcomeSeatTaken:
		return fault.Seats(fault.SeatTaken, r.seats, "already taken: %s", names)
	case outcomeConflict:
		return fault.Seats(fault.Conflict, r.seats, "%s is being bought", names)
	case outcomeSettling:
		return fault.Seats(fault.Conflict, r.seats, "the time of the cart is over and %s is still being bought; hold more when that is settled", names)
	case outcomeResting:
		f := fault.Seats(fault.RateLimited, r.seats, "%s stayed in your cart until its time was over; others come first for a minute", names)
		f.After = r.wait
		return f
	case outcomeNone:
		return fault.New(fault.SoldOut, "no such seats are free")
	case outcomeSeatLimit:
		return errSeatLimit(r.limit)
	}
	return errOutcome("hold", r.outcome)
}
