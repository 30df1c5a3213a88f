package simulate

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"usher/queue"
)

// houseClasses are the seats of a simulated house: the classes of one category and one
// price, in the order in which package booking/seats writes them.
var houseClasses = [...]struct {
	category string
	price    int64 // minor units
	seats    int
}{
	{"Balcony", 3000, 12},
	{"Box, left/right", 5000, 6},
	{"Box, left/right", 9000, 6},
	{"Stalls", 5000, 12},
}

// someWishes are what fans wish for. The last one can be met by no seat of the house.
var someWishes = []queue.Wish{
	{Seats: 1, Categories: []string{"Balcony"}},
	{Seats: 2, Categories: []string{"Box, left/right"}, UpTo: 5000},
	{Seats: 1, Categories: []string{"Box, left/right"}},
	{Seats: 2, Categories: []string{"Balcony", "Stalls"}, UpTo: 6000},
	{Seats: 3},
	{Seats: 1, UpTo: 4000},
	{Seats: 1, UpTo: 100},
}

// byClass counts seats of each class.
type byClass [len(houseClasses)]int

// house is what is true of the seats: each is free, held or sold. It writes to Redis what
// the scripts of the seats write there. nil in a sale whose seats do not matter.
type house struct {
	s     *simulation
	class []int  // of each seat
	held  []*fan // by seat; nil: not held
	sold  []bool // by seat
	laid  bool   // Redis has the plan
}

// newHouse returns a house that is sold out.
func newHouse(s *simulation) *house {
	h := &house{s: s}
	for class, c := range houseClasses {
		for range c.seats {
			h.class, h.held, h.sold = append(h.class, class), append(h.held, nil), append(h.sold, true)
		}
	}
	return h
}

func (h *house) isFree(seat int) bool { return !h.sold[seat] && h.held[seat] == nil }

// free counts the free seats.
func (h *house) free() (free byClass) {
	for seat, class := range h.class {
		if h.isFree(seat) {
			free[class]++
		}
	}
	return free
}

// lay writes the plan and every seat into Redis.
func (h *house) lay() error {
	key, text := h.s.check.key, "simulated"
	pipe := h.s.look.Pipeline()
	pipe.Del(h.s.ctx, key("holder"), key("takenby"), key("held"), key("taken"), key("booked"))
	for i, c := range houseClasses {
		text += fmt.Sprintf(" %d/%s/%d", c.price, url.QueryEscape(c.category), c.seats)
		bitmap := make([]byte, len(h.class)/8+1)
		for seat, class := range h.class {
			if class == i {
				bitmap[seat/8] |= 128 >> (seat % 8)
			}
		}
		pipe.Set(h.s.ctx, fmt.Sprintf("%s:%d", key("class"), i+1), bitmap, 0)
	}
	pipe.HSet(h.s.ctx, key("sale"), "seats", len(h.class), "forSale", len(h.class), "maxSeats", 4, "classes", text)
	if _, err := pipe.Exec(h.s.ctx); err != nil {
		return err
	}
	for seat := range h.class {
		if err := h.write(seat); err != nil {
			return err
		}
	}
	h.laid = true
	return nil
}

// write writes a seat. Each seat is a pipeline of its own: a long one blocks both ends of
// the pipe to the simulated Redis.
func (h *house) write(seat int) error {
	key, field, bit := h.s.check.key, fmt.Sprint(seat), map[bool]int{true: 1}
	pipe := h.s.look.Pipeline()
	if f := h.held[seat]; f != nil {
		pipe.HSet(h.s.ctx, key("holder"), field, f.user)
	} else {
		pipe.HDel(h.s.ctx, key("holder"), field)
	}
	if h.sold[seat] {
		pipe.HSet(h.s.ctx, key("takenby"), field, "order buyer")
	} else {
		pipe.HDel(h.s.ctx, key("takenby"), field)
	}
	pipe.SetBit(h.s.ctx, key("held"), int64(seat), bit[h.held[seat] != nil])
	pipe.SetBit(h.s.ctx, key("taken"), int64(seat), bit[h.sold[seat]])
	pipe.SetBit(h.s.ctx, key("booked"), int64(seat), bit[h.sold[seat]])
	pipe.Incr(h.s.ctx, key("seatver"))
	_, err := pipe.Exec(h.s.ctx)
	return err
}

// change changes seats, for a fan who holds them (nil: held by no fan) or as sold.
func (h *house) change(seats []int, holder *fan, sold bool) {
	for _, seat := range seats {
		h.held[seat], h.sold[seat] = holder, sold
	}
	if !h.laid {
		return // the next epoch begins with all of it
	}
	if holder != nil && len(seats) > 0 { // hold.lua ends what was set aside for a user who holds a seat
		holder.aside = byClass{}
		if err := h.s.look.HDel(h.s.ctx, h.s.check.key("promises"), holder.user).Err(); err != nil {
			h.s.fail("ending what was set aside", err)
		}
	}
	for _, seat := range seats {
		if err := h.write(seat); err != nil {
			h.s.fail("changing a seat", err)
		}
	}
}

// lost records that Redis has lost everything: carts are over.
func (h *house) lost() {
	h.laid = false
	for seat, f := range h.held {
		if f != nil {
			h.held[seat], f.holding = nil, nil
		}
	}
}

// planReturns schedules the next change by the organizer: one to three sold seats come
// back, or the desk sells a free one.
func (h *house) planReturns() {
	pause := time.Duration(h.s.chance.ExpFloat64() * float64(h.s.plan.ReturnEvery))
	h.s.in(pause, -1, func() {
		desk := h.s.chance.IntN(6) == 0
		var seats []int
		for _, seat := range h.s.chance.Perm(len(h.class)) {
			if desk && h.isFree(seat) || !desk && h.sold[seat] {
				seats = append(seats, seat)
			}
		}
		if desk {
			h.change(seats[:min(1, len(seats))], nil, true)
		} else {
			h.change(seats[:min(1+h.s.chance.IntN(3), len(seats))], nil, false)
			h.s.seatsFreed()
		}
		h.planReturns()
	})
}

// seatsFreed tells a node of seats that came back, as the node that freed them does.
func (s *simulation) seatsFreed() {
	if n := s.reachable(); n != nil {
		n.queue.SeatsFreed(season)
		n.planTasks()
	}
}

// choose holds seats for an active fan: those that the fan has wished for, or any.
func (f *fan) choose(visit int) {
	if f.over || visit != f.visit || f.lost || !f.placed {
		return
	}
	if f.busy(func() { f.choose(visit) }) {
		return
	}
	h, want := f.s.house, queue.Wish{Seats: 1}
	if f.met != nil {
		want = *f.met
	}
	if f.takesAny {
		want = queue.Wish{Seats: want.Seats}
	}
	var seats []int
	for seat, class := range h.class {
		if h.isFree(seat) && fits(want, class) && len(seats) < want.Seats {
			seats = append(seats, seat)
		}
	}
	f.holding = seats
	h.change(seats, f, false)
}

// letGo frees the seats that a fan holds.
func (f *fan) letGo() {
	if len(f.holding) > 0 {
		f.s.house.change(f.holding, nil, false)
		f.holding = nil
		f.s.seatsFreed()
	}
}

// fits reports whether a seat of a class is one that a wish is for.
func fits(w queue.Wish, class int) bool {
	c := houseClasses[class]
	return (w.UpTo == 0 || c.price <= w.UpTo) && (len(w.Categories) == 0 || slices.Contains(w.Categories, c.category))
}
