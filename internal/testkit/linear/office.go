package linear

// boxOffice returns what becomes of a house by an operation of the box office.
//
// A change of allotments is not one moment. Seats that were on sale leave it together, by
// OffSale; each seat that was in an allotment leaves that by a Leave of its own; and all
// Arrive together, or go Back. In between a seat is moving: no fan can hold it, and no
// allotment has it.
func (m *model) boxOffice(h house, in *input) []house {
	switch in.op.Act {
	case Allot, Sell:
		if refusedByOffice(h, in) {
			return []house{h}
		}
	case OffSale:
		return perhaps(h, in, func(h house) (house, bool) {
			for _, i := range in.seats {
				switch h[i].kind {
				case free:
					h[i] = seat{kind: moving, purchase: in.purchase}
				case reserved: // it leaves its allotment by a Leave
				default:
					return h, false
				}
			}
			return h, true
		})
	case Leave:
		return oneOf(change(h, in.seats, in.isThere, seat{kind: moving, user: in.allotment, purchase: in.purchase}))
	case Arrive:
		return oneOf(change(h, in.seats, in.isMoving, in.there()))
	case Back:
		for _, i := range in.seats {
			switch {
			case in.isMoving(h[i]) && h[i].user == in.allotment:
				h[i] = in.there()
			case in.allotment != 0:
				return nil // it has left the allotment for certain
			}
		}
		return []house{h}
	case SellBegin:
		return perhaps(h, in, func(h house) (house, bool) {
			return change(h, in.seats, in.isThere, seat{kind: buying, user: in.user, purchase: in.purchase})
		})
	case SellEnd:
		end := in.there()
		if in.op.Outcome == OK {
			end = seat{kind: sold, user: in.user, purchase: in.purchase}
		}
		return perhaps(h, in, func(h house) (house, bool) {
			return change(h, in.seats, func(s seat) bool { return s.kind == buying && s.purchase == in.purchase }, end)
		})
	case Listed:
		for i, s := range h {
			if listed := in.has(i); (s.kind == reserved && s.user == in.allotment) != listed {
				return nil
			}
		}
		return []house{h}
	}
	return nil
}

func oneOf(h house, ok bool) []house {
	if !ok {
		return nil
	}
	return []house{h}
}

// there returns a seat as the operation's allotment has it; on sale when it names none.
func (in *input) there() seat {
	if in.allotment == 0 {
		return seat{}
	}
	return seat{kind: reserved, user: in.allotment}
}

func (in *input) isThere(s seat) bool { return s == in.there() }

func (in *input) isMoving(s seat) bool { return s.kind == moving && s.purchase == in.purchase }

// refusedByOffice reports whether the one seat that a refusal names stood in the way: of a
// change, that it was neither on sale nor in an allotment; of a sale, that it was not where
// the sale wanted it.
func refusedByOffice(h house, in *input) bool {
	for _, i := range in.blocked {
		if in.op.Act == Sell && in.isThere(h[i]) || in.op.Act == Allot && (h[i].kind == free || h[i].kind == reserved) {
			return false
		}
	}
	return in.op.Outcome == Taken
}

// officeParts are the operations that the model judges in place of one of the box office.
func (o *Op) officeParts() []Op {
	var parts []Op
	add := func(act Act, allotment string, seats []string, perhaps bool) {
		part := *o
		part.Act, part.Allotment, part.Seats, part.perhaps = act, allotment, seats, perhaps
		parts = append(parts, part)
	}
	undone := o.Outcome != OK
	switch {
	case o.Outcome == Taken:
		// The server looks at the seats one after another.
		for _, seat := range o.Blocked {
			part := *o
			part.Seats, part.Blocked = nil, []string{seat}
			parts = append(parts, part)
		}
	case o.Act == Allot:
		if o.Allotment != "" {
			add(OffSale, "", o.Seats, undone)
		}
		for i, from := range o.From {
			if from != "" {
				add(Leave, from, o.Seats[i:i+1], false)
			}
			if undone && (from != "" || o.Allotment != "") {
				add(Back, from, o.Seats[i:i+1], false)
			}
		}
		if !undone {
			add(Arrive, o.Allotment, o.Seats, false)
		}
	case o.Allotment == "":
		add(SellBegin, "", o.Seats, undone)
		add(SellEnd, "", o.Seats, undone)
	default:
		// Seats of an allotment are claimed one after another.
		for i := range o.Seats {
			add(SellBegin, o.Allotment, o.Seats[i:i+1], undone)
			add(SellEnd, o.Allotment, o.Seats[i:i+1], undone)
		}
	}
	return parts
}
