package web

import (
	"usher/booking"
	"usher/internal/auth"
	"usher/internal/wire"
	"usher/queue"
)

// toStatus returns the wire form of a status. Fields that the state does not have
// are null.
func toStatus(s queue.Status) wire.Status {
	w := wire.Status{
		Season: s.Season, State: string(s.State),
		Waiting: s.Waiting, Active: s.Active, Limit: s.Limit, Paused: s.Paused,
		OpensAt: wire.AtOrNull(&s.OpensAt), ETASeconds: toETA(s.ETA),
		Deadline: wire.AtOrNull(&s.Deadline), SessionEndsAt: wire.AtOrNull(&s.SessionEndsAt),
		ServerTime: wire.At(s.Now),
	}
	if s.State == "" {
		w.State = string(queue.None)
	}
	w.Wish = toWish(s.Wish)
	if s.State != queue.Waiting {
		return w
	}
	w.Number = &s.Number
	if s.Position != 0 {
		w.Position = &s.Position
	}
	if place := s.Place(); place != "" {
		w.Place = &place
	}
	return w
}

func toWish(wish *queue.Wish) *wire.Wish {
	if wish == nil {
		return nil
	}
	w := &wire.Wish{Seats: wish.Seats, Categories: wish.Categories, PassedOver: wish.PassedOver}
	if w.Categories == nil {
		w.Categories = []string{}
	}
	if wish.UpTo > 0 {
		w.UpTo = &wish.UpTo
	}
	return w
}

func toETA(eta *queue.ETA) *wire.ETA {
	if eta == nil {
		return nil
	}
	return &wire.ETA{P50: eta.P50, P90: eta.P90}
}

func toUser(u auth.User) wire.User {
	roles := u.Roles
	if roles == nil {
		roles = []string{}
	}
	return wire.User{ID: u.ID, Email: u.Email, Name: u.Name, Roles: roles}
}

func toLines(seats []booking.CartSeat) []wire.CartSeat {
	lines := make([]wire.CartSeat, 0, len(seats))
	for _, seat := range seats {
		lines = append(lines, wire.CartSeat{SeatNumber: seat.Number, Category: string(seat.Category), Price: seat.Price, Type: wire.TextOrNull(seat.Type)})
	}
	return lines
}

func toCart(c booking.Cart) wire.Cart {
	return wire.Cart{Seats: toLines(c.Seats), Total: c.Total, Currency: c.Currency, ExpiresAt: wire.AtOrNull(&c.ExpiresAt), CanExtend: c.CanExtend}
}

func toTransaction(t booking.Transaction) wire.Transaction {
	seats := t.Seats
	if seats == nil {
		seats = []string{}
	}
	var next *wire.Next
	if t.Next != nil {
		next = &wire.Next{URL: t.Next.URL, ExpiresAt: wire.At(t.Next.Until)}
	}
	return wire.Transaction{
		ID: t.ID, Season: t.Season, Status: string(t.Status), Seats: seats, Lines: toLines(t.Lines),
		Total: t.Total, Currency: t.Currency, CreatedAt: wire.At(t.CreatedAt),
		CompletedAt: wire.AtOrNull(&t.CompletedAt), Reason: t.Reason, Tickets: toTickets(t.Tickets), Next: next,
	}
}

func toTickets(tickets []booking.Ticket) []wire.Ticket {
	out := make([]wire.Ticket, 0, len(tickets))
	for _, t := range tickets {
		out = append(out, toTicket(t))
	}
	return out
}

func toTicket(t booking.Ticket) wire.Ticket {
	return wire.Ticket{
		ID: t.ID, TransactionID: t.TransactionID, Season: t.Season, SeatNumber: t.SeatNumber, Area: t.Area, Section: t.Section, Row: t.Row,
		Category: string(t.Category), Price: t.Price, Type: wire.TextOrNull(t.Type), Currency: t.Currency, Holder: t.Holder, QRCode: t.QRCode, Status: t.Status, IssuedAt: wire.At(t.IssuedAt),
	}
}

func toSeat(seat booking.Seat, status string) wire.Seat {
	return wire.Seat{
		ID: seat.ID, SeatNumber: seat.Number, Category: string(seat.Category), Status: status, Price: seat.Price, Prices: seat.Prices.ByType(),
		Section: seat.Section, Row: seat.Row, X: seat.X, Y: seat.Y, Index: seat.Index,
	}
}

// toAreaCounts translates the areas of a hold.
func toAreaCounts(areas []wire.AreaChoice) []booking.AreaCount {
	counts := make([]booking.AreaCount, len(areas))
	for i, a := range areas {
		counts[i] = booking.AreaCount{Area: a.Area, Count: a.Count}
		if a.Type != nil {
			counts[i].Type = *a.Type
		}
	}
	return counts
}

// toAreas returns the wire form of areas; never nil.
func toAreas(stocks []booking.AreaStock) []wire.Area {
	areas := make([]wire.Area, len(stocks))
	for i, stock := range stocks {
		areas[i] = wire.Area{
			Area: stock.Name, Category: string(stock.Offer.Category), Price: stock.Offer.Price,
			Prices: stock.Offer.Prices.ByType(), Capacity: stock.Capacity, Available: stock.Available,
		}
	}
	return areas
}
