package web

import (
	"net/http"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"usher/internal/fault"
	"usher/internal/wire"
)

// TestATicketIsCheckedInByHand: staff find the ticket by its id or its seat, without
// its code. The check-in is recorded as one by hand.
func TestATicketIsCheckedInByHand(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":5}`, nil)
	ann, bought := s.bought(t, "ann@example.com", "A-1", "A-2", "A-3")
	staff := s.session(t, staffEmail)
	first, second, third := bought.Tickets[0], bought.Tickets[1], bought.Tickets[2]
	lookup := func(body string) wire.GateTicket {
		t.Helper()
		answer := staff.post(t, "/checkins/lookup", body).wants(t, http.StatusOK)
		if strings.Contains(string(answer.body), "qrCode") || strings.Contains(string(answer.body), first.QRCode) {
			t.Errorf("the answer shows the code: %s", answer.body)
		}
		var found wire.LookedUp
		answer.into(t, &found)
		if len(found.Tickets) != 1 {
			t.Fatalf("found %+v", found)
		}
		return found.Tickets[0]
	}
	for _, body := range []string{`{"ticket":" ` + first.ID + ` "}`, `{"seat":"A-1"}`} {
		if got := lookup(body); got.ID != first.ID || got.SeatNumber != "A-1" || got.Holder != ann.user.Name || got.Status != "valid" || got.AdmittedAt != nil {
			t.Errorf("%s finds %+v", body, got)
		}
	}
	byHand := `{"ticket":"` + first.ID + `","gate":"North"}`
	for _, want := range []string{"admitted", "already_admitted"} {
		var answer wire.CheckIn
		staff.post(t, "/checkins", byHand).wants(t, http.StatusOK).into(t, &answer)
		if answer.Result != want || !answer.ByHand || answer.Ticket.SeatNumber != "A-1" || answer.Ticket.QRCode != "" || *answer.Gate != "North" {
			t.Errorf("a check-in by hand answered %+v, want %s", answer, want)
		}
	}
	if got := staff.wantsScan(t, first.QRCode, "South", "already_admitted"); !got.ByHand || *got.Gate != "North" {
		t.Errorf("a scan after the check-in by hand answered %+v", got)
	}
	if got := lookup(`{"seat":"A-1"}`); got.Status != "used" || !got.ByHand || *got.Gate != "North" {
		t.Errorf("a lookup after the check-in by hand answered %+v", got)
	}
	if got := staff.wantsScan(t, second.QRCode, "South", "admitted"); got.ByHand {
		t.Errorf("a scan is marked as a check-in by hand: %+v", got)
	}
	var stamped struct {
		ByHand bool `bson:"byHand"`
	}
	must(t, s.stores.Mongo.Collection("checkins").FindOne(t.Context(), bson.D{{Key: "_id", Value: first.ID + "/1"}}).Decode(&stamped))
	if !stamped.ByHand {
		t.Error("the check-in is not recorded as one by hand")
	}
	sold := string(s.signIn(t, adminEmail).get(t, "/admin/seasons/"+s.season+"/sold.csv").wants(t, http.StatusOK).body)
	if strings.Count(sold, ",North,yes,,,,,,,\r\n") != 1 || strings.Count(sold, ",South,,,,,,,,\r\n") != 1 {
		t.Errorf("the report of sold seats: %s", sold)
	}

	// A refunded ticket is not admitted, and an unsold seat has no ticket.
	ann.post(t, "/transactions/"+bought.ID+"/cancel", `{"seats":["A-3"]}`)
	if got := lookup(`{"ticket":"` + third.ID + `"}`); got.Status == "void" {
		var answer wire.CheckIn
		staff.post(t, "/checkins", `{"ticket":"`+third.ID+`","gate":"North"}`).wants(t, http.StatusOK).into(t, &answer)
		if answer.Result != "void" {
			t.Errorf("a refunded ticket, checked in by hand, answered %+v", answer)
		}
	}
	for name, body := range map[string]string{"a free seat": `{"seat":"B-1"}`, "an unknown seat": `{"seat":"Z-9"}`, "an unknown ticket": `{"ticket":"` + strings.Repeat("0", 24) + `"}`, "a malformed id": `{"ticket":"x"}`} {
		t.Run(name, func(t *testing.T) {
			staff.post(t, "/checkins/lookup", body).wantsProblem(t, http.StatusNotFound, fault.NotFound)
		})
	}
	staff.post(t, "/checkins", `{"ticket":"x","gate":"North"}`).wantsProblem(t, http.StatusNotFound, fault.NotFound)
	for name, body := range map[string]string{"both": `{"seat":"A-1","ticket":"x"}`, "none": `{}`, "more": `{"seat":"A-1","name":"Ann"}`} {
		t.Run(name, func(t *testing.T) {
			staff.post(t, "/checkins/lookup", body).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
		})
	}
	staff.post(t, "/checkins", `{"ticket":"`+first.ID+`","code":"x","gate":"North"}`).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	ann.post(t, "/checkins/lookup", `{"seat":"A-1"}`).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	s.anonymous().post(t, "/checkins/lookup", `{"seat":"A-1"}`).wantsProblem(t, http.StatusUnauthorized, fault.Unauthenticated)
}
