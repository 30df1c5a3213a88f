package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"usher/booking"
	"usher/internal/testkit"
	"usher/internal/wire"
)

// seatsOf reads every seat's status by each HTTP route, and fails the test when two
// routes differ.
func (s *site) seatsOf(t *testing.T) map[string]string {
	t.Helper()
	reader := s.anonymous()
	statuses, counted := map[string]string{}, map[string]map[string]int{}
	var all wire.Seats
	reader.get(t, "/seats").wants(t, http.StatusOK).into(t, &all)
	for _, seat := range all.Seats {
		statuses[seat.SeatNumber] = seat.Status
		if counted[seat.Category] == nil {
			counted[seat.Category] = map[string]int{booking.Available: 0, booking.Unavailable: 0, booking.InTransaction: 0, booking.Booked: 0}
		}
		counted[seat.Category][seat.Status]++
	}
	for _, status := range []string{booking.Available, booking.Unavailable, booking.InTransaction, booking.Booked} {
		var some wire.Seats
		reader.get(t, "/seats?status="+status).wants(t, http.StatusOK).into(t, &some)
		for _, seat := range some.Seats {
			if statuses[seat.SeatNumber] != status {
				t.Errorf("%s is %s in the whole list and %s in the list of %s seats", seat.SeatNumber, statuses[seat.SeatNumber], seat.Status, status)
			}
		}
	}
	for number, status := range statuses {
		var one wire.Seat
		reader.get(t, "/seats/"+number).wants(t, http.StatusOK).into(t, &one)
		if one.Status != status {
			t.Errorf("%s is %s in the list and %s by its own route", number, status, one.Status)
		}
	}
	var season wire.Season
	reader.get(t, "/seasons/"+s.season).wants(t, http.StatusOK).into(t, &season)
	if got, want := fmt.Sprint(season.Counts), fmt.Sprint(counted); got != want {
		t.Errorf("the season's counts are %s, the counts of its seats %s", got, want)
	}
	return statuses
}

// TestANodeAnswersWithItsOwnChanges: after a change, every route of that node shows
// the change. Other nodes show it within a tick.
func TestANodeAnswersWithItsOwnChanges(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"activeLimit":10,"maxSeats":6}`, nil)
	other := s.another(t)
	ann, admin := s.signIn(t, "ann@example.com"), s.signIn(t, adminEmail)
	rounds := []*caller{ann, s.signIn(t, "ben@example.com"), s.signIn(t, "cat@example.com")} // one fan alone would reach the limits
	path := "/admin/seasons/" + s.season
	ann.post(t, "/waitingList/join", "").wants(t, http.StatusOK)
	wants := func(after string, changed map[string]string) {
		t.Helper()
		got := s.seatsOf(t)
		for seat, status := range changed {
			if got[seat] != status {
				t.Fatalf("after %s %s is %q, want %q", after, seat, got[seat], status)
			}
		}
		testkit.Eventually(t, soon, "the other node follows", func() bool {
			for seat, status := range changed {
				var one wire.Seat
				if answer := other.anonymous().get(t, "/seats/"+seat); answer.status != http.StatusOK {
					return false
				} else if answer.into(t, &one); one.Status != status {
					return false
				}
			}
			return true
		})
	}
	admin.send(t, "POST", path+"/seats", "text/csv", strings.ReplaceAll(plan, "A-4", "A-9")).wants(t, http.StatusOK)
	wants("an import", map[string]string{"A-9": booking.Available, "B-4": booking.Unavailable})

	for round, ann := range rounds {
		ann.post(t, "/waitingList/join", "").wants(t, http.StatusOK)
		ann.hold(t, "A-1", "A-2", "B-1")
		wants("a hold", map[string]string{"A-1": booking.InTransaction, "A-2": booking.InTransaction, "B-1": booking.InTransaction, "A-3": booking.Available})
		ann.delete(t, "/holds/B-1").wants(t, http.StatusOK)
		wants("a release", map[string]string{"A-1": booking.InTransaction, "B-1": booking.Available})
		var bought wire.Transaction
		ann.buy(t, fmt.Sprint("k", round), `{"seats":["A-1","A-2"],`+payOK+`}`).wants(t, http.StatusCreated).into(t, &bought)
		wants("a purchase", map[string]string{"A-1": booking.Booked, "A-2": booking.Booked})
		ann.post(t, "/transactions/"+bought.ID+"/cancel", `{"seats":["A-2"]}`).wants(t, http.StatusOK)
		wants("giving a seat back", map[string]string{"A-1": booking.Booked, "A-2": booking.Available})
		ann.post(t, "/transactions/"+bought.ID+"/cancel", "").wants(t, http.StatusOK)
		wants("giving the rest back", map[string]string{"A-1": booking.Available, "A-2": booking.Available})
		ann.hold(t, "A-3")
		ann.buy(t, fmt.Sprint("no", round), `{"seats":["A-3"],"payment":{"method":"sandbox","token":"tok_declined"}}`).wants(t, http.StatusPaymentRequired)
		wants("a declined payment", map[string]string{"A-3": booking.InTransaction})
		ann.delete(t, "/holds").wants(t, http.StatusOK)
		wants("releasing all", map[string]string{"A-3": booking.Available})
	}

	ann.hold(t, "B-2")
	ann.post(t, "/waitingList/leave", "").wants(t, http.StatusOK)
	wants("leaving", map[string]string{"B-2": booking.Available})
	rounds[1].hold(t, "B-3")
	admin.delete(t, path+"/users/"+rounds[1].user.ID).wants(t, http.StatusNoContent)
	wants("being put out", map[string]string{"B-3": booking.Available})
}
