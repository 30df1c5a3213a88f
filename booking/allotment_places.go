package booking

import (
	"context"
	"errors"
	"io"
	"slices"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
)

// AllotPlaces is Allot for seats, and for places of areas that the server chooses among the
// free ones, under one name. An area may be named once. Only seats can be put on sale. Errors: as Allot, and sold_out
// when an area has fewer free places.
func (b *Booking) AllotPlaces(ctx context.Context, season, name string, numbers []string, areas []AreaCount, by string) (int, error) {
	const tries = 8 // a fan may take a chosen place in between
	if err := checkTarget(name); err != nil {
		return 0, err
	}
	if len(areas) > 0 && name == "" {
		return 0, fault.New(fault.InvalidRequest, "places of areas are put on sale by their numbers: name them in seats")
	}
	for try := 1; ; try++ {
		places, err := b.freePlaces(ctx, season, areas, numbers)
		if err != nil {
			return 0, err
		}
		want := make([]AllotSeat, 0, len(numbers)+len(places))
		for _, number := range append(slices.Clone(numbers), places...) {
			want = append(want, AllotSeat{Number: number, Allotment: name})
		}
		moved, err := b.Allot(ctx, season, want, by)
		var f *fault.Error
		chosen := func(number string) bool { return slices.Contains(places, number) }
		if errors.As(err, &f) && f.Code == fault.SeatTaken && !slices.ContainsFunc(f.Seats, func(n string) bool { return !chosen(n) }) && try < tries {
			continue
		}
		return moved, err
	}
}

// freePlaces chooses free places of areas beside those that are named: the last ones, so that
// fans, who are offered the first, are not in the way.
func (b *Booking) freePlaces(ctx context.Context, season string, areas []AreaCount, named []string) ([]string, error) {
	if len(areas) == 0 {
		return nil, nil
	}
	snapshot, err := b.Snapshot(ctx, season)
	if err != nil {
		return nil, err
	}
	isNamed := make(map[string]bool, len(named))
	for _, number := range named {
		isNamed[number] = true
	}
	var places []string
	for i, want := range areas {
		area := snapshot.Plan.AreaNamed(want.Area)
		switch {
		case want.Count < 1 || want.Count > AllotmentsMax:
			return nil, fault.New(fault.InvalidRequest, "the count of the area %.40q is 1–%d, not %d", want.Area, AllotmentsMax, want.Count)
		case area == nil:
			return nil, fault.Seats(fault.UnknownSeat, []string{want.Area}, "area not found in season %s", season)
		case slices.ContainsFunc(areas[:i], func(a AreaCount) bool { return a.Area == want.Area }):
			return nil, fault.New(fault.InvalidRequest, "areas names %s twice; name each area once, with its whole count", want.Area)
		}
		free := slices.DeleteFunc(snapshot.FreeUnits(area, seatmap.MaxSeats, 0), func(index int) bool { return isNamed[snapshot.Plan.Seats[index].Number] })
		if len(free) < want.Count {
			return nil, fault.New(fault.SoldOut, "the area %s has %d free places, not %d", want.Area, len(free), want.Count)
		}
		for _, index := range free[len(free)-want.Count:] {
			places = append(places, snapshot.Plan.Seats[index].Number)
		}
	}
	return places, nil
}

// ExportAllotments writes one line for every seat in an allotment. begin is as in
// ExportSold. The file can be uploaded again.
func (b *Booking) ExportAllotments(ctx context.Context, season string, format SheetFormat, w io.Writer, begin func()) error {
	all, err := b.Allotments(ctx, season)
	if err != nil {
		return err
	}
	plan, err := b.plan(ctx, season)
	if err != nil {
		return store.Fault(err)
	}
	out := newSheet(w, format, begin, "seatNumber", "allotment", "section", "row", "category")
	for _, a := range all {
		for _, number := range a.Seats {
			var seat Seat
			if index, known := plan.ByName[number]; known {
				seat = plan.Seats[index]
			}
			out.line(number, a.Name, seat.Section, seat.Row, string(seat.Category))
		}
	}
	return store.Fault(out.end())
}
