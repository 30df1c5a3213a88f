package booking

import (
	"context"
	"io"
	"math"
	"slices"
	"strings"

	"usher/booking/seatmap"
	"usher/internal/fault"
	"usher/internal/store"
	"usher/internal/wire"
)

// planPreview is a wire.PlanPreview with the seats that the file changes or lacks.
type planPreview struct {
	wire.PlanPreview
	underChange []string
}

// PreviewPlan reads a seat plan from CSV and returns what ImportPlan would do with it now,
// with the same errors; it changes nothing. Before the first purchase conflict says that
// seats are held; after it seat_taken names the seats that the file changes and that are
// held, being bought or sold.
func (b *Booking) PreviewPlan(ctx context.Context, season string, csv io.Reader) (wire.PlanPreview, error) {
	settings, err := b.freshSeason(ctx, season)
	if err != nil {
		return wire.PlanPreview{}, err
	}
	file, err := seatmap.Read(csv, settings.Currency)
	if err != nil {
		return wire.PlanPreview{}, err
	}
	current, err := b.reloadPlan(ctx, season)
	if err != nil {
		return wire.PlanPreview{}, store.Fault(err)
	}
	p := previewOf(current.Plan, file, current.underSale)
	p.Currency = currencyOf(current.Plan, settings)
	if len(p.underChange) == 0 && p.Added == 0 {
		return p.PlanPreview, nil
	}
	if !current.underSale {
		return p.PlanPreview, store.Fault(b.nothingHeld(ctx, season))
	}
	if all := len(current.Seats) + p.Added; all > seatmap.MaxSeats {
		return wire.PlanPreview{}, fault.New(fault.InvalidRequest, "with its present seats the plan would have %d seats; at most %d are allowed", all, seatmap.MaxSeats)
	}
	snapshot, err := b.Snapshot(ctx, season)
	if err != nil {
		return wire.PlanPreview{}, store.Fault(err)
	}
	var taken []string
	for _, number := range p.underChange {
		index, known := snapshot.Plan.ByName[number]
		if known && (snapshot.Status(index) == InTransaction || snapshot.Status(index) == Booked) {
			taken = append(taken, number)
		}
	}
	if len(taken) > 0 {
		slices.SortFunc(taken, seatmap.BySeat)
		return wire.PlanPreview{}, fault.Seats(fault.SeatTaken, taken, "the file changes seats that are held, being bought or sold: %s", strings.Join(taken, ", "))
	}
	return p.PlanPreview, nil
}

// previewOf compares the seats of a file with a plan.
func previewOf(plan *Plan, file []Seat, begun bool) planPreview {
	p := planPreview{PlanPreview: wire.PlanPreview{
		Seats: len(file), Version: plan.Version, Begun: begun,
		Warnings: seatmap.Warnings(file), Categories: []wire.PreviewCategory{}, Sections: []wire.PreviewSection{},
	}}
	// Seats that an earlier change took off sale stay in a plan under sale.
	for i := range plan.Seats {
		if !begun || !plan.Seats[i].Blocked {
			p.Current++
		}
	}
	categories, sections, rows := map[Category]int{}, map[string]int{}, map[[2]string]bool{}
	var state strings.Builder
	inFile := make(map[string]bool, len(file))
	for i := range file {
		seat := &file[i]
		inFile[seat.Number] = true
		c, known := categories[seat.Category]
		if !known {
			c = len(p.Categories)
			categories[seat.Category] = c
			p.Categories = append(p.Categories, wire.PreviewCategory{Category: string(seat.Category), From: math.MaxInt64, Types: []wire.SaleType{}})
		}
		s, known := sections[seat.Section]
		if !known {
			s = len(p.Sections)
			sections[seat.Section] = s
			p.Sections = append(p.Sections, wire.PreviewSection{Section: seat.Section, From: math.MaxInt64})
		}
		if row := [2]string{seat.Section, seat.Row}; !rows[row] {
			rows[row] = true
			p.Sections[s].Rows++
		}
		p.Layout.X, p.Layout.Y = append(p.Layout.X, hundredths(seat.X)), append(p.Layout.Y, hundredths(seat.Y))
		p.Layout.Category = append(p.Layout.Category, c)
		mark := p.compare(plan, seat)
		if seat.Blocked {
			mark = 'b'
			p.Sections[s].Blocked++
		} else {
			p.Categories[c].Seats++
			p.Sections[s].Seats++
		}
		p.Categories[c].From, p.Categories[c].To = min(p.Categories[c].From, seat.Price), max(p.Categories[c].To, seat.Price)
		p.Categories[c].Types = addTypes(p.Categories[c].Types, seat.Prices.ByType())
		p.Sections[s].From, p.Sections[s].To = min(p.Sections[s].From, seat.Price), max(p.Sections[s].To, seat.Price)
		state.WriteByte(mark)
	}
	p.Layout.State = state.String()
	for i := range plan.Seats {
		seat := &plan.Seats[i]
		if !inFile[seat.Number] && (!begun || !seat.Blocked) {
			p.Removed++
			p.underChange = append(p.underChange, seat.Number)
		}
	}
	return p
}

// addTypes counts a seat's prices besides the normal one. The types stay sorted.
func addTypes(types []wire.SaleType, prices map[string]int64) []wire.SaleType {
	for kind, price := range prices {
		at, known := slices.BinarySearchFunc(types, kind, func(t wire.SaleType, kind string) int { return strings.Compare(t.Type, kind) })
		if !known {
			types = slices.Insert(types, at, wire.SaleType{Type: kind, From: price, To: price})
		}
		types[at].From, types[at].To = min(types[at].From, price), max(types[at].To, price)
	}
	return types
}

// compare counts a seat of the file as added or changed, and returns its letter in State.
func (p *planPreview) compare(plan *Plan, seat *Seat) byte {
	index, known := plan.ByName[seat.Number]
	if !known {
		p.Added++
		return 'a'
	}
	was := plan.Seats[index]
	was.ID, was.Index = seat.ID, seat.Index
	if was != *seat {
		p.Changed++
		p.underChange = append(p.underChange, seat.Number)
		return 'c'
	}
	return 's'
}

func hundredths(v float64) float64 { return math.Round(v*100) / 100 }
