package seatmap

import (
	"cmp"
	"container/heap"
	"context"
	"slices"

	"usher/internal/fault"
)

// Best is a request for the best available seats.
type Best struct {
	Count      int
	Categories []Category // none: any
	Type       string     // of the price; "": the normal price. A seat without such a price is not offered
	UpTo       *int64     // the highest price of a seat, in minor units; nil: any
	Adjacent   bool       // only seats side by side
	Swap       bool       // instead of the seats that the user holds now

	Without []int // indexes of seats that the search must not offer
	Own     []int // indexes of seats that the user holds: with Swap the search may offer them
}

// Search is one search for the best seats of a snapshot. The search looks at each seat
// once to find the runs, and from then on only at runs.
type Search struct {
	best        Best
	plan        *Plan
	unavailable []byte // bitmap: not free, or chosen by this search
	runs        []run
	free        int // number of seats in runs
	Visited     int // number of seats looked at
}

// run is a run of free seats side by side that match the request: the seats with
// positions from ≤ k < to of a bank. The type is small, because a checkerboard has a run
// for every second seat.
type run struct{ bank, from, to int32 }

func (r run) length() int { return int(r.to - r.from) }

// choice is the best group of seats in a run.
type choice struct {
	run      int     // index in Search.runs
	at       int32   // position of the first seat in the bank
	first    int     // index of the first seat in the plan
	orphans  int     // number of single free seats that the group would leave
	distance float64 // sum over the seats of the group
}

// compare orders choices, the best first: fewest orphans, then least distance, then the
// first in the plan.
func (c *choice) compare(d *choice) int {
	return cmp.Or(cmp.Compare(c.orphans, d.orphans), cmp.Compare(c.distance, d.distance), cmp.Compare(c.first, d.first))
}

// checkEvery is the number of seats after which a search checks its context.
const checkEvery = 4096

// Search returns up to offers groups of the best seats, the best first, and the search
// itself for None and Visited. No two groups share a seat: if another user takes the
// first group, the second is still free. Without groups the error is nil.
func (s *Snapshot) Search(ctx context.Context, best Best, offers int) (*Search, [][]int, error) {
	found := &Search{best: best, plan: s.Plan, unavailable: make([]byte, len(s.Booked))}
	for i := range found.unavailable {
		found.unavailable[i] = s.Unavailable[i] | s.InTransaction[i] | s.Booked[i]
	}
	if best.Swap {
		for _, index := range best.Own {
			if index < len(s.Plan.Seats) {
				found.unavailable[index>>3] &^= 1 << (7 - index&7)
			}
		}
	}
	for _, index := range best.Without {
		if index < len(s.Plan.Seats) {
			SetBit(found.unavailable, index)
		}
	}
	if err := found.gather(ctx); err != nil {
		return found, nil, err
	}
	groups := found.adjacent(best.Count, offers)
	if len(groups) == 0 && !best.Adjacent {
		if parted := found.parted(); parted != nil {
			groups = [][]int{parted}
		}
	}
	return found, groups, ctx.Err()
}

func (s *Search) isFree(index int) bool { return s.unavailable[index>>3]>>(7-index&7)&1 == 0 }

// gather finds all runs.
func (s *Search) gather(ctx context.Context) error {
	check, fits := checkEvery, s.plan.matcher(&s.best)
	for n, bank := range s.plan.geometry.banks {
		from := -1
		for k, index := range bank {
			may := s.isFree(index) && (fits == nil || fits(index))
			if may && from < 0 {
				from = k
			}
			if !may && from >= 0 {
				s.add(run{int32(n), int32(from), int32(k)})
				from = -1
			}
		}
		if from >= 0 {
			s.add(run{int32(n), int32(from), int32(len(bank))})
		}
		s.Visited += len(bank)
		if s.Visited >= check {
			if err := ctx.Err(); err != nil {
				return err
			}
			check = s.Visited + checkEvery
		}
	}
	return nil
}

// matcher returns a function that reports whether the seat with an index has a category, a
// type and a price that a request accepts; nil when it accepts every seat.
func (p *Plan) matcher(best *Best) func(index int) bool {
	if len(best.Categories) == 0 && best.Type == "" && best.UpTo == nil {
		return nil
	}
	return func(index int) bool {
		if len(best.Categories) > 0 && !slices.Contains(best.Categories, p.Seats[index].Category) {
			return false
		}
		if best.Type == "" && best.UpTo == nil {
			return true
		}
		price, has := p.PriceOf(index, best.Type)
		return has && (best.UpTo == nil || price <= *best.UpTo)
	}
}

func (s *Search) add(r run) {
	s.runs = append(s.runs, r)
	s.free += r.length()
}

// adjacent returns up to offers groups of count seats side by side, and removes the
// groups from the runs. After each group the rest of its run competes again, with the
// group unavailable.
func (s *Search) adjacent(count, offers int) [][]int {
	// Keep as many runs as groups are wanted: the runs with the best choices.
	worst := choices{last: true}
	for i := range s.runs {
		if s.runs[i].length() < count {
			continue
		}
		c := s.choose(i, count)
		switch {
		case len(worst.list) < offers:
			heap.Push(&worst, c)
		case c.compare(&worst.list[0]) < 0:
			worst.list[0] = c
			heap.Fix(&worst, 0)
		}
	}
	queue := choices{list: worst.list}
	heap.Init(&queue)
	var groups [][]int
	for len(queue.list) > 0 && len(groups) < offers {
		c := heap.Pop(&queue).(choice)
		r := s.runs[c.run]
		group := s.plan.geometry.banks[r.bank][c.at : c.at+int32(count)]
		groups = append(groups, group)
		for _, index := range group {
			SetBit(s.unavailable, index)
		}
		s.runs[c.run].to = c.at
		s.runs = append(s.runs, run{r.bank, c.at + int32(count), r.to})
		for _, rest := range []int{c.run, len(s.runs) - 1} {
			if s.runs[rest].length() >= count {
				heap.Push(&queue, s.choose(rest, count))
			}
		}
	}
	return groups
}

// choose finds the best group of count seats in a run of at least that length.
func (s *Search) choose(n, count int) choice {
	r := s.runs[n]
	bank, from, to := s.plan.geometry.banks[r.bank], int(r.from), int(r.to)
	// Free seats of another category may be next to the run.
	free := func(k int) bool { return k >= 0 && k < len(bank) && s.isFree(bank[k]) }
	single := func(k, step int) int {
		if free(k) && !free(k+step) {
			return 1
		}
		return 0
	}
	away := s.plan.geometry.distance
	distance := 0.0
	for k := from; k < from+count; k++ {
		distance += away[bank[k]]
	}
	chosen := choice{run: n, at: -1}
	for at := from; at+count <= to; at++ {
		if at > from {
			distance += away[bank[at+count-1]] - away[bank[at-1]]
		}
		c := choice{run: n, at: int32(at), first: bank[at], distance: distance, orphans: single(at-1, -1) + single(at+count, 1)}
		if chosen.at < 0 || c.compare(&chosen) < 0 {
			chosen = c
		}
	}
	s.Visited += to - from
	return chosen
}

// longest returns the length of the longest run.
func (s *Search) longest() int {
	most := 0
	for _, r := range s.runs {
		most = max(most, r.length())
	}
	return most
}

// parted returns the best seats in several groups: first from the longest run, then from
// the next, until there are enough. parted returns nil if too few seats are free.
func (s *Search) parted() []int {
	if s.free < s.best.Count {
		return nil
	}
	var chosen []int
	for len(chosen) < s.best.Count {
		rest := s.best.Count - len(chosen)
		size := min(s.longest(), rest)
		groups := s.adjacent(size, rest/size)
		chosen = slices.Concat(append([][]int{chosen}, groups...)...)
	}
	return chosen
}

// choices is a heap with the best choice on top, or with last the worst.
type choices struct {
	list []choice
	last bool
}

func (q *choices) Len() int { return len(q.list) }

func (q *choices) Less(i, j int) bool {
	return q.list[i].compare(&q.list[j]) < 0 != q.last
}

func (q *choices) Swap(i, j int) { q.list[i], q.list[j] = q.list[j], q.list[i] }
func (q *choices) Push(x any)    { q.list = append(q.list, x.(choice)) }
func (q *choices) Pop() any {
	last := q.list[len(q.list)-1]
	q.list = q.list[:len(q.list)-1]
	return last
}

// None returns the error after a search that found no group. Errors: sold_out,
// no_adjacent_seats.
func (s *Search) None() error {
	switch {
	case s.free == 0 && len(s.plan.Areas) > 0:
		return fault.New(fault.SoldOut, "no numbered seat of the requested kind is free; places of an area are asked for by its name")
	case s.free == 0:
		return fault.New(fault.SoldOut, "no seat of the requested kind is free")
	case s.free < s.best.Count:
		return fault.New(fault.SoldOut, "only %d seats of the requested kind are free, not %d", s.free, s.best.Count)
	}
	return fault.New(fault.NoAdjacentSeats, "the free seats of the requested kind have no %d side by side", s.best.Count)
}
