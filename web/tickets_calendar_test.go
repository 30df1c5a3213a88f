package web

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
	"usher/internal/wire"
)

// TestTheEventStandsOnEveryTicket: time, zone and place on the public season, on paper
// and in the calendar file, which only the owner gets.
func TestTheEventStandsOnEveryTicket(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":5,"refunds":true,"startsAt":"2027-05-07T18:00:00Z","doorsAt":"2027-05-07T17:00:00Z",`+
		`"timeZone":"Europe/Berlin","venue":{"name":"Opera; House","address":"1 Main Street"}}`, nil)
	ann, bought := s.bought(t, "ann@example.com", "A-1")
	ticket := bought.Tickets[0]
	if ticket.Section != "Stalls" || ticket.Price != 4500 || ticket.Currency != "EUR" {
		t.Errorf("the ticket is %+v", ticket)
	}
	path := "/tickets/" + ticket.ID
	page := string(ann.get(t, path+"/print").wants(t, http.StatusOK).body)
	for _, want := range []string{"Friday, 7 May 2027, 20:00 (Europe/Berlin)", "Doors 19:00 (Europe/Berlin)", "Opera; House, 1 Main Street", "45.00 EUR"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page to print lacks %q", want)
		}
	}
	file := ann.get(t, path+"/event.ics").wants(t, http.StatusOK)
	if got := file.header.Get("Content-Type"); got != "text/calendar; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
	entry := func() map[string]string {
		t.Helper()
		found := map[string]string{}
		text := string(ann.get(t, path+"/event.ics").wants(t, http.StatusOK).body)
		for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n ", ""), "\r\n") {
			name, value, _ := strings.Cut(line, ":")
			found[name] = value
		}
		return found
	}
	first := entry()
	for name, want := range map[string]string{
		"UID": ticket.ID + "@tickets.usher", "DTSTART": "20270507T180000Z", "SUMMARY": "Gala", "LOCATION": `Opera\; House\, 1 Main Street`,
		"STATUS": "CONFIRMED", "X-WR-TIMEZONE": "Europe/Berlin", "SEQUENCE": "2",
	} {
		if first[name] != want {
			t.Errorf("%s is %q, want %q", name, first[name], want)
		}
	}
	if !strings.Contains(first["DESCRIPTION"], `Seat A-1\, Stalls`) {
		t.Errorf("the description is %q", first["DESCRIPTION"])
	}
	s.signIn(t, "ben@example.com").get(t, path+"/event.ics").wantsProblem(t, http.StatusNotFound, fault.NotFound)
	s.anonymous().get(t, path+"/event.ics").wantsProblem(t, http.StatusUnauthorized, fault.Unauthenticated)

	ann.post(t, "/transactions/"+bought.ID+"/cancel", `{}`).wants(t, http.StatusOK)
	if last := entry(); last["STATUS"] != "CANCELLED" || last["UID"] != first["UID"] || last["SEQUENCE"] != "3" {
		t.Errorf("after the refund the entry is %v", last)
	}
}

// TestAnEventWithoutATimeHasNoCalendarFile: the answer says why.
func TestAnEventWithoutATimeHasNoCalendarFile(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":5}`, nil)
	ann, bought := s.bought(t, "ann@example.com", "A-1")
	ann.get(t, "/tickets/"+bought.Tickets[0].ID+"/event.ics").wantsProblem(t, http.StatusConflict, fault.Conflict)

	// A ticket that an older version issued has no section, row and price of its own.
	old := bson.D{{Key: "$unset", Value: bson.D{{Key: "section", Value: ""}, {Key: "row", Value: ""}, {Key: "price", Value: ""}, {Key: "currency", Value: ""}}}}
	_, err := s.stores.Mongo.Collection("tickets").UpdateMany(context.Background(), bson.D{}, old)
	must(t, err)
	var list wire.Tickets
	ann.get(t, "/tickets").wants(t, http.StatusOK).into(t, &list)
	if got := list.Tickets[0]; got.Section != "Stalls" || got.Price != 0 || got.Currency != "" {
		t.Errorf("the ticket of an older version is %+v", got)
	}
}
