package web

import (
	"context"
	"net/http"
	"testing"

	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/wire"
	"usher/queue"
)

func TestASoldOutSeasonAdmitsNoJoins(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	admin := s.signIn(t, adminEmail)
	admin.put(t, "/admin/seasons/"+s.season, `{"name":"Gala","activeLimit":5}`).wants(t, http.StatusOK)
	admin.send(t, "POST", "/admin/seasons/"+s.season+"/seats", "text/csv", "seatNumber,category,price\nA-1,VIP,100\n").wants(t, http.StatusOK)
	buyer := s.signInWhenOpen(t, "buyer@example.com")
	testkit.Eventually(t, soon, "the only seat is bought", func() bool {
		return buyer.post(t, "/holds", `{"seats":["A-1"]}`).status == http.StatusCreated
	})
	buyer.buy(t, "k", `{"seats":["A-1"],`+payOK+`}`).wants(t, http.StatusCreated)
	testkit.Eventually(t, soon, "the season is sold out", func() bool {
		var season wire.Season
		s.anonymous().get(t, "/seasons/"+s.season).wants(t, http.StatusOK).into(t, &season)
		return season.Sale.Stock == "gone"
	})

	late := s.signIn(t, "late@example.com")
	if got := late.status(t); got.State != "none" {
		t.Fatalf("signing in joined a sold-out season: %+v", got)
	}
	late.post(t, "/waitingList/join", "{}").wantsProblem(t, http.StatusConflict, fault.SoldOut)
	var still wire.Status
	buyer.post(t, "/waitingList/join", "").wants(t, http.StatusOK).into(t, &still)
	if still.State != "active" {
		t.Errorf("the active fan's status is %+v", still)
	}
}

// signInWhenOpen signs in as soon as the season's line is open.
func (s *site) signInWhenOpen(t testing.TB, email string) *caller {
	t.Helper()
	testkit.Eventually(t, soon, "the line is open", func() bool {
		status, err := s.o.Queue.Status(context.Background(), s.season, "")
		return err == nil && status.Limit > 0
	})
	return s.signIn(t, email)
}

func TestAClosedSeasonAdmitsNoJoins(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","opensAt":"2020-01-01T00:00:00Z","closesAt":"2020-01-02T00:00:00Z"}`, nil)
	late := s.signIn(t, "late@example.com")
	if got := late.status(t); got.State != "none" {
		t.Fatalf("signing in joined a closed season: %+v", got)
	}
	late.post(t, "/waitingList/join", "").wantsProblem(t, http.StatusConflict, fault.SeasonClosed)
}

func TestAdminsAndStaffJoinOnlyWhenTheyAsk(t *testing.T) {
	t.Parallel()
	s := openSale(t, oneAtATime, nil)
	for _, email := range []string{adminEmail, "staff@example.com"} {
		c := s.signIn(t, email)
		if got := c.status(t); got.State != "none" {
			t.Errorf("after %s signed in, the status is %+v", email, got)
		}
	}
	var joined wire.Status
	s.signIn(t, "staff@example.com").post(t, "/waitingList/join", "").wants(t, http.StatusOK).into(t, &joined)
	if joined.State != "active" {
		t.Errorf("after asking to join, the status is %+v", joined)
	}
}

func TestTheLineShowsItsLengthWithoutASession(t *testing.T) {
	t.Parallel()
	s := openSale(t, oneAtATime, nil)
	s.signIn(t, "ann@example.com")
	ben := s.signIn(t, "ben@example.com")
	testkit.Eventually(t, soon, "one fan waits and one is active", func() bool {
		var counts wire.Status
		s.anonymous().get(t, "/waitingList/status").wants(t, http.StatusOK).into(t, &counts)
		return counts.State == "none" && counts.Waiting == 1 && counts.Active == 1 && counts.Number == nil
	})
	var own wire.Status
	ben.get(t, "/waitingList/status").wants(t, http.StatusOK).into(t, &own)
	if own.State != "waiting" {
		t.Errorf("got %+v", own)
	}
	s.anonymous().with("Authorization", "Bearer x").get(t, "/waitingList/status").wantsProblem(t, http.StatusUnauthorized, fault.Unauthenticated)
	s.anonymous().with("Cookie", sessionCookie+"=x").get(t, "/waitingList/status").wants(t, http.StatusOK)
}

func TestLoggingOutLeavesEverySeason(t *testing.T) {
	t.Parallel()
	s := openSale(t, oneAtATime, nil)
	other := testkit.SeasonID()
	s.signIn(t, adminEmail).put(t, "/admin/seasons/"+other, oneAtATime).wants(t, http.StatusOK)
	testkit.Eventually(t, soon, "the other line is open", func() bool {
		status, err := s.o.Queue.Status(context.Background(), other, "")
		return err == nil && status.Limit > 0
	})
	fan := s.signIn(t, "fan@example.com")
	fan.post(t, "/waitingList/join?season="+other, "").wants(t, http.StatusOK)
	fan.hold(t, "A-1")
	fan.post(t, "/auth/logout", "").wants(t, http.StatusNoContent)

	for _, season := range []string{s.season, other} {
		status, err := s.o.Queue.Status(context.Background(), season, fan.user.ID)
		if err != nil || status.State != queue.None {
			t.Errorf("after signing out, still in %s: %+v, %v", season, status, err)
		}
	}
	cart, err := s.o.Booking.Cart(context.Background(), s.season, fan.user.ID)
	if err != nil || len(cart.Seats) != 0 {
		t.Errorf("after signing out, the cart is %+v, %v", cart, err)
	}
}
