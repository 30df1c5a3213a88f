package seatmap

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// planOf makes a plan from rows as in planCSV.
func planOf(t testing.TB, rows ...string) *Plan {
	t.Helper()
	return planWithSections(t, nil, rows...)
}

// planWithSections is planOf with a section for each row; nil: no sections.
func planWithSections(t testing.TB, sections []string, rows ...string) *Plan {
	t.Helper()
	text := planCSV(rows...)
	if sections != nil {
		lines := strings.Split(strings.TrimSpace(text), "\n")
		lines[0] += ",section"
		for i := range lines[1:] {
			lines[i+1] += "," + sections[lines[i+1][0]-'A']
		}
		text = strings.Join(lines, "\n")
	}
	read, err := readPlan(strings.NewReader(text), "EUR")
	if err != nil {
		t.Fatal(err)
	}
	seats := make([]Seat, len(read))
	for i := range read {
		seats[i] = read[i].Seat
	}
	return New("drawn", 1, seats)
}

// snapshotWith returns a snapshot of a plan in which the named seats are held.
func snapshotWith(plan *Plan, held ...string) *Snapshot {
	bitmap := make([]byte, BitmapSize(len(plan.Seats)))
	for _, seat := range held {
		SetBit(bitmap, plan.ByName[seat])
	}
	return NewSnapshot(plan, 1, Bitmaps{Held: string(bitmap)})
}

// names returns the sorted seat numbers of a group.
func (s *Snapshot) names(group []int) []string {
	var out []string
	for _, index := range group {
		out = append(out, s.Plan.Seats[index].Number)
	}
	slices.Sort(out)
	return out
}

// best returns the groups of a search.
func (s *Snapshot) best(t *testing.T, best Best, offers int) [][]int {
	_, groups, err := s.Search(t.Context(), best, offers)
	if err != nil {
		t.Fatal(err)
	}
	return groups
}

// isFree reports whether a seat is available and of a category; "": any.
func (s *Snapshot) isFree(index int, best *Best) bool {
	seat := s.Plan.Seats[index]
	price, has := seat.Price, true
	if best.Type != "" {
		price, has = seat.Prices.ByType()[best.Type]
	}
	return s.Status(index) == Available && has && (best.UpTo == nil || price <= *best.UpTo) &&
		(len(best.Categories) == 0 || slices.Contains(best.Categories, seat.Category))
}

func TestTheBestSeats(t *testing.T) {
	for _, c := range []struct {
		name string
		rows []string
		held []string
		best Best
		want string // "": none
	}{
		{"the middle of the front", []string{"vvvvvvv", "vvvvvvv"}, nil, Best{Count: 3, Adjacent: true}, "A-3 A-4 A-5"},
		{"one, in the middle", []string{"vvvvv"}, nil, Best{Count: 1}, "A-3"},
		{"of the category asked for", []string{"vv", "rr"}, nil, Best{Count: 2, Categories: []Category{"Regular"}, Adjacent: true}, "B-1 B-2"},
		{"the next row's end rather than an orphan", []string{"vvv", "vvvv"}, nil, Best{Count: 2, Adjacent: true}, "B-1 B-2"},
		{"an orphan rather than nothing", []string{"vvv"}, nil, Best{Count: 2, Adjacent: true}, "A-1 A-2"},
		{"the gap that fits", []string{"vvvvvvv"}, []string{"A-3", "A-6"}, Best{Count: 2, Adjacent: true}, "A-4 A-5"},
		{"not over an aisle", []string{"vv vv"}, []string{"A-1"}, Best{Count: 3, Adjacent: true}, ""},
		{"not over a seat that is never sold", []string{"vvxvv"}, nil, Best{Count: 3, Adjacent: true}, ""},
		{"in several groups if that is allowed", []string{"vvxvv"}, nil, Best{Count: 3}, "A-1 A-2 A-4"},
		{"none when there are too few", []string{"vvxvv"}, []string{"A-1", "A-5"}, Best{Count: 3}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := snapshotWith(planOf(t, c.rows...), c.held...)
			got := ""
			if groups := s.best(t, c.best, 1); len(groups) > 0 {
				got = strings.Join(s.names(groups[0]), " ")
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// distanceOf returns the distance of a seat as geometry defines it: from the stage, in
// the middle of the front of the plan, to the focal point, in the middle of the section's
// front, and from there to the seat.
func (p *Plan) distanceOf(index int) float64 {
	front := func(in func(*Seat) bool) (x, y float64) {
		left, right, y := math.Inf(1), math.Inf(-1), math.Inf(1)
		for i := range p.Seats {
			if seat := &p.Seats[i]; in(seat) {
				left, right, y = min(left, seat.X), max(right, seat.X), min(y, seat.Y)
			}
		}
		return (left + right) / 2, y
	}
	seat := &p.Seats[index]
	stageX, stageY := front(func(*Seat) bool { return true })
	focalX, focalY := front(func(s *Seat) bool { return s.Section == seat.Section })
	return math.Hypot(focalX-stageX, focalY-stageY) + math.Hypot(seat.X-focalX, seat.Y-focalY)
}

// judge computes by brute force how many orphans a group leaves and its distance, and
// whether all its seats are free.
func (s *Snapshot) judge(group []int, best *Best) (orphans int, distance float64, ok bool) {
	chosen := map[int]bool{}
	for _, index := range group {
		if !s.isFree(index, best) || chosen[index] {
			return 0, 0, false
		}
		chosen[index] = true
		distance += s.Plan.distanceOf(index)
	}
	for i := range s.Plan.Seats {
		if !s.isFree(i, &Best{}) || chosen[i] {
			continue
		}
		alone, beside := true, false
		for j := range s.Plan.Seats {
			a, b := &s.Plan.Seats[i], &s.Plan.Seats[j]
			if i == j || a.Row != b.Row || a.X-b.X > 1 || b.X-a.X > 1 {
				continue
			}
			if chosen[j] {
				beside = true
			} else if s.isFree(j, &Best{}) {
				alone = false
			}
		}
		if alone && beside {
			orphans++
		}
	}
	return orphans, distance, true
}

// In small random plans the search finds the same group as brute force.
func TestTheBestSeatsAreThoseOfBruteForce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		rows := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("vvvrrx ")), 1, 9, -1), 1, 4).Draw(r, "rows")
		if !strings.ContainsAny(strings.Join(rows, ""), "vrx") {
			r.Skip("no seat at all")
		}
		sections := make([]string, len(rows))
		for i := range sections {
			sections[i] = rapid.SampledFrom([]string{"Stalls", "Circle"}).Draw(r, "section")
		}
		seats := slices.Clone(planWithSections(t, sections, rows...).Seats)
		for i := range seats {
			if rapid.Bool().Draw(r, "child") {
				seats[i].Prices = NewPrices(map[string]int64{"child": rapid.Int64Range(0, 3).Draw(r, "childPrice")})
			}
			seats[i].Price = rapid.Int64Range(0, 3).Draw(r, "price")
		}
		plan := New("drawn", 1, seats)
		var held []string
		for i := range plan.Seats {
			if rapid.IntRange(0, 3).Draw(r, "held") == 0 {
				held = append(held, plan.Seats[i].Number)
			}
		}
		s := snapshotWith(plan, held...)
		best := Best{
			Count:      rapid.IntRange(1, 5).Draw(r, "count"),
			Categories: rapid.SampledFrom([][]Category{nil, {"VIP"}, {"Regular"}, {"Regular", "VIP"}}).Draw(r, "categories"),
			Type:       rapid.SampledFrom([]string{"", "", "child"}).Draw(r, "type"),
			UpTo:       rapid.SampledFrom([]*int64{nil, nil, new(int64(2))}).Draw(r, "upTo"),
			Adjacent:   true,
		}

		least, nearest, possible := 0, 0.0, false
		for i := range plan.Seats {
			var group []int
			for k := range best.Count {
				j := i + k
				if j < len(plan.Seats) && plan.Seats[j].Row == plan.Seats[i].Row && plan.Seats[j].X == plan.Seats[i].X+float64(k) {
					group = append(group, j)
				}
			}
			orphans, distance, ok := s.judge(group, &best)
			if len(group) == best.Count && ok && (!possible || orphans < least || orphans == least && distance < nearest) {
				least, nearest, possible = orphans, distance, true
			}
		}

		groups := s.best(t, best, 5)
		if len(groups) > 0 != possible {
			r.Fatalf("found %v; brute force says possible: %v", groups, possible)
		}
		taken := map[int]bool{}
		for n, group := range groups {
			orphans, distance, ok := s.judge(group, &best)
			if !ok || len(group) != best.Count {
				r.Fatalf("the seats %v are not all free, or not %d", s.names(group), best.Count)
			}
			for k, index := range group {
				if taken[index] {
					r.Fatalf("a seat of %v is offered twice", s.names(group))
				}
				taken[index] = true
				if k > 0 && (plan.Seats[index].Row != plan.Seats[group[0]].Row || plan.Seats[index].X != plan.Seats[group[k-1]].X+1) {
					r.Fatalf("%v are not side by side", s.names(group))
				}
			}
			if n == 0 && (orphans != least || distance > nearest+1e-9) {
				r.Fatalf("%v leave %d orphans at distance %v; brute force finds %d at %v", s.names(group), orphans, distance, least, nearest)
			}
		}

		best.Adjacent = false
		left := 0
		for i := range plan.Seats {
			if s.isFree(i, &best) {
				left++
			}
		}
		loose := s.best(t, best, 1)
		if len(loose) > 0 != (left >= best.Count) {
			r.Fatalf("%d seats are free; the search for %d found %v", left, best.Count, loose)
		}
		if len(loose) > 0 {
			if _, _, ok := s.judge(loose[0], &best); !ok || len(loose[0]) != best.Count {
				r.Fatalf("the seats %v are not all free, or not %d", s.names(loose[0]), best.Count)
			}
		}
	})
}
