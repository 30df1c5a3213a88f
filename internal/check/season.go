package check

import (
	"context"
	"time"

	"usher/booking"
	"usher/internal/fault"
	"usher/internal/wire"
)

const (
	// soon is how long before its opening a sale is checked; a later opening may be a
	// mistake in the date.
	soon = 7 * 24 * time.Hour
	// longSale is how long a sale may be expected to take before it is a warning.
	longSale = 12 * time.Hour
)

// opening says when the sale opens.
func opening(_ context.Context, v *view) []wire.CheckLine {
	const name = "season"
	season, err := v.season()
	if err != nil {
		return []wire.CheckLine{noSeason(name, v.Season, err)}
	}
	now := v.Now()
	line := good(name, "Season %s is open.", v.Season)
	switch at := season.OpensAt; {
	case season.ClosesAt != nil && !season.ClosesAt.After(now):
		return []wire.CheckLine{fail(name, "Set closesAt to a later time, or to null.", "Season %s closed at %s.", v.Season, moment(*season.ClosesAt))}
	case at != nil && at.Sub(now) > soon:
		line = warn(name, "Look at the date in opensAt.", "Season %s opens at %s, in %d days.", v.Season, moment(*at), int(at.Sub(now)/(24*time.Hour)))
	case at != nil && at.After(now):
		line = good(name, "Season %s opens at %s, in %s.", v.Season, moment(*at), at.Sub(now).Round(time.Second))
	}
	lines := []wire.CheckLine{line}
	if season.Paused {
		lines = append(lines, warn(name, "Resume it on the admin page when fans may enter.", "Admission to season %s is paused.", v.Season))
	}
	if season.Challenge && !v.Challenges {
		lines = append(lines, warn("challenge", "Set --challenge-verify-url, --challenge-secret, --challenge-site-key and --challenge-script-url, or set challenge to false in the season.",
			"Season %s asks fans for a challenge, and no verifier is set: no fan can join.", v.Season))
	}
	return lines
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// noSeason is the line of a season that could not be read.
func noSeason(name, season string, err error) wire.CheckLine {
	if fault.Is(err, fault.NotFound) {
		return fail(name, "Create it: usher season apply.", "Season %q does not exist.", season)
	}
	return fail(name, "Mend MongoDB first.", "Season %q cannot be read. %s", season, sentence(err))
}

// seatPlan says whether there is something to sell.
func seatPlan(_ context.Context, v *view) []wire.CheckLine {
	const name = "plan"
	plan, err := v.plan()
	switch {
	case err != nil:
		return []wire.CheckLine{fail(name, "Mend MongoDB first.", "The seat plan cannot be read. %s", sentence(err))}
	case plan.Version == 0:
		return []wire.CheckLine{fail(name, "Import it: usher seats import.", "Season %q has no seat plan.", v.Season)}
	case len(onSale(plan)) == 0:
		return []wire.CheckLine{fail(name, "Import a plan with seats whose status is available.", "None of the plan's %d seats is for sale.", len(plan.Seats))}
	}
	return []wire.CheckLine{good(name, "%s on sale, %d in the plan (version %d).", counted(len(onSale(plan)), "seat is", "seats are"), len(plan.Seats), plan.Version)}
}

// prices looks for seats that cost nothing by mistake.
func prices(_ context.Context, v *view) []wire.CheckLine {
	const name = "prices"
	plan, err := v.plan()
	var season booking.Season
	if err == nil {
		season, err = v.season()
	}
	if err != nil {
		return []wire.CheckLine{unseen(name, "the prices", err)}
	}
	seats := onSale(plan)
	if len(seats) == 0 {
		return []wire.CheckLine{warn(name, "Import the seat plan.", "Not looked at: no seat is for sale.")}
	}
	if plan.Currency != "" && plan.Currency != season.Currency {
		return []wire.CheckLine{fail(name, "Import the plan again.", "The prices of the plan are in %s, and the season's currency is %s.", plan.Currency, season.Currency)}
	}
	least, most, free, first := seats[0].Price, seats[0].Price, 0, ""
	for _, seat := range seats {
		least, most = min(least, seat.Price), max(most, seat.Price)
		if seat.Price == 0 {
			if free++; free == 1 {
				first = seat.Number
			}
		}
	}
	switch {
	case free == len(seats):
		return []wire.CheckLine{warn(name, "Import a plan with prices, unless the event is free.", "Every seat costs nothing.")}
	case free > 0:
		return []wire.CheckLine{fail(name, "Import the plan with a price for each seat.", "%s nothing, the first is %s.", counted(free, "seat costs", "seats cost"), first)}
	}
	return []wire.CheckLine{good(name, "Seats cost %d to %d in minor units of %s.", least, most, season.Currency)}
}

// activeLimit compares how many fans are let in at once with the seats.
func activeLimit(_ context.Context, v *view) []wire.CheckLine {
	const name = "active-limit"
	plan, err := v.plan()
	var season booking.Season
	if err == nil {
		season, err = v.season()
	}
	if err != nil {
		return []wire.CheckLine{unseen(name, "the active limit", err)}
	}
	seats := len(onSale(plan))
	// A fan who buys takes about two seats and, at worst, a cart's whole life.
	takes := time.Duration(season.Hold) * time.Duration(seats) / time.Duration(max(1, 2*season.ActiveLimit))
	switch {
	case seats == 0:
		return []wire.CheckLine{warn(name, "Import the seat plan.", "Not looked at: no seat is for sale.")}
	case season.ActiveLimit > seats:
		return []wire.CheckLine{fail(name, "Lower activeLimit.", "activeLimit is %d, and only %s for sale: most of those who are let in find none.", season.ActiveLimit, counted(seats, "seat is", "seats are"))}
	case 2*season.ActiveLimit > seats:
		return []wire.CheckLine{warn(name, "Lower activeLimit: usher simulate shows how long the sale then takes.", "activeLimit is %d for %s: many of those who are let in first find theirs in another cart.", season.ActiveLimit, counted(seats, "seat", "seats"))}
	case takes > longSale:
		return []wire.CheckLine{warn(name, "Raise activeLimit: usher simulate shows how long the sale then takes.", "activeLimit is %d for %d seats: selling them may take %d hours.", season.ActiveLimit, seats, int(takes.Hours()))}
	}
	return []wire.CheckLine{good(name, "activeLimit is %d for %d seats.", season.ActiveLimit, seats)}
}
