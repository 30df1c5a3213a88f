package linear

import "slices"

// act returns what becomes of a house by one operation, given whose time is up.
func (m *model) act(h house, in *input) []house {
	switch in.op.Act {
	case Hold:
		return m.hold(h, in)
	case Release:
		return m.release(h, in)
	case Look:
		if m.cartIs(h, in) {
			return []house{m.fixDeadline(h, in)}
		}
	case Buy:
		if refusedPurchase(h, in) {
			return []house{h}
		}
	case Begin:
		return perhaps(h, in, func(h house) (house, bool) {
			return change(h, in.seats,
				func(s seat) bool { return s.kind == held && s.user == in.user },
				seat{kind: buying, user: in.user, purchase: in.purchase})
		})
	case End:
		return m.end(h, in)
	case Refund:
		return refund(h, in)
	case Free:
		return perhaps(h, in, func(h house) (house, bool) {
			return change(h, in.seats, func(s seat) bool { return s.kind == over && s.purchase == in.purchase }, seat{})
		})
	case CheckIn:
		return checkIn(h, in)
	}
	return m.boxOffice(h, in)
}

// perhaps is the house after an act that must be possible, or, where it may not
// have happened, also the house before.
func perhaps(h house, in *input, act func(house) (house, bool)) []house {
	var all []house
	if in.op.perhaps || in.op.Outcome == Unknown {
		all = append(all, h)
	}
	if after, ok := act(h); ok {
		all = append(all, after)
	}
	return all
}

// change makes all of the seats another, if each is as it must be.
func change(h house, seats []int, is func(seat) bool, becomes seat) (house, bool) {
	for _, i := range seats {
		if !is(h[i]) {
			return h, false
		}
		h[i] = becomes
	}
	return h, true
}

func (m *model) hold(h house, in *input) []house {
	switch in.op.Outcome {
	case OK:
		wanted := slices.Clone(in.seats)
		if in.op.Count > 0 {
			for _, i := range in.cart {
				if h[i].kind == free && in.mayChoose(i) && !slices.Contains(in.seats, i) {
					wanted = append(wanted, i)
				}
			}
			if !in.partial && len(wanted)-len(in.seats) != in.op.Count {
				return nil
			}
		}
		deadline, mine := deadlineOf(h, in.user)
		after, ok := take(h, in, wanted, in.deadline, in.deadline)
		if !ok || !m.cartIs(after, in) {
			return nil
		}
		// The first hold sets the cart's deadline; seats being bought keep a cart,
		// and its deadline, alive.
		slack := ms(m.rules.Slack)
		switch {
		case mine && (in.deadline < deadline.from-slack || in.deadline > plus(deadline.to, slack)):
			return nil
		case !mine && in.deadline > plus(plus(in.ret, ms(max(m.rules.Hold, m.rules.Longest))), slack):
			return nil
		}
		return []house{m.fixDeadline(after, in)}
	case Unknown:
		from, to := int32(0), never // it may have what is left of the last cart's time
		if deadline, mine := deadlineOf(h, in.user); mine {
			from, to = deadline.from, deadline.to
		}
		all := []house{h}
		for _, group := range choices(h, in) {
			if after, ok := take(h, in, group, from, to); ok {
				all = append(all, after)
			}
		}
		return all
	case Taken:
		for _, i := range in.seats {
			if takenFrom(h[i], in) != slices.Contains(in.blocked, i) {
				return nil
			}
		}
		return []house{h}
	case Busy:
		for _, i := range in.blocked {
			if !mineBusy(h[i], in.user) {
				return nil
			}
		}
		return []house{h}
	}
	return nil
}

// takenFrom reports whether this user must find a seat taken: by another user, or
// sold. A seat that the user bought may be shown as being bought for a moment longer.
func takenFrom(s seat, in *input) bool {
	switch s.kind {
	case held, buying:
		return s.user != in.user
	case free:
		return false
	}
	return true
}

func mineBusy(s seat, user uint16) bool {
	return s.user == user && (s.kind == buying || s.kind == sold)
}

// mineBought reports whether a seat is in a purchase of the user's own, until a refund
// has put it on sale again.
func mineBought(s seat, user uint16) bool {
	return s.user == user && s.kind != free && s.kind != held
}

// take holds seats that are free or the user's own.
func take(h house, in *input, seats []int, from, to int32) (house, bool) {
	for _, i := range seats {
		switch {
		case h[i].kind == free:
			h[i] = seat{kind: held, user: in.user, from: from, to: to}
		case h[i].kind == held && h[i].user == in.user:
		default:
			return h, false
		}
	}
	return h, true
}

// choices are the seats that a hold may have got: those named, with any of so many.
func choices(h house, in *input) [][]int {
	switch {
	case in.op.Count == 0:
		return [][]int{in.seats}
	case in.partial && in.mayChoose(0):
		return [][]int{{0}}
	case in.partial:
		return [][]int{in.seats}
	}
	var open []int
	for i := range h {
		if h[i].kind == free && in.mayChoose(i) && !slices.Contains(in.seats, i) {
			open = append(open, i)
		}
	}
	var groups [][]int
	var choose func(group []int, from int)
	choose = func(group []int, from int) {
		if len(group) == in.op.Count+len(in.seats) {
			groups = append(groups, slices.Clone(group))
			return
		}
		for k := from; k < len(open); k++ {
			choose(append(group, open[k]), k+1)
		}
	}
	choose(slices.Clone(in.seats), 0)
	return groups
}

func deadlineOf(h house, user uint16) (seat, bool) {
	for _, s := range h {
		if s.kind == held && s.user == user {
			return s, true
		}
	}
	return seat{}, false
}

// cartIs reports whether the answered cart is what the user holds. What is being
// bought is still in it; what has been sold may be, for a moment.
func (m *model) cartIs(h house, in *input) bool {
	deadline := false
	for i, s := range h {
		in1 := slices.Contains(in.cart, i)
		switch {
		case s.user == in.user && (s.kind == held || s.kind == buying):
			if !in1 {
				return false
			}
		case s.user == in.user && (s.kind == sold || s.kind == used):
		case in1:
			return false
		}
		if in1 && s.kind == held && !deadline {
			slack := ms(m.rules.Slack)
			if in.deadline < s.from-slack || in.deadline > plus(s.to, slack) {
				return false
			}
			deadline = true
		}
	}
	return true
}

// fixDeadline notes the deadline that a cart was answered with.
func (m *model) fixDeadline(h house, in *input) house {
	for i := range h {
		if h[i].kind == held && h[i].user == in.user {
			h[i].from, h[i].to = in.deadline, in.deadline
		}
	}
	return h
}

func (m *model) release(h house, in *input) []house {
	all := len(in.op.Seats) == 0
	named := func(i int) bool { return all || slices.Contains(in.seats, i) }
	if in.op.Outcome == Busy {
		for _, i := range in.blocked {
			if !mineBusy(h[i], in.user) {
				return nil
			}
		}
		return []house{h}
	}
	after := h
	for i := range after {
		if !named(i) || after[i].user != in.user {
			continue
		}
		switch after[i].kind {
		case buying:
			if in.op.Outcome == Unknown {
				return []house{h} // it was refused, or never came
			}
			return nil
		case held:
			after[i] = seat{}
		}
	}
	switch {
	case in.op.Outcome == Unknown:
		return []house{h, after}
	case in.op.Outcome == OK && m.cartIs(after, in):
		return []house{m.fixDeadline(after, in)}
	}
	return nil
}

// refusedPurchase reports whether a purchase could be refused as it was.
func refusedPurchase(h house, in *input) bool {
	for _, i := range in.blocked {
		s := h[i]
		switch in.op.Outcome {
		case Taken:
			if s.kind == free || s.kind == held || mineBought(s, in.user) {
				return false
			}
		case Gone:
			if s.kind == held && s.user == in.user || s.kind == sold && s.user == in.user {
				return false
			}
		case Busy:
			if !mineBought(s, in.user) {
				return false
			}
		}
	}
	return in.op.Outcome == Taken || in.op.Outcome == Gone || in.op.Outcome == Busy
}

// end ends a purchase: its seats are sold, or back in the cart.
func (m *model) end(h house, in *input) []house {
	bought := func(s seat) bool { return s.kind == buying && s.purchase == in.purchase }
	var all []house
	if in.op.perhaps {
		all = append(all, h)
	}
	if in.op.Outcome == OK || in.op.Outcome == Unknown {
		if after, ok := change(h, in.seats, bought, seat{kind: sold, user: in.user, purchase: in.purchase}); ok {
			all = append(all, after)
		}
	}
	if in.op.Outcome == OK {
		return all
	}
	// The cart's deadline is unknown now, but for the grace it has at least.
	least := plus(in.call, ms(m.rules.Grace))
	if after, ok := change(h, in.seats, bought, seat{kind: held, user: in.user, from: least, to: never}); ok {
		for i := range after {
			if after[i].kind == held && after[i].user == in.user {
				after[i].from, after[i].to = max(after[i].from, least), never
			}
		}
		all = append(all, after)
	}
	return all
}

func refund(h house, in *input) []house {
	ours := func(s seat) bool { return s.kind == sold && s.purchase == in.purchase }
	if in.op.Outcome == Busy {
		for _, i := range in.seats {
			if !ours(h[i]) {
				return []house{h} // checked in, or over already
			}
		}
		return nil
	}
	return perhaps(h, in, func(h house) (house, bool) {
		return change(h, in.seats, ours, seat{kind: over, user: in.user, purchase: in.purchase})
	})
}

func checkIn(h house, in *input) []house {
	s := h[in.seats[0]]
	ours := s.purchase == in.purchase
	switch in.op.Outcome {
	case OK, Unknown:
		return perhaps(h, in, func(h house) (house, bool) {
			s.kind = used
			return change(h, in.seats, func(s seat) bool { return s.kind == sold && ours }, s)
		})
	case Again:
		if s.kind == used && ours {
			return []house{h}
		}
	case Void:
		if !ours || s.kind == over || s.kind == free {
			return []house{h}
		}
	}
	return nil
}
