package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"usher/booking"
	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/wire"
)

// TestTheDeskRefundsOverHTTP: the desk and admins refund any fan's purchase; no one else
// does, and a bad request changes nothing.
func TestTheDeskRefundsOverHTTP(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","currency":"EUR","activeLimit":9,"maxSeats":6,"refunds":false}`, nil)
	ann := s.signIn(t, "ann@example.com")
	ann.hold(t, "A-1", "A-2")
	var bought wire.Transaction
	ann.buy(t, "k", `{"seats":["A-1","A-2"],`+payOK+`}`).wants(t, http.StatusCreated).into(t, &bought)
	desk, admin := s.session(t, "desk@example.com"), s.session(t, adminEmail)
	path := "/admin/transactions/" + bought.ID + "/cancel"
	for _, body := range []string{`{"seats":[]}`, `{"seats":null}`, `{"seat":"A-1"}`, `{"reason":1}`, `{"reason":"a\nb"}`, `[]`} {
		desk.post(t, path, body).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	}
	desk.post(t, path, `{"seats":["A-3"]}`).wantsProblem(t, http.StatusUnprocessableEntity, fault.UnknownSeat)
	ann.post(t, path, `{}`).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	s.session(t, "staff@example.com").post(t, path, `{}`).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	desk.post(t, "/admin/transactions/nonsense/cancel", ``).wantsProblem(t, http.StatusNotFound, fault.NotFound)
	ann.post(t, "/transactions/"+bought.ID+"/cancel", ``).wantsProblem(t, http.StatusConflict, fault.Conflict)

	var change wire.DeskChange
	desk.post(t, path, `{"seats":["A-1"],"reason":"ill"}`).wants(t, http.StatusOK).into(t, &change)
	if change.Refunded != bought.Total/2 || change.Returned != bought.Total/2 || len(change.Changed) != 1 || change.Status != "completed" || change.UserID != ann.user.ID {
		t.Errorf("after one seat: %+v", change)
	}
	// Another clerk comes second: nothing is returned for the seat once more.
	if again := admin.post(t, path, `{"seats":["A-1"]}`).wants(t, http.StatusOK); !strings.Contains(string(again.body), `"refunded":4500,"returned":0,"changed":[]`) {
		t.Errorf("the same seat again: %s", again.body)
	}
	admin.post(t, path, ``).wants(t, http.StatusOK).into(t, &change)
	if change.Refunded != bought.Total || change.Status != "cancelled" {
		t.Errorf("after all: %+v", change)
	}
	testkit.Eventually(t, soon, "both refunds are in the audit log", func() bool { // the money and the row may follow the answer
		var log wire.AuditLog
		admin.get(t, "/admin/audit-log?season="+s.season).wants(t, http.StatusOK).into(t, &log)
		return len(log.Changes) > 1 && log.Changes[0].Action == "refund" && log.Changes[0].By == adminEmail && log.Changes[1].By == "desk@example.com"
	})
}

// TestTheDeskMovesATicketOverHTTP: the answer shows the new seat and what was returned, the
// fan sees the new ticket, and a bad request changes nothing.
func TestTheDeskMovesATicketOverHTTP(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","currency":"EUR","activeLimit":9,"maxSeats":6}`, nil)
	ann, bob := s.signIn(t, "ann@example.com"), s.signIn(t, "bob@example.com")
	ann.hold(t, "A-1")
	var bought wire.Transaction
	ann.buy(t, "k", `{"seats":["A-1"],`+payOK+`}`).wants(t, http.StatusCreated).into(t, &bought)
	bob.hold(t, "A-2")
	desk := s.session(t, "desk@example.com").with("Idempotency-Key", "m1")
	path := "/admin/transactions/" + bought.ID + "/move"
	for _, body := range []string{``, `{}`, `{"from":"A-1"}`, `{"from":"A-1","to":""}`, `{"from":"A-1","to":null}`, `{"from":"A-1","to":"A-1"}`, `{"from":"A-1","to":"A-3","seat":1}`} {
		desk.post(t, path, body).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	}
	desk.post(t, path, `{"from":"A-1","to":"A-2"}`).wantsProblem(t, http.StatusConflict, fault.SeatTaken)
	desk.post(t, path, `{"from":"A-1","to":"Z-9"}`).wantsProblem(t, http.StatusUnprocessableEntity, fault.UnknownSeat)
	ann.post(t, path, `{"from":"A-1","to":"A-3"}`).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	var change wire.DeskChange
	for range 2 {
		desk.post(t, path, `{"from":"A-1","to":"A-3","reason":"a pillar"}`).wants(t, http.StatusOK).into(t, &change)
		if len(change.Seats) != 1 || change.Seats[0] != "A-3" || change.Status != "completed" || change.Total != bought.Total || len(change.Tickets) != 1 || change.Tickets[0].QRCode != "" {
			t.Errorf("moved: %+v", change)
		}
	}
	desk.post(t, path, `{"from":"A-3","to":"A-4"}`).wantsProblem(t, http.StatusUnprocessableEntity, fault.KeyReused)
	if now := ann.transaction(t, bought.ID); len(now.Seats) != 1 || now.Seats[0] != "A-3" || now.Tickets[0].QRCode == bought.Tickets[0].QRCode {
		t.Errorf("the fan sees %+v", now)
	}
	staff := s.session(t, "staff@example.com")
	staff.wantsScan(t, bought.Tickets[0].QRCode, "Main", "void")
	staff.wantsScan(t, ann.transaction(t, bought.ID).Tickets[0].QRCode, "Main", "admitted")
}

// TestAShowIsCancelledOverHTTP: by admins only; fans are told, no one joins or buys, and the
// progress ends.
func TestAShowIsCancelledOverHTTP(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","currency":"EUR","activeLimit":9,"maxSeats":6}`, nil)
	ann := s.signIn(t, "ann@example.com")
	ann.hold(t, "A-1")
	var bought wire.Transaction
	ann.buy(t, "k", `{"seats":["A-1"],`+payOK+`}`).wants(t, http.StatusCreated).into(t, &bought)
	ann.hold(t, "A-2")
	admin, path := s.session(t, adminEmail), "/admin/seasons/"+s.season+"/cancel"
	s.session(t, "desk@example.com").post(t, path, `{}`).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	admin.post(t, path, `{"reason":null}`).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	admin.post(t, path, `{"why":"x"}`).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	admin.post(t, "/admin/seasons/nowhere/cancel", ``).wantsProblem(t, http.StatusNotFound, fault.NotFound)
	var p wire.CancelProgress
	admin.get(t, path).wants(t, http.StatusOK).into(t, &p)
	if p.State != "none" || p.CancelledAt != nil || p.Failed == nil {
		t.Errorf("before: %+v", p)
	}
	admin.post(t, path, `{"reason":"the singer is ill"}`).wants(t, http.StatusAccepted).into(t, &p)
	if p.State == "none" || p.CancelledAt == nil || p.By != adminEmail || p.Reason != "the singer is ill" || p.Total != 1 {
		t.Errorf("cancelled: %+v", p)
	}
	ann.buy(t, "k2", `{"seats":["A-2"],`+payOK+`}`).wantsProblem(t, http.StatusConflict, fault.SeasonClosed)
	testkit.Eventually(t, soon, "everyone is refunded and told", func() bool {
		admin.get(t, path).wants(t, http.StatusOK).into(t, &p)
		var season wire.Season
		ann.get(t, "/seasons/"+s.season).wants(t, http.StatusOK).into(t, &season)
		return p.State == "done" && p.Refunded == 1 && season.Sale != nil && season.Sale.Cancelled
	})
	if now := ann.transaction(t, bought.ID); now.Status != "cancelled" || now.Reason != "refunded" {
		t.Errorf("the fan sees %+v", now)
	}
}

// TestTheLineOfACancelledShowIsClosed from the moment of the cancellation, also when the sale
// would have opened or closed later.
func TestTheLineOfACancelledShowIsClosed(t *testing.T) {
	t.Parallel()
	at := time.Now().UTC()
	early, late := at.Add(-time.Hour), at.Add(time.Hour)
	cancelled := &booking.Cancellation{At: at}
	for name, season := range map[string]booking.Season{
		"open":          {Cancelled: cancelled},
		"closing later": {Cancelled: cancelled, Settings: booking.Settings{ClosesAt: &late}},
		"not open yet":  {Cancelled: cancelled, Settings: booking.Settings{OpensAt: &late, Phases: []booking.Phase{{Name: "one", OpensAt: &late}}}},
	} {
		if line := LineSettings(season); !line.Over || !line.ClosesAt.Equal(at) || !line.OpensAt.IsZero() || line.Phases != nil {
			t.Errorf("%s: %+v", name, line)
		}
	}
	if line := LineSettings(booking.Season{Cancelled: cancelled, Settings: booking.Settings{ClosesAt: &early}}); !line.ClosesAt.Equal(early) {
		t.Errorf("closed before: %+v", line)
	}
}
