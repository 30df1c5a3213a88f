package seatmap

import (
	"cmp"
	"container/heap"
	"context"
	"slices"

	"usher/internal/fault"
)

// Best asks for the best available seats.
type Best struct {
	Count    int
	Category Category // "": any
	Adjacent bool

	Without []int // seats, by index, that the search must not offer
}

// Search is one search for the best seats of a snapshot. It looks at each seat
// once, and from then on at runs of free seats only.
type Search struct {
	best    Best
	plan    *Plan
	gone    []byte // a bit per index: not free, or chosen by this search
	runs    []run
	free    int // seats that may be chosen
	Visited int // seats looked at
}

// run is free seats side by side that may be chosen from: seats from to to of a
// bank of the house. It is small, for a checkerboard has one for every second seat.
type run struct{ bank, from, to int32 }

func (r run) length() int { return int(r.to - r.from) }

// choice is the best group of seats in a run.
type choice struct {
	run      int // its place in search.runs
	at       int32
	first    int // the index of the group's first seat
	orphans  int // single seats the group would leave
	distance float64
}

func (c *choice) compare(d *choice) int {
	return cmp.Or(cmp.Compare(c.orphans, d.orphans), cmp.Compare(c.distance, d.distance), cmp.Compare(c.first, d.first))
}

// checkEvery is how many seats a search looks at between two looks at its context.
const checkEvery = 4096

// Search returns up to offers groups of the best seats, the best first. No two of
// them share a seat: if another user takes the first group, the second is left.
func (s *Snapshot) Search(ctx context.Context, best Best, offers int) (*Search, [][]int, error) {
	found := &Search{best: best, plan: s.Plan, gone: make([]byte, len(s.Booked))}
	for i := range found.gone {
		found.gone[i] = s.Unavailable[i] | s.InTransaction[i] | s.Booked[i]
	}
	for _, index := range best.Without {
		if index < len(s.Plan.Seats) {
			SetBit(found.gone, index)
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

func (s *Search) isFree(index int) bool { return s.gone[index>>3]>>(7-index&7)&1 == 0 }

// gather finds the runs of the house.
func (s *Search) gather(ctx context.Context) error {
	seats, check := s.plan.Seats, checkEvery
	for n, bank := range s.plan.geometry.banks {
		from := -1
		for k, index := range bank {
			may := s.isFree(index) && (s.best.Category == "" || seats[index].Category == s.best.Category)
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

func (s *Search) add(r run) {
	s.runs = append(s.runs, r)
	s.free += r.length()
}

// adjacent returns up to offers groups of count seats side by side. After each
// group the rest of its run is judged again, as if the group were gone. The runs
// are left without the groups.
func (s *Search) adjacent(count, offers int) [][]int {
	// No more runs than groups are needed: those with the best choices.
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
			SetBit(s.gone, index)
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

// choose finds the best count seats of a run that has as many.
func (s *Search) choose(n, count int) choice {
	r := s.runs[n]
	bank, from, to := s.plan.geometry.banks[r.bank], int(r.from), int(r.to)
	// Beyond the run there may be free seats of another category.
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

// longest is the length of the longest run that is left.
func (s *Search) longest() int {
	most := 0
	for _, r := range s.runs {
		most = max(most, r.length())
	}
	return most
}

// parted returns the best seats when they cannot sit together: as many side by
// side as there are, then the next, nil when fewer are free than asked for.
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

// choices is a heap, the best choice on top, or the worst.
type choices struct {
	list []choice
	last bool // the worst on top
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

// None says why no seats can be offered.
func (s *Search) None() error {
	switch {
	case s.free == 0:
		return fault.New(fault.SoldOut, "no such seat is free any more")
	case s.free < s.best.Count:
		return fault.New(fault.SoldOut, "only %d such seats are free", s.free)
	}
	return fault.New(fault.NoAdjacentSeats, "no %d such seats side by side are free", s.best.Count)
}
