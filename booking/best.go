package booking

import (
	"cmp"
	"container/heap"
	"context"
	"crypto/rand"

	"usher/internal/fault"
	"usher/internal/store"
)

const (
	bestOffers = 32 // groups that one call of the script chooses from
	bestTries  = 8  // pictures of the house to choose from before giving up to the others
)

// HoldBest holds the best available seats: side by side, nearest to their
// section's focal point and to the stage, leaving no single seat between two that
// are gone unless every choice does. Not asked to be adjacent, they are parted
// only when they cannot sit together. Errors: as Hold, and no_adjacent_seats,
// sold_out when fewer are left than asked for.
func (b *Booking) HoldBest(ctx context.Context, season, user string, best Best) (Cart, error) {
	settings, err := b.Season(ctx, season)
	if err != nil {
		return Cart{}, err
	}
	if err := checkUser(user); err != nil {
		return Cart{}, err
	}
	if best.Count < 1 || best.Count > mostSeats {
		return Cart{}, fault.New(fault.InvalidRequest, "count is 1–%d", mostSeats)
	}
	if best.Category != "" && best.Category != VIP && best.Category != Regular {
		return Cart{}, fault.New(fault.InvalidRequest, "category is VIP or Regular, not %.40q", best.Category)
	}
	cart, err := b.holdBest(ctx, settings, user, best)
	return cart, store.Fault(err)
}

func (b *Booking) holdBest(ctx context.Context, season Season, user string, best Best) (Cart, error) {
	request := rand.Text() // so that a repeated call does not hold a second group
	m := b.mirrorOf(season.ID)
	var err error
	for try := range bestTries {
		var from *Snapshot
		offers := func(plan *Plan) (*Plan, [][]int, error) {
			from = m.snapshot.Load()
			if try > 0 || from == nil || from.Plan.Version != plan.Version {
				if err := b.readMirror(ctx, m); err != nil {
					return nil, nil, err
				}
				from = m.snapshot.Load()
			}
			return from.Plan, from.best(best, bestOffers), nil
		}
		var cart Cart
		cart, err = b.holdFirst(ctx, season.ID, user, request, offers)
		switch {
		case fault.Is(err, fault.SeatTaken):
			// Others were faster with every group: look again.
		case fault.Is(err, fault.SoldOut):
			// The picture shows none. It may be a moment old: once more with a new one.
			if best.Count > season.MaxSeats {
				return Cart{}, fault.New(fault.SeatLimit, "at most %d seats a person, held and bought", season.MaxSeats)
			}
			if try > 0 {
				return Cart{}, from.noBest(best)
			}
		default:
			return cart, err
		}
	}
	return Cart{}, err
}

// noBest says honestly why no seats can be offered.
func (s *Snapshot) noBest(best Best) error {
	left := 0
	for i := range s.Plan.Seats {
		if s.free(i, best.Category) {
			left++
		}
	}
	switch {
	case left == 0:
		return fault.New(fault.SoldOut, "no such seat is free any more")
	case left < best.Count:
		return fault.New(fault.SoldOut, "only %d such seats are free", left)
	}
	return fault.New(fault.NoAdjacentSeats, "no %d such seats side by side are free", best.Count)
}

// free reports whether a seat is available and of a category, "" being any.
func (s *Snapshot) free(index int, category Category) bool {
	mask := byte(1) << (7 - index%8)
	return (s.Unavailable[index/8]|s.InTransaction[index/8]|s.Booked[index/8])&mask == 0 &&
		(category == "" || s.Plan.Seats[index].Category == category)
}

// best returns up to offers groups of seats, the best first, none sharing a seat
// with another: who loses the first to somebody else takes the second.
func (s *Snapshot) best(best Best, offers int) [][]int {
	groups := s.adjacent(best, offers)
	if len(groups) == 0 && !best.Adjacent {
		if parted := s.parted(best); parted != nil {
			groups = [][]int{parted}
		}
	}
	return groups
}

// stretch is a run of seats side by side that may be chosen from, and the best
// choice in it.
type stretch struct {
	bank     []int // the whole bank, for the neighbours
	from, to int   // the stretch is bank[from:to]
	at       int   // the choice begins at bank[at]
	orphans  int   // single seats the choice would leave
	distance float64
}

func (c *stretch) compare(d *stretch) int {
	return cmp.Or(cmp.Compare(c.orphans, d.orphans), cmp.Compare(c.distance, d.distance), cmp.Compare(c.bank[c.at], d.bank[d.at]))
}

// adjacent returns groups of seats side by side. After each the rest of its
// stretch is judged anew, as if the group were gone.
func (s *Snapshot) adjacent(best Best, offers int) [][]int {
	gone := map[int]bool{}
	var queue stretches
	for _, bank := range s.Plan.house.banks {
		for from := 0; from < len(bank); from++ {
			if !s.free(bank[from], best.Category) {
				continue
			}
			to := from + 1
			for to < len(bank) && s.free(bank[to], best.Category) {
				to++
			}
			if c := s.choose(bank, from, to, best.Count, gone); c != nil {
				queue = append(queue, c)
			}
			from = to
		}
	}
	heap.Init(&queue)
	var groups [][]int
	for len(queue) > 0 && len(groups) < offers {
		c := heap.Pop(&queue).(*stretch)
		group := c.bank[c.at : c.at+best.Count]
		groups = append(groups, group)
		for _, index := range group {
			gone[index] = true
		}
		for _, rest := range [][2]int{{c.from, c.at}, {c.at + best.Count, c.to}} {
			if d := s.choose(c.bank, rest[0], rest[1], best.Count, gone); d != nil {
				heap.Push(&queue, d)
			}
		}
	}
	return groups
}

// choose finds the best count seats in bank[from:to], nil when it is too short.
func (s *Snapshot) choose(bank []int, from, to, count int, gone map[int]bool) *stretch {
	if to-from < count {
		return nil
	}
	// Beyond the stretch there may be free seats of another category.
	free := func(k int) bool { return k >= 0 && k < len(bank) && !gone[bank[k]] && s.free(bank[k], "") }
	single := func(k, step int) int {
		if free(k) && !free(k+step) {
			return 1
		}
		return 0
	}
	distance := 0.0
	for k := from; k < from+count; k++ {
		distance += s.Plan.house.distance[bank[k]]
	}
	var chosen *stretch
	for at := from; at+count <= to; at++ {
		if at > from {
			distance += s.Plan.house.distance[bank[at+count-1]] - s.Plan.house.distance[bank[at-1]]
		}
		c := stretch{bank: bank, from: from, to: to, at: at, distance: distance, orphans: single(at-1, -1) + single(at+count, 1)}
		if chosen == nil || c.compare(chosen) < 0 {
			chosen = &c
		}
	}
	return chosen
}

// parted returns the best seats when they cannot sit together: as many side by
// side as there are, then the next, nil when fewer are free than asked for.
func (s *Snapshot) parted(best Best) []int {
	rest := *s // with the chosen seats gone
	rest.InTransaction = append([]byte(nil), s.InTransaction...)
	var chosen []int
	size := best.Count
	for len(chosen) < best.Count {
		size = min(size, best.Count-len(chosen))
		groups := rest.adjacent(Best{Count: size, Category: best.Category}, 1)
		if len(groups) == 0 {
			size--
			if size == 0 {
				return nil
			}
			continue
		}
		for _, index := range groups[0] {
			setBit(rest.InTransaction, index)
			chosen = append(chosen, index)
		}
	}
	return chosen
}

// stretches is a heap, the best choice on top.
type stretches []*stretch

func (q stretches) Len() int           { return len(q) }
func (q stretches) Less(i, j int) bool { return q[i].compare(q[j]) < 0 }
func (q stretches) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *stretches) Push(x any)        { *q = append(*q, x.(*stretch)) }
func (q *stretches) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
