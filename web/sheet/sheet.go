package sheet

import (
	"cmp"
	"strings"

	"usher/booking"
	"usher/internal/calendar"
	"usher/internal/paper"
	"usher/internal/ticket"
	"usher/web/language"
)

// Event returns the time and the place of a season's event.
func Event(season booking.Season) calendar.Event {
	event := calendar.Event{Name: season.Name, StartsAt: season.StartsAt, DoorsAt: season.DoorsAt, TimeZone: season.TimeZone}
	if season.Venue != nil {
		event.Venue, event.Address = season.Venue.Name, season.Venue.Address
	}
	return event
}

// Located returns the section and the row of a ticket: its own, or else those of the
// seat plan, which may be nil. Tickets of older versions have none of their own.
func Located(t booking.Ticket, plan *booking.Snapshot) (section, row string) {
	if t.Section != "" || t.Row != "" || plan == nil || plan.Plan == nil {
		return t.Section, t.Row
	}
	at, ok := plan.Plan.ByName[t.SeatNumber]
	if !ok {
		return t.Section, t.Row
	}
	return plan.Plan.Seats[at].Section, plan.Plan.Seats[at].Row
}

// Papers returns the text on each paper ticket, without the code. All tickets are of the
// season; plan may be nil. site is the public URL.
func Papers(tickets []booking.Ticket, season booking.Season, plan *booking.Snapshot, texts *language.Texts, site string) []paper.Ticket {
	event := Event(season)
	event.Moment = texts.Moment
	out := make([]paper.Ticket, len(tickets))
	for i, t := range tickets {
		out[i] = paper.Ticket{
			Season: cmp.Or(event.Name, t.Season), Starts: event.Starts(), Doors: event.Doors(), Place: event.Place(),
			Seat: t.Place(), Category: string(t.Category), Holder: t.Holder,
			ID: t.ID, Short: ticket.ShortCode(t.ID), Order: t.TransactionID, IssuedAt: t.IssuedAt,
		}
		if t.Currency != "" {
			out[i].Price = texts.Decimal(booking.Amount(t.Price, t.Currency))
			if t.Type != "" {
				out[i].Price += " · " + t.Type // staff at the gate see who may enter with it
			}
		}
		out[i].Section, out[i].Row = Located(t, plan)
		out[i].Words = wordsOf(out[i], texts, site, event.When(t.IssuedAt))
	}
	return out
}

// ForPDF is Papers for a PDF: in the language of the texts, if the font has its letters;
// else in English, with the address of the page to print, which is in that language.
func ForPDF(tickets []booking.Ticket, season booking.Season, plan *booking.Snapshot, texts *language.Texts, site string) []paper.Ticket {
	if paper.CanWrite(texts.Say("ticket.show")) {
		return Papers(tickets, season, plan, texts, site)
	}
	english := language.All()[0].Texts()
	papers := Papers(tickets, season, plan, english, site)
	for i := range papers {
		papers[i].Words.Note = english.Say("ticket.elsewhere", "page", printAddress(site, papers[i].ID))
	}
	return papers
}

// wordsOf returns the texts of a paper ticket. issued is when it was, in words.
func wordsOf(t paper.Ticket, texts *language.Texts, site, issued string) paper.Words {
	return paper.Words{
		Language: texts.Tag,
		Title:    texts.Say("ticket.one", "seat", t.Seat) + " · " + t.Season, Titles: texts.Say("print.title", "season", t.Season),
		Doors: texts.Say("ticket.doors"), Seat: texts.Say("ticket.seat"), Section: texts.Say("ticket.section"), Row: texts.Say("ticket.row"),
		Category: texts.Say("ticket.category"), Price: texts.Say("ticket.price"), Name: texts.Say("ticket.name"), Show: texts.Say("ticket.show"),
		IDs:     texts.Say("ticket.ids", "id", t.ID, "order", t.Order, "issued", issued),
		Missing: texts.Say("ticket.missing", "mark", paper.Missing, "page", printAddress(site, t.ID)),
	}
}

func printAddress(site, ticket string) string { return site + "/tickets/" + ticket + "/print" }

// SeatWords describes a ticket's seat on one line, in English.
func SeatWords(t booking.Ticket) string {
	words := []string{"Seat " + t.SeatNumber}
	if t.Area != "" {
		words[0] = t.Area
	}
	if t.Section != "" {
		words = append(words, t.Section)
	}
	if t.Row != "" {
		words = append(words, "row "+t.Row)
	}
	return strings.Join(append(words, string(t.Category)), ", ")
}
