package chaos

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What a visitor does inside, by index: a third holds a seat, a third buys one, the
// others only look.
const (
	holds = iota
	buys
	looks
)

// shop holds or buys. False: the visitor has no place any more.
func (v *visitor) shop() bool {
	kind := v.index % 3
	if kind == looks || kind == buys && !v.wantsToBuy() {
		return true
	}
	if code := v.act("hold"); code != "" {
		return false
	}
	if kind == holds {
		return v.wantsCart()
	}
	switch code := v.buy(); code {
	case "":
		return true
	case "hold_expired", "seat_taken":
		if !v.s.fault.Stage.Lossy && v.s.ctx.Err() == nil {
			v.s.violated("%s held %v and cannot buy: %s", v.Name, v.cart, code)
		}
		v.s.known("a hold")
		v.unsure = true
		return true
	default:
		return false
	}
}

// buy buys the cart under a new key. A cart from before an earlier purchase was settled
// may still have that purchase's seats: the visitor then reads the cart again and buys the
// rest, as a fan does.
func (v *visitor) buy() (code string) {
	for {
		v.keys++
		v.key = fmt.Sprintf("%d-%d", v.index, v.keys)
		if code = v.act("purchase"); code != "conflict" {
			return code
		}
		before := v.cart
		if code = v.act("cart"); code != "" {
			return code
		}
		for _, seat := range before {
			if !slices.Contains(v.cart, seat) && !slices.Contains(v.bought, seat) {
				return "hold_expired"
			}
		}
		if len(v.cart) == 0 {
			return ""
		}
		v.s.pause(100 * time.Millisecond)
	}
}

// wantsToBuy spares the seats of the house: all the time a few are bought, and more
// while the sale waits for the first purchase after a fault.
func (v *visitor) wantsToBuy() bool {
	return v.seats < mostSeats-10 && (v.chance(4) || v.s.healing.waitsFor("purchase"))
}

// wantsCart checks that the cart has the seats of the answer to the hold.
func (v *visitor) wantsCart() bool {
	before := v.cart
	v.linger(time.Duration(v.dice.IntN(50)) * time.Millisecond)
	if v.state != "active" || v.unsure {
		return true
	}
	if code := v.act("cart"); code != "" {
		return false
	}
	for _, seat := range before {
		if slices.Contains(v.cart, seat) || v.s.ctx.Err() != nil {
			continue
		}
		if !v.s.fault.Stage.Lossy {
			v.s.violated("%s held %v and has %v", v.Name, before, v.cart)
		}
		v.s.known("a hold")
	}
	return true
}

// take reads the answer to a hold, to a look at the cart or to a purchase. It returns
// "unavailable" for a purchase that is not settled.
func (v *visitor) take(what string, answer map[string]any) (code string) {
	switch what {
	case "hold", "cart":
		if cart, ok := answer["cart"].(map[string]any); ok {
			answer = cart
		}
		v.cart = nil
		seats, _ := answer["seats"].([]any)
		for _, one := range seats {
			seat, _ := one.(map[string]any)
			number, _ := seat["seatNumber"].(string)
			v.cart = append(v.cart, number)
		}
	case "purchase":
		if transaction, ok := answer["transaction"].(map[string]any); ok {
			answer = transaction
		}
		id, _ := answer["id"].(string)
		switch answer["status"] {
		case "pending":
			return "unavailable"
		case "completed":
			if !slices.Contains(v.owns, id) {
				v.owns = append(v.owns, id)
				v.seats += len(v.cart)
				v.bought = append(v.bought, v.cart...)
				v.s.bought.Add(1)
			}
		case "cancelled": // by another node, after the fault: the fan was told, and was not charged
			v.s.cancelled.Add(1)
		default:
			v.s.violated("%s bought and is answered %v", v.Name, answer)
		}
	}
	return ""
}

// wantPurchases checks after the sale that every visitor has exactly the purchases
// that answers called completed, and that no seat was sold twice.
func (s *Sale) wantPurchases() {
	s.t.Helper()
	sold := map[string]string{} // the transaction, by seat
	for _, v := range s.visitors {
		v.URL = s.living(v.index)
		answer := v.Do("GET", "/transactions?limit=100", nil, 200)
		list, _ := answer["transactions"].([]any)
		var completed []string
		for _, one := range list {
			transaction, _ := one.(map[string]any)
			id, _ := transaction["id"].(string)
			if transaction["status"] == "pending" {
				s.violated("%s has the unsettled purchase %s", v.Name, id)
			}
			if transaction["status"] != "completed" {
				continue
			}
			completed = append(completed, id)
			tickets, _ := transaction["tickets"].([]any)
			seats, _ := transaction["seats"].([]any)
			if len(tickets) != len(seats) || len(seats) == 0 {
				s.violated("%s has %d tickets for the %d seats of the purchase %s", v.Name, len(tickets), len(seats), id)
			}
			for _, one := range seats {
				seat := fmt.Sprint(one)
				if line, ok := one.(map[string]any); ok {
					seat = fmt.Sprint(line["seatNumber"])
				}
				if other := sold[seat]; other != "" {
					s.violated("seat %s was sold twice, by the purchases %s and %s", seat, other, id)
				}
				sold[seat] = id
			}
		}
		slices.Sort(completed)
		slices.Sort(v.owns)
		if !slices.Equal(completed, v.owns) {
			s.violated("%s got answers about the purchases %s and has %s", v.Name, strings.Join(v.owns, " "), strings.Join(completed, " "))
		}
	}
}
