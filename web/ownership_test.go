package web

import (
	"net/http"
	"strings"
	"testing"

	"usher/internal/wire"
)

// TestEveryObjectBelongsToItsUser: openapi.yaml names every route with an object in its
// path. As another user, each route that is not public and needs no role answers as if the
// object did not exist, and changes nothing. A route that is added must say here whose
// objects it names.
func TestEveryObjectBelongsToItsUser(t *testing.T) {
	t.Parallel()
	spec := described(t)
	s := openSale(t, `{"name":"Gala","activeLimit":10,"startsAt":"2037-03-01T19:00:00Z"}`, nil)
	owner, other := s.signIn(t, "owner@example.com"), s.signIn(t, "other@example.com")
	owner.post(t, "/holds", `{"seats":["A-1","A-2"]}`).wants(t, http.StatusCreated)
	var bought wire.Transaction
	owner.buy(t, "k", `{"seats":["A-1","A-2"],`+payOK+`}`).wants(t, http.StatusCreated).into(t, &bought)
	owner.post(t, "/holds", `{"seats":["B-1"]}`).wants(t, http.StatusCreated)
	owner.post(t, "/holds", `{"seats":["B-3"]}`).wants(t, http.StatusCreated)
	var atPage wire.Transaction
	owner.buy(t, "k2", `{"seats":["B-3"],`+payOnPage+`}`).wants(t, http.StatusAccepted).into(t, &atPage)
	var sessions wire.Sessions
	owner.get(t, "/auth/sessions").wants(t, http.StatusOK).into(t, &sessions)

	// What belongs to the owner, and what belongs to no one.
	const nothing = "65f0c0ffee65f0c0ffee0fff"
	objects := []struct{ path, theirs, nothing string }{
		{"/auth/sessions/{id}", sessions.Sessions[0].ID, nothing},
		{"/holds/{seatNumber}", "B-1", "B-2"},
		{"/transactions/{id}", bought.ID, nothing},
		{"/payments/sandbox/{id}", atPage.ID, nothing},
		{"/tickets/{id}", bought.Tickets[0].ID, nothing},
	}
	public := []string{"/seasons/{id}", "/accents/{file}", "/seats/{seatNumber}", "/docs/{page}", "/auth/with/{provider}"}
	tried := 0
	for _, operation := range spec.Operations() {
		if _, restricted := operation.Object["x-role"]; restricted || !strings.Contains(operation.Path, "{") {
			continue
		}
		known := false
		for _, prefix := range public {
			known = known || strings.HasPrefix(operation.Path, prefix)
		}
		for _, object := range objects {
			rest, isOne := strings.CutPrefix(operation.Path, object.path)
			if !isOne {
				continue
			}
			known = true
			base := strings.SplitAfter(object.path, "/")
			folder := strings.Join(base[:len(base)-1], "")
			got := other.send(t, operation.Method, folder+object.theirs+rest, "", "")
			want := other.send(t, operation.Method, folder+object.nothing+rest, "", "")
			if got.status != want.status || string(got.body) != string(want.body) {
				t.Errorf("%s %s of another user: %d %s; of no one: %d %s", operation.Method, operation.Path, got.status, got.body, want.status, want.body)
			}
			if got.status == http.StatusOK && !strings.HasPrefix(operation.Path, "/holds/") {
				t.Errorf("%s %s of another user is answered: %s", operation.Method, operation.Path, got.body)
			}
			tried++
		}
		if !known {
			t.Errorf("%s %s: this test does not know whose object the path names", operation.Method, operation.Path)
		}
	}
	if tried < 12 {
		t.Errorf("only %d routes were tried", tried)
	}

	var after wire.Transaction
	owner.get(t, "/transactions/"+bought.ID).wants(t, http.StatusOK).into(t, &after)
	if after.Status != bought.Status || len(after.Tickets) != 2 || after.Tickets[0].Status != "valid" {
		t.Errorf("the owner's purchase is %+v", after)
	}
	var cart wire.Cart
	owner.get(t, "/holds").wants(t, http.StatusOK).into(t, &cart)
	if len(cart.Seats) != 2 || cart.Seats[0].SeatNumber != "B-1" {
		t.Errorf("the owner's cart is %+v", cart)
	}
}
