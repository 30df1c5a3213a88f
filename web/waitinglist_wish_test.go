package web

import (
	"net/http"
	"testing"

	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/wire"
)

// TestAFanWaitsForTheSeatsOfTheWish: two categories are sold out. A refunded seat goes
// past ann, who wishes for two of the other category, to bob; his hold ends what is set
// aside for him. Each of the two seats that ann waits for comes back by itself.
func TestAFanWaitsForTheSeatsOfTheWish(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	admin := s.signIn(t, adminEmail)
	admin.put(t, "/admin/seasons/"+s.season, `{"name":"Gala","activeLimit":5,"returns":true,"maxSeats":4,"hold":"1h","lease":"1h","session":"2h","turnWindow":"1h"}`).wants(t, http.StatusOK)
	admin.send(t, "POST", "/admin/seasons/"+s.season+"/seats", "text/csv",
		"seatNumber,category,price\nA-1,VIP,9000\nA-2,VIP,9000\nB-1,Regular,3000\nB-2,Regular,3000\n").wants(t, http.StatusOK)
	buyer := s.signInWhenOpen(t, "buyer@example.com")
	testkit.Eventually(t, soon, "all seats are held", func() bool {
		return buyer.post(t, "/holds", `{"seats":["A-1","A-2","B-1","B-2"]}`).status == http.StatusCreated
	})
	var bought wire.Transaction
	buyer.buy(t, "k", `{"seats":["A-1","A-2","B-1","B-2"],`+payOK+`}`).wants(t, http.StatusCreated).into(t, &bought)

	ann, bob := s.signIn(t, "ann@example.com"), s.signIn(t, "bob@example.com")
	for _, c := range []*caller{ann, bob} {
		if got := c.status(t); got.State != "waiting" || got.Wish != nil {
			t.Fatalf("in a sold-out season with returns a fan waits: %+v", got)
		}
	}
	const path = "/waitingList/wish"
	for _, body := range []string{
		`{}`, `{"seats":0}`, `{"seats":1,"categories":["Moon"]}`, `{"seats":1,"upTo":0}`, `{"seats":1,"upTo":-5}`, `{"seats":1.5}`,
		`{"seats":1,"adjacent":true}`, `{"seats":1,"upTo":2000000000000000}`, `null`, ``,
	} {
		if got := ann.put(t, path, body); got.status != http.StatusBadRequest && got.status != http.StatusUnsupportedMediaType {
			t.Errorf("the wish %s answers %d", body, got.status)
		}
	}
	ann.put(t, path, `{"seats":5}`).wantsProblem(t, http.StatusUnprocessableEntity, fault.SeatLimit)
	buyer.put(t, path, `{"seats":1}`).wantsProblem(t, http.StatusConflict, fault.Conflict)
	var status wire.Status
	wishes := func(c *caller, body, want string) {
		t.Helper()
		c.put(t, path, body).wants(t, http.StatusOK).into(t, &status)
		if got := jsonOf(t, status.Wish); got != want || status.State != "waiting" || status.Place == nil {
			t.Fatalf("the wish %s is %s, want %s: %+v", body, got, want, status)
		}
	}
	wishes(ann, `{"seats":1,"categories":["VIP","Regular","VIP"]}`, `{"seats":1,"categories":["Regular","VIP"],"upTo":null,"passedOver":false}`)
	wishes(ann, `{"seats":2,"categories":["VIP"],"upTo":9000}`, `{"seats":2,"categories":["VIP"],"upTo":9000,"passedOver":false}`)
	wishes(bob, `{"seats":1,"categories":["Regular"]}`, `{"seats":1,"categories":["Regular"],"upTo":null,"passedOver":false}`)
	var removed wire.Status
	bob.send(t, "DELETE", path, "", "").wants(t, http.StatusOK).into(t, &removed)
	if removed.Wish != nil || removed.Number == nil || *removed.Number != *status.Number {
		t.Fatalf("without the wish bob keeps the place: %+v", removed)
	}
	wishes(bob, `{"seats":1,"categories":["Regular"]}`, `{"seats":1,"categories":["Regular"],"upTo":null,"passedOver":false}`)

	refunds := func(seat string) {
		t.Helper()
		buyer.post(t, "/transactions/"+bought.ID+"/cancel", `{"seats":["`+seat+`"]}`).wants(t, http.StatusOK)
	}
	refunds("B-1")
	testkit.Eventually(t, soon, "bob's turn comes", func() bool { return bob.status(t).State == "turn" })
	if got := ann.status(t); got.State != "waiting" || got.Wish == nil || !got.Wish.PassedOver || got.Position == nil || *got.Position != 1 {
		t.Fatalf("ann is told that bob passed: %+v %+v", got, got.Wish)
	}
	refunds("A-1")
	bob.post(t, "/waitingList/enter", "").wants(t, http.StatusOK)
	if left := s.stores.Redis.HLen(t.Context(), "promises:{"+s.season+"}").Val(); left != 1 {
		t.Fatalf("seats are set aside for %d users", left)
	}
	bob.post(t, "/holds", `{"seats":["B-1"]}`).wants(t, http.StatusCreated)
	if left := s.stores.Redis.HLen(t.Context(), "promises:{"+s.season+"}").Val(); left != 0 {
		t.Fatalf("bob holds a seat, and seats are still set aside for %d users", left)
	}
	if got := ann.status(t); got.State != "waiting" {
		t.Fatalf("one of two seats is back, and ann is %s", got.State)
	}
	refunds("A-2")
	testkit.Eventually(t, soon, "ann's turn comes", func() bool { return ann.status(t).State == "turn" })
}
