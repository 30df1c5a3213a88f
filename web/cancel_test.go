package web

import (
	"net/http"
	"testing"

	"usher/internal/fault"
	"usher/internal/wire"
)

func TestGivingAPurchaseBack(t *testing.T) {
	t.Parallel()
	s := openSale(t, oneAtATime, nil)
	ann, ben := s.signIn(t, "ann@example.com"), s.signIn(t, "ben@example.com")
	ann.hold(t, "A-1", "A-2")
	var bought wire.Transaction
	ann.buy(t, "order-1", `{"seats":["A-1","A-2"],`+payOK+`}`).wants(t, http.StatusCreated).into(t, &bought)
	path := "/transactions/" + bought.ID + "/cancel"
	ann.post(t, "/waitingList/leave", "").wants(t, http.StatusOK) // giving back needs no place

	for name, body := range map[string]string{
		"no seat":        `{"seats":[]}`,
		"null":           `{"seats":null}`,
		"unknown field":  `{"seat":"A-1"}`,
		"not a list":     `{"seats":"A-1"}`,
		"an empty name":  `{"seats":[""]}`,
		"not an object":  `[]`,
		"more than JSON": `{"seats":["A-1"]} x`,
	} {
		t.Run(name, func(t *testing.T) {
			ann.post(t, path, body).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
		})
	}
	ben.post(t, path, "").wantsProblem(t, http.StatusNotFound, fault.NotFound)
	ann.post(t, path, `{"seats":["A-9"]}`).wantsProblem(t, http.StatusUnprocessableEntity, fault.UnknownSeat)

	for range 2 {
		var got wire.Transaction
		ann.post(t, path, `{"seats":["A-2"]}`).wants(t, http.StatusOK).into(t, &got)
		if got.Status != "completed" || got.Tickets[0].Status != "valid" || got.Tickets[1].Status != "void" {
			t.Fatalf("one of two given back: %+v", got)
		}
	}
	for range 2 {
		var got wire.Transaction
		ann.post(t, path, "").wants(t, http.StatusOK).into(t, &got)
		if got.Status != "cancelled" || got.Reason != "refunded" || got.Tickets[0].Status != "void" {
			t.Fatalf("all given back: %+v", got)
		}
	}
	var seat wire.Seat
	ben.get(t, "/seats/A-1").wants(t, http.StatusOK).into(t, &seat)
	if seat.Status != "available" {
		t.Errorf("the seat is %s", seat.Status)
	}
}
