package crowd

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"usher/internal/wire"
)

// handle processes a message of the server.
func (c *crowd) handle(i int, m *Message) {
	f := &c.fans[i]
	switch m.Type {
	case "welcome":
		c.heardSale(i, m.Sale.Stock)
		c.welcomed(i, m)
	case "sale":
		c.heardSale(i, m.Sale.Stock)
	case "position":
		if f.state == stateWaiting {
			c.moved(i, m.Position, m.Waiting)
		}
	case "turn":
		c.filled()
		if m.Status != nil {
			c.stands(i, m.Status, true)
		}
	case "status":
		if m.Status != nil {
			c.handleStatus(i, m)
		}
	case "lapsed":
		c.fail("lapsed: %s", m.Reason)
		f.state = stateNone
		c.bow(i)
	case "cart":
		if m.Cart != nil {
			c.heardCart(i, m)
		}
	case "transaction":
		if m.Transaction != nil {
			c.heardTransaction(i, m)
		}
	case "error":
		c.refused(i, m)
	case "bye":
		f.backAfter = time.Duration(m.ReconnectAfterMs) * time.Millisecond
	}
}

// handleStatus processes a status, which may answer join, enter or leave.
func (c *crowd) handleStatus(i int, m *Message) {
	f := &c.fans[i]
	answers := f.want != wantNothing && m.answers(f.request)
	asked := f.want
	if answers {
		c.answered(i)
	}
	if answers && asked == wantLeave {
		if m.Status.Active < m.Status.Limit {
			c.unfilled(i)
		}
		f.state = stateNone
		c.bow(i)
		return
	}
	if f.want == wantLeave {
		return // the server sent this status before it got the leave
	}
	c.stands(i, m.Status, true)
	if f.state == stateNone && f.life == lifeLive {
		if answers || m.Status.State == stateNone && f.counted {
			c.fail("the place is gone")
			c.bow(i)
			return
		}
		c.ask(i, wire.Request{Type: wire.RequestJoin, Place: f.place}, wantJoin) // Redis has lost the line
	}
}

// heardSale processes the stock of the sale. A fan in line who reads that every seat is
// sold takes a moment and leaves, unless seats come back in that moment.
func (c *crowd) heardSale(i int, stock string) {
	f := &c.fans[i]
	if stock == "" {
		return
	}
	had := f.soldOut
	f.soldOut = stock == stockGone
	if f.givesUp() && !had && f.life == lifeLive {
		c.think(i)
	}
}

// miss counts a fan who gets no turn because every seat is sold.
func (c *crowd) miss(i int) {
	if f := &c.fans[i]; !f.counted && !f.missed {
		f.missed = true
		c.report.SoldOut++
	}
}

// think schedules the fan's next step.
func (c *crowd) think(i int) {
	f := &c.fans[i]
	if f.want == wantNothing {
		c.after(i, timerAct, f.around(c.o.Think))
	}
}

// act is a fan's next step.
func (c *crowd) act(i int) {
	f := &c.fans[i]
	switch {
	case f.life != lifeLive || f.want != wantNothing:
	case f.pending != "":
		c.buy(i)
	case c.ending:
		c.leave(i)
	case f.state == stateTurn:
		c.ask(i, wire.Request{Type: wire.RequestEnter}, wantEnter)
	case f.givesUp():
		c.leavers = append(c.leavers, i)
	case f.state != stateActive:
	case !f.buyer:
		c.leave(i)
	case len(f.seats) == 0:
		c.ask(i, wire.Request{Type: wire.RequestHold, Best: &wire.Best{Count: int(f.count)}}, wantHold)
	default:
		c.buy(i)
	}
}

// buy pays for the seats that the fan holds. A repeated attempt has the same key,
// because the answer to the first one may be lost.
func (c *crowd) buy(i int) {
	f := &c.fans[i]
	token := "tok_ok"
	if f.badPay && f.attempt == 0 {
		token = "tok_declined"
	}
	key := fmt.Sprintf("crowd-%x-%d-%d", c.o.Seed, i, f.attempt)
	if f.pending == "" {
		f.pending = key
	}
	c.ask(i, wire.Request{
		Type: wire.RequestPurchase, Key: key, Seats: f.seats, Payment: wire.Payment{Method: "sandbox", Token: token},
	}, wantPurchase)
}

// leave gives up the place. The visit ends with the answer.
func (c *crowd) leave(i int) {
	if c.fans[i].inside() {
		c.freed(i)
	}
	c.ask(i, wire.Request{Type: wire.RequestLeave}, wantLeave)
}

// ask sends a request and starts the timer for its answer.
func (c *crowd) ask(i int, r wire.Request, w want) {
	f := &c.fans[i]
	f.request++
	f.want, f.sentAt = w, c.now
	r.ID = json.RawMessage(strconv.FormatUint(uint64(f.request), 10))
	c.after(i, timerLate, answerTime)
	c.pool.Send(i, wire.EncodeRequest(r))
}

// answered records that the request in flight has its answer.
func (c *crowd) answered(i int) {
	f := &c.fans[i]
	f.want = wantNothing
	c.cancel(i, timerLate)
}

// late handles an answer that did not arrive in time.
func (c *crowd) late(i int) {
	f := &c.fans[i]
	c.pool.Cut(i)
	if f.life == lifeDialing {
		c.fail("connecting: not welcomed in time")
	} else {
		c.fail("%s: not answered in time", wantNames[f.want])
		f.lostAt = c.now
	}
	c.interrupted(i)
	c.retry(i, nil)
}

// bow ends the visit of a fan who has finished, with a close frame.
func (c *crowd) bow(i int) {
	c.pool.Close(i)
	c.depart(i)
}

func seatsOf(cart *wire.Cart) []string {
	var seats []string
	for _, seat := range cart.Seats {
		seats = append(seats, seat.SeatNumber)
	}
	return seats
}

func (c *crowd) heardCart(i int, m *Message) {
	f := &c.fans[i]
	if f.pending != "" {
		return // seats move from the cart to the purchase
	}
	f.seats = seatsOf(m.Cart)
	if f.want == wantHold && m.answers(f.request) {
		c.holds.add(time.Duration(c.now - f.sentAt))
		c.answered(i)
		c.think(i)
	}
}

func (c *crowd) heardTransaction(i int, m *Message) {
	f := &c.fans[i]
	t := m.Transaction
	if t.Status == "completed" {
		c.checks.sale(t.ID, t.Seats)
	}
	if f.want != wantPurchase || t.Status == "pending" {
		return // the transaction is settled later; the timer for the answer keeps running
	}
	c.purchases.add(time.Duration(c.now - f.sentAt))
	c.answered(i)
	f.pending = ""
	if t.Status == "completed" {
		c.report.Bought++
		c.leave(i)
		return
	}
	c.declined(i, t.Reason)
}

// declined makes a fan pay with another card or, the second time, give up.
func (c *crowd) declined(i int, reason string) {
	f := &c.fans[i]
	if reason == "payment_declined" {
		c.report.Declined++
	} else {
		c.fail("purchase: %s", reason)
	}
	f.pending = ""
	if f.attempt++; f.attempt > 1 || c.ending {
		c.leave(i)
		return
	}
	c.think(i)
}

// refused processes an error. A refused join or hold is no fault if the crowd wants more
// seats than there are.
func (c *crowd) refused(i int, m *Message) {
	f := &c.fans[i]
	if f.want == wantNothing || !m.answers(f.request) {
		c.fail("error: %s", m.Code)
		return
	}
	asked := f.want
	c.answered(i)
	switch {
	case asked == wantPurchase && m.Code == "payment_declined":
		c.purchases.add(time.Duration(c.now - f.sentAt))
		c.declined(i, m.Code)
		return
	case asked == wantHold && (m.Code == "seat_taken" || m.Code == "sold_out" || m.Code == "no_adjacent_seats"),
		asked == wantJoin && m.Code == "season_closed":
	case asked == wantJoin && m.Code == "sold_out":
		c.miss(i)
	default:
		c.fail("%s: %s", wantNames[asked], m.Code)
	}
	switch {
	case asked == wantPurchase && (m.Code == "unavailable" || m.Code == "draining" || m.Code == "rate_limited"):
		c.think(i) // again, with the same key
	case asked == wantLeave, asked == wantJoin:
		c.bow(i)
	default:
		f.pending = ""
		c.leave(i)
	}
}
